import { type Database, noteLastingEffect } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import type { Actor, Authority, Company, LiveDirectory, Reaches } from '../permissions/index.ts';
import {
  actorOf,
  type CallerDoor,
  checkStop,
  isInReach,
  isListed,
  killRefusal,
  type SessionService,
  type StopDeed,
  stopElsewhere,
  stopHere,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ServerInstance } from './server-instance.ts';

/** What sessions are started and stopped with. */
export interface SessionServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly instance: ServerInstance;
  readonly directory: LiveDirectory;
  readonly authority: Authority;
}

const SOME_SESSION = Object.freeze({ kind: 'session', id: null });

/** Starts sessions on this server instance, and stops those of any. */
export function sessionServiceOf(parts: SessionServiceParts): SessionService {
  const { database, telemetry, instance, directory, authority } = parts;
  return {
    async start(caller, request) {
      const company = request.company === null ? caller.company : directory.company(request.company);
      const waits = demandStart(authority, caller, company);
      if (waits !== null) await waits;
      await instance.background.demandRun(caller, request);
      noteLastingEffect();
      return instance.background.start(caller, request);
    },
    async stop(caller, id, comment) {
      const result = await endSession(parts, caller, { deed: 'stop', id, comment });
      tellOfStop(telemetry, caller, { id, comment, result });
      return result;
    },
    async kill(caller, id) {
      const result = await endSession(parts, caller, { deed: 'kill', id, comment: '' });
      if (result) {
        const killingSessionId = caller.lineage.at(-1)?.id ?? null;
        telemetry.emit('NS0090', { sessionId: id, killingSessionId, user: caller.user.name });
      }
      return result;
    },
    async isActive(caller, id) {
      const actor = actorOf(caller);
      await authority.demand(actor, 'session.read', SOME_SESSION);
      const reaches = await authority.reaches(actor, 'session.read');
      const userNo = actor.user.no;
      if (instance.active?.owns(id) !== true) return isListed(database, { id, userNo, reaches });
      const session = instance.active.get(id);
      return session !== undefined && isInReach(session.spec, { userNo, reaches });
    },
  };
}

/** Whose sessions are stopped without asking: whoever wants it has asked what he had to. */
const EVERYBODYS: Reaches = Object.freeze({ any: null, own: [] });

/** Stops the session of a run of something whose owner has asked whether the caller may. He is audited there, too. */
export async function stopForOwner(
  { instance, database, clock, telemetry }: Omit<SessionServiceParts, 'directory' | 'authority'>,
  caller: CallerDoor,
  { id, comment }: { readonly id: number; readonly comment: string },
): Promise<boolean> {
  checkStop(caller, id, comment);
  noteLastingEffect();
  const wanted = { deed: 'stop', id, comment, userNo: caller.user.no, reaches: EVERYBODYS } as const;
  const result =
    instance.active?.owns(id) === true
      ? instance.active.stop(id, 'stopped', comment)
      : (await stopElsewhere(database, clock, wanted)) === 'done';
  tellOfStop(telemetry, caller, { id, comment, result });
  return result;
}

function tellOfStop(
  telemetry: Telemetry,
  { lineage, user }: CallerDoor,
  { id, comment, result }: { readonly id: number; readonly comment: string; readonly result: boolean },
): void {
  telemetry.emit('RT0029', {
    sessionId: id,
    stoppingSessionId: lineage.at(-1)?.id ?? null,
    user: user.name,
    comment,
    result,
  });
}

/** Null: he may, and that took no wait, so that whoever does not wait for the answer has started it all the same. */
function demandStart(authority: Authority, caller: CallerDoor, company: Company): Promise<unknown> | null {
  const actor = { ...actorOf(caller), company };
  const place = { kind: 'company', id: String(company.no), name: company.name };
  const known =
    authority.demandNow(actor, 'company.open', place) !== null &&
    authority.demandNow(actor, 'session.start', SOME_SESSION) !== null;
  if (known) return null;
  const demand = async () => {
    await authority.demand(actor, 'company.open', place);
    await authority.demand(actor, 'session.start', SOME_SESSION);
  };
  // Inside of its transaction a session counts it as under way.
  return caller.transactional ? caller.transaction(demand) : demand();
}

interface Wanted {
  readonly deed: StopDeed;
  readonly id: number;
  readonly comment: string;
}

const VERBS = { stop: 'session.stop', kill: 'session.kill' } as const;

/** Stops or kills a session of any server instance. */
async function endSession(parts: SessionServiceParts, caller: CallerDoor, wanted: Wanted): Promise<boolean> {
  const { instance, database, clock, authority } = parts;
  const { deed, id } = wanted;
  const actor = actorOf(caller);
  await authority.demand(actor, VERBS[deed], { kind: 'session', id: String(id) });
  const reaches = await authority.reaches(actor, VERBS[deed]);
  const whole = { ...wanted, userNo: actor.user.no, reaches };
  const { active } = instance;
  noteLastingEffect();
  const answer =
    active?.owns(id) === true ? stopHere(active, whole) : await stopElsewhere(database, clock, whole);
  if (typeof answer === 'object') {
    const text = killRefusal(id, answer.state) ?? `Session ${id} is ${answer.state}.`;
    throw new NightshiftError('CONFLICT', text, { details: { sessionId: id, state: answer.state } });
  }
  if (typeof answer === 'number') await refuseOrHide(parts, actor, wanted, answer);
  if (answer !== 'done') return false;
  await audit(parts, actor, wanted);
  return true;
}

/** About a session out of reach, by the rights in its company. */
async function refuseOrHide(
  { directory, authority }: SessionServiceParts,
  actor: Actor,
  { deed, id }: Wanted,
  companyNo: number,
): Promise<void> {
  const company = directory.companies.find(({ no }) => no === companyNo);
  if (company === undefined) return;
  const wish = { kind: 'session', id: String(id), read: 'session.read' as const };
  await authority.refuseOrHide({ ...actor, company }, VERBS[deed], wish);
}

/** Not in the transaction of a session that stops another one: what is stopped stays so, also when that rolls back. */
function audit(
  { authority, database }: SessionServiceParts,
  actor: Actor,
  { deed, id, comment }: Wanted,
): Promise<void> {
  const object = { kind: 'session', id: String(id) };
  const change = deed === 'stop' ? { after: { comment } } : {};
  return authority.done(database, { actor, verb: VERBS[deed], object, ...change });
}
