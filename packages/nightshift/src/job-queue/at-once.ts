import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Actor, Authority, User } from '../permissions/index.ts';
import { actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { entryTransaction } from './category-turns.ts';
import { type DetachedWork, JOB_QUEUE } from './job-queue-service.ts';

/** A caller of a verb that works over the platform's own connections, whoever calls. */
export interface OnceCaller {
  readonly door: CallerDoor;
  readonly actor: Actor;
  readonly authority: Authority;
}

/** What such a verb works with, in its transaction. */
export interface AtOnce extends OnceCaller {
  readonly tx: Executor;
  /** A caller whose transaction that is. */
  readonly inside: Caller;
}

/**
 * Takes a caller of a verb that only reads.
 * @param what the verb, as the caller writes it
 * @throws NightshiftError PERMISSION_DENIED in an isolated codeunit
 */
export function readingCaller(caller: Caller, what: string): OnceCaller {
  const door = doorOf(caller);
  return { door, actor: actorOf(door), authority: detachedWork(door, what).authority };
}

/**
 * Takes a caller of a verb that commits at once.
 * @throws NightshiftError as `readingCaller`; SHARED_TRANSACTION; CONFLICT in a session with an open transaction, for whose
 *   locks it might wait for ever; what ended the session
 */
export function onceCaller(caller: Caller, what: string): OnceCaller {
  const once = readingCaller(caller, what);
  once.door.refuseIfOver();
  once.door.refuseIfShared?.(what);
  if (!once.door.inTransaction()) return once;
  throw new NightshiftError(
    'CONFLICT',
    `${what} commits at once and is no part of the session's transaction, which is open: call session.commit() first.`,
  );
}

/**
 * Works in a transaction of the platform's own connections. As whom an entry runs is decided there and in no session's
 * transaction, so that no SQL of a session can do it.
 * @param about entryId: the entry whose row it locks. runAs: as whom `inside` acts, with whose rights what it schedules runs;
 *   default: the caller
 */
export function atOnce<T>(
  caller: OnceCaller,
  { runAs = caller.door.user, entryId }: { readonly runAs?: User; readonly entryId: string },
  work: (parts: AtOnce) => Promise<T>,
): Promise<T> {
  const { door } = caller;
  const detached = detachedWork(door, 'This verb').as(runAs, door.company);
  return entryTransaction(doorOf(detached), entryId, (tx, inside) => work({ ...caller, tx, inside }));
}

/** A transaction of the platform's own connections, about no entry. */
export function apartTransaction<T>({ door }: OnceCaller, work: (tx: Executor) => Promise<T>): Promise<T> {
  const detached = detachedWork(door, 'This verb').as(door.user, door.company);
  return doorOf(detached).transaction((tx) => work(tx));
}

function detachedWork(door: CallerDoor, what: string): DetachedWork {
  const { detached } = door.service(JOB_QUEUE);
  if (detached !== null) return detached;
  throw new NightshiftError('PERMISSION_DENIED', `${what} is called from codeunits that are not isolated.`);
}
