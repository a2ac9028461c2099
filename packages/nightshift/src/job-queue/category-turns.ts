import { type Executor, Turns } from '../database/index.ts';
import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { Caller, CallerDoor } from '../session/index.ts';
import { checkedEntryId } from './entry-access.ts';
import { categoryOfEntry } from './job-queue.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** How long a verb waits while none about the same category gets on. */
const PATIENCE_MS = 30 * SECOND_MS;

/** The turns of a process's verbs that need the row of the same category. */
export function categoryTurns(clock: Clock): Turns {
  return new Turns({ clock, places: 1, patienceMs: PATIENCE_MS, refusal: categoryBusy });
}

/** A transaction of a verb, with a caller whose transaction that is. */
type VerbWork<T> = (tx: Executor, inside: Caller) => Promise<T>;

/**
 * The transaction of a verb that locks an entry, and with it its category. Verbs of one process that would wait for the same
 * lock wait here instead, before any of them has a connection, so that they never take those that others need. A session has
 * its connection anyway.
 * @throws NightshiftError DATABASE_BUSY when nothing about the category got on for 30 s; VALIDATION for a bad id
 */
export async function entryTransaction<T>(door: CallerDoor, entryId: string, work: VerbWork<T>): Promise<T> {
  if (door.transactional) return door.transaction(work);
  const { reader } = door.service(JOB_QUEUE);
  // It may change before the lock is taken: then this one waits at the lock, and no more.
  const values = [door.company.no, checkedEntryId(entryId)];
  const [row] = await reader.run<{ code: string | null }>(categoryOfEntry, values);
  const code = row?.code ?? null;
  return inTurn(door, code === null ? `entry ${entryId}` : nameOf(door, code), work);
}

/** The same for a verb that locks a category; null: none. */
export function categoryTransaction<T>(door: CallerDoor, code: string | null, work: VerbWork<T>): Promise<T> {
  const waits = code !== null && !door.transactional;
  return waits ? inTurn(door, nameOf(door, code), work) : door.transaction(work);
}

function inTurn<T>(door: CallerDoor, kind: string, work: VerbWork<T>): Promise<T> {
  const { detached } = door.service(JOB_QUEUE);
  const begin = () => door.transaction(work);
  return detached === null ? begin() : detached.turns.take(kind, begin);
}

function nameOf({ company }: CallerDoor, code: string): string {
  return `category "${code}" of company ${company.name}`;
}

function categoryBusy(kind: string): NightshiftError {
  return new NightshiftError(
    'DATABASE_BUSY',
    `Somebody has held the ${kind} for ${PATIENCE_MS / SECOND_MS} s. Nothing was done.`,
  );
}
