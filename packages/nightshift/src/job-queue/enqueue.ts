import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  AUTHORITY,
  actorOf,
  audited,
  type Caller,
  type CallerDoor,
  doorOf,
} from '../session/index.ts';
import { categoryTransaction } from './category-turns.ts';
import { findSameEntry } from './enqueue.sql.ts';
import { admitToEntry, auditedEntry, auditedState } from './entry-access.ts';
import { makeReady, objectsOf } from './entry-change.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';
import { create, get, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { isRecurring } from './schedule.ts';

/** Automatic runs after a failed one of work that is planned ahead, unless the caller says otherwise. */
const ATTEMPTS_AHEAD = 3;
/** Seconds before each of them, of work that runs once. */
const RERUN_DELAY_LATER = 60;

/** How work is enqueued: what `create` takes, without the object. */
export interface EnqueueOptions extends Omit<JobQueueEntryInput, 'object'> {
  /** An entry for the same work is taken again instead of a new one: set Ready, unless it is scheduled already. Default: false. */
  readonly reuse?: boolean;
}

/** The entry that stands for the work, and whether it was created for it. */
export interface Enqueued {
  readonly entry: JobQueueEntry;
  readonly created: boolean;
}

/**
 * Has an object run in the background as the caller: at once, from `earliestStart` on (three more attempts, a minute apart), or
 * again and again by the schedule that is given (three more attempts). A recurring entry is created only if there is none for
 * the same work: object, parameters, record, what a report yields; of one that is there nothing changes. With `reuse` an entry for the same work
 * that is not scheduled is set Ready for the new start. Callers at the same time get the same entry.
 * @throws NightshiftError as `create` and `setStatusToReady` do
 */
export async function enqueue(
  caller: Caller,
  object: AnyCodeunit | string,
  options: EnqueueOptions = {},
): Promise<Enqueued> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.enqueue');
  const { reuse = false, ...fields } = options;
  if (typeof reuse !== 'boolean')
    throw new NightshiftError('VALIDATION', 'reuse is true or false.', { field: 'reuse' });
  const input = withDefaults({ ...fields, object }, caller.timeZone);
  const { category } = checkEntry(input, caller.timeZone);
  return categoryTransaction(door, category, async (tx, inside) => {
    const same = await sameEntry(tx, inside, input, reuse);
    if (same === null) {
      const { id } = await create(inside, input);
      return { entry: await setStatusToReady(inside, id), created: true };
    }
    const entry = reuse
      ? await readyAgain(tx, inside, same, input.earliestStart ?? null)
      : await get(inside, same);
    if (reuse) tellReused(doorOf(inside), entry, input.earliestStart ?? null);
    return { entry, created: false };
  });
}

function withDefaults(input: JobQueueEntryInput, timeZone: string): JobQueueEntryInput {
  if (isRecurring(checkEntry(input, timeZone).schedule)) {
    return { maximumAttempts: ATTEMPTS_AHEAD, ...input };
  }
  const isLater = input.earliestStart !== undefined && input.earliestStart !== null;
  return isLater
    ? { maximumAttempts: ATTEMPTS_AHEAD, rerunDelaySeconds: RERUN_DELAY_LATER, ...input }
    : input;
}

/** The id of an entry for the same work, of which a second one is not wanted; null: create it. */
async function sameEntry(
  tx: Executor,
  inside: Caller,
  input: JobQueueEntryInput,
  reuse: boolean,
): Promise<string | null> {
  const door = doorOf(inside);
  const checked = checkEntry(input, inside.timeZone);
  const recurs = isRecurring(checked.schedule);
  if (!recurs && !reuse) return null;
  const { codeunits } = door.service(JOB_QUEUE);
  const target = codeunits.has(checked.object) ? codeunits.get(checked.object) : checked.object;
  const columns = JSON.stringify(entryColumns(checked, target, inside.language));
  const values = [door.user.no, door.company.no, columns, recurs];
  const [row] = await tx.run<{ id: string | null }>(findSameEntry, values);
  return row?.id ?? null;
}

function tellReused(door: CallerDoor, entry: JobQueueEntry, proposed: Date | null): void {
  const { telemetry } = door.service(JOB_QUEUE);
  const dimensions = { ...entryDimensions(entry, door), proposedStart: proposed?.toISOString() ?? null };
  door.afterCommit(() => telemetry.emit('AL0000F6B', dimensions));
}

/** Sets an entry Ready for a new start, unless it is scheduled or runs. */
async function readyAgain(
  tx: Executor,
  inside: Caller,
  entryId: string,
  earliestStart: Date | null,
): Promise<JobQueueEntry> {
  const door = doorOf(inside);
  const { entry, now } = await admitToEntry(tx, door, 'entry.setReady', { entryId, lock: true });
  if (entry.taskId !== null && ['Ready', 'In Process', 'Waiting'].includes(entry.status)) return entry;
  const wish = { ...auditedEntry(entry), objects: objectsOf(inside, entry) };
  await door.service(AUTHORITY).rehearse(actorOf(door), 'entry.setReady', wish);
  const ready = await makeReady(tx, inside, { entry: { ...entry, earliestStart }, now });
  const change = { before: auditedState(entry), after: auditedState(ready) };
  await audited(tx, door, { verb: 'entry.setReady', object: auditedEntry(entry), ...change });
  return ready;
}
