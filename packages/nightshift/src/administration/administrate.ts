import type { Reach, Verb } from '../contract/permissions.ts';
import type { Transaction } from '../database/index.ts';
import {
  type Actor,
  type AuditObject,
  type Directory,
  lockEnvironment,
  readDirectory,
  type Wish,
} from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import { type AdministrationService, administrationOf } from './administration-service.ts';

/** A caller who was let through, and what his verb works with. */
export interface Administrator {
  readonly service: AdministrationService;
  readonly actor: Actor;
  /** `own`: he sees only what is his. */
  readonly reach: Reach;
}

/**
 * Lets the caller use a verb.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED; what ended the caller's session
 */
export async function admit(caller: Caller, verb: Verb, wish: Wish): Promise<Administrator> {
  const door = doorOf(caller);
  door.refuseIfOver();
  const service = administrationOf(door);
  const actor = actorOf(door);
  return { service, actor, reach: await service.authority.demand(actor, verb, wish) };
}

/** What a change works with: a transaction that holds the environment's lock, and the directory as it is in it. */
export interface ChangeContext {
  readonly tx: Transaction;
  readonly directory: Directory;
  readonly actor: Actor;
  readonly service: AdministrationService;
}

/** What a change did. */
export interface Changed<T> {
  readonly value: T;
  /** Set where it is known only now, such as the number of what was made. Default: what was wished for. */
  readonly object?: AuditObject;
  readonly before?: unknown;
  readonly after?: unknown;
  /** False: all was as it was wished for already, and nothing is written down. Default: true. */
  readonly isChange?: boolean;
}

/**
 * The way of every verb that administers: asks whether the caller may, then changes rows, brings roles in line and writes
 * the audit row in one transaction of the platform's own connections. It commits at once, whoever calls; this process
 * knows of it when it returns.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED; what `change` threw, which leaves nothing behind
 */
export async function administrate<T>(
  caller: Caller,
  verb: Verb,
  wish: Wish,
  change: (context: ChangeContext) => Promise<Changed<T>>,
): Promise<T> {
  const administrator = await admit(caller, verb, wish);
  const value = await changeAs(administrator, verb, wish, change);
  await administrator.service.directory.refresh();
  return value;
}

/** The transaction of `administrate`, for verbs of several steps. Whoever is done refreshes the directory. */
export async function changeAs<T>(
  { service, actor }: Administrator,
  verb: Verb,
  wish: AuditObject,
  change: (context: ChangeContext) => Promise<Changed<T>>,
): Promise<T> {
  return service.database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    const directory = await readDirectory(tx);
    const {
      value,
      object = wish,
      isChange = true,
      ...told
    } = await change({ tx, directory, actor, service });
    if (isChange) await service.authority.done(tx, { actor, verb, object, ...told });
    return value;
  });
}
