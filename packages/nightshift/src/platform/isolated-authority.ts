import { VERBS, type Verb } from '../contract/permissions.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import type { AuditObject, Wish } from '../permissions/index.ts';
import {
  AUTHORITY,
  actorOf,
  type CodeunitRegistry,
  doorOf,
  type IsolateService,
  type Outside,
  type ServiceRegistry,
  type VerbAuthority,
} from '../session/index.ts';

/** Under which name isolates find it. */
export const AUTHORITY_SERVICE = 'authority';

/**
 * What verbs inside an isolate ask of the authority: the half inside. Who acts is known outside, whatever is said here. It
 * keeps honest code from what it may not do; the functions of the database keep the rest.
 */
export function authorityInside(outside: Outside, clock: Clock): VerbAuthority {
  const ask = async <T>(method: string, ...args: readonly unknown[]) =>
    (await outside.call(AUTHORITY_SERVICE, method, args)) as T;
  const refuse = (method: string) => Promise.reject(refused(method));
  return {
    now: () => clock.now(),
    demand: (_actor, verb, wish) => ask('demand', verb, plain(wish)),
    demandNow: () => null,
    may: (_actor, verb, wish) => ask('may', verb, plain(wish)),
    reaches: () => refuse('reaches'),
    refuseOrHide: (_actor, verb, wish) => ask('refuseOrHide', verb, wish),
    demandRunAs: (_actor, verb, wish, user) => ask('demandRunAs', verb, wish, user),
    demandRun: () => refuse('demandRun'),
    rehearsedNow: () => false,
    rehearse: (_actor, verb, { objects, ...wish }) =>
      ask(
        'rehearse',
        verb,
        wish,
        objects.map(({ name }) => name),
      ),
  };
}

/** Some wishes are more than that, and that may not cross. */
function plain({ kind, id, name = null, isOwn }: Wish): Wish {
  return { kind, id, name, ...(isOwn === undefined ? {} : { isOwn }) };
}

/** The half outside. */
export function authorityOutside(
  services: ServiceRegistry,
  codeunits: () => CodeunitRegistry,
): IsolateService {
  return (caller, method, [verbName, wished, more]) => {
    const authority = services.get(AUTHORITY);
    const actor = actorOf(doorOf(caller));
    const verb = checkedVerb(verbName);
    const wish = checkedWish(wished);
    switch (method) {
      case 'demand':
        return authority.demand(actor, verb, wish);
      case 'may':
        return authority.may(actor, verb, wish);
      case 'refuseOrHide':
        return authority.refuseOrHide(actor, verb, wish);
      case 'demandRunAs':
        return authority.demandRunAs(actor, verb, wish, String(more));
      case 'rehearse': {
        const objects = (more as readonly unknown[]).map((name) => codeunits().get(String(name)));
        return authority.rehearse(actor, verb, { ...wish, objects });
      }
      default:
        throw refused(method);
    }
  };
}

function checkedVerb(name: unknown): Verb {
  if (typeof name === 'string' && Object.hasOwn(VERBS, name)) return name as Verb;
  throw refused(String(name));
}

/** What is written down of it is text of a sensible length. */
function checkedWish(wish: unknown) {
  const { kind, id, name, isOwn, read, reason, runAs } = wish as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, TEXT_LENGTH_MAX) : null);
  const object: AuditObject = { kind: text(kind) ?? '', id: text(id), name: text(name) };
  return {
    ...object,
    ...(typeof isOwn === 'boolean' ? { isOwn } : {}),
    ...(typeof reason === 'string' ? { reason: reason.slice(0, TEXT_LENGTH_MAX) } : {}),
    ...(typeof runAs === 'number' ? { runAs } : {}),
    read: read === undefined ? ('task.read' as const) : checkedVerb(read),
  };
}

const TEXT_LENGTH_MAX = 1_000;

function refused(method: string): NightshiftError {
  return new NightshiftError('PERMISSION_DENIED', `Isolates may not call ${AUTHORITY_SERVICE}.${method}.`);
}
