import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readPlannedEntries } from './entry-page.sql.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { previewRuns } from './recurrence.ts';

/** Entries whose runs are worked out at most. */
const ENTRIES_MAX = 1_000;
const RUNS_MAX = 5_000;
const RUNS_DEFAULT = 1_000;
/** Runs of one entry that are worked out at a time: few at first, since most have few. */
const STEP_FIRST = 2;
const STEP_MAX = 100;

/** Between which instants. */
export interface PlannedRunsWish {
  readonly from: Date;
  /** After `from`. */
  readonly to: Date;
  /** 1 to 5,000. Default: 1,000. */
  readonly limit?: number;
}

/** A run that an entry is planned for. */
export interface PlannedEntryRun {
  readonly entryId: string;
  readonly entryNo: number;
  readonly at: Date;
  /** What daylight saving or the window did to it; null: nothing. */
  readonly note: string | null;
}

/** Runs, the earliest first. */
export interface PlannedRuns {
  readonly runs: readonly PlannedEntryRun[];
  /** Whether these are all: not when there are more runs than wanted, or more than 1,000 entries. */
  readonly isComplete: boolean;
}

/**
 * When the entries run that are Ready, waiting or running, from one instant to another: by their schedules, were each run to end
 * as it starts. Not for sessions in a thread or process of their own.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function plannedRuns(caller: Caller, wish: PlannedRunsWish): Promise<PlannedRuns> {
  const { from, to, limit = RUNS_DEFAULT } = wish;
  if (!Number.isInteger(limit) || limit < 1 || limit > RUNS_MAX)
    throw refused('limit', `limit is a whole number from 1 to ${RUNS_MAX}.`);
  if (!(from < to)) throw refused('to', 'to is later than from.');
  const door = doorOf(caller);
  const reach = await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'entry.read', { kind: 'entry', id: null });
  const only = reach === 'any' ? null : door.user.no;
  const { reader } = door.service(JOB_QUEUE);
  const rows = await reader.run<EntryRow>(readPlannedEntries, [door.company.no, only, to, ENTRIES_MAX + 1]);
  const runs = earliestOf(rows.slice(0, ENTRIES_MAX), { from, to }, limit + 1);
  return { runs: runs.slice(0, limit), isComplete: rows.length <= ENTRIES_MAX && runs.length <= limit };
}

interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** The earliest so many runs. */
function earliestOf(rows: readonly EntryRow[], { from, to }: Span, count: number): PlannedEntryRun[] {
  let runs: PlannedEntryRun[] = [];
  let until = to;
  for (const row of rows) {
    runs.push(...runsOf(row, { from, to: until }, count));
    if (runs.length <= count) continue;
    runs = inOrder(runs).slice(0, count);
    // What comes later than all of these need not be worked out; what comes at the same time may be of a smaller number.
    until = new Date(Math.min(until.getTime(), (runs.at(-1)?.at ?? to).getTime() + 1));
  }
  return inOrder(runs);
}

function inOrder(runs: PlannedEntryRun[]): PlannedEntryRun[] {
  return runs.sort((one, other) => one.at.getTime() - other.at.getTime() || one.entryNo - other.entryNo);
}

/** The runs of one entry, at most so many. */
function runsOf(row: EntryRow, { from, to }: Span, count: number): PlannedEntryRun[] {
  const { id: entryId, entryNo, schedule, earliestStart } = entryOf(row);
  const made: PlannedEntryRun[] = [];
  const isIn = (at: Date) => at >= from && at < to;
  if (earliestStart !== null && isIn(earliestStart))
    made.push({ entryId, entryNo, at: earliestStart, note: null });
  // What is late runs at once; what its schedule leads to after that begins now.
  let at = earliestStart !== null && earliestStart > from ? earliestStart : from;
  for (let step = STEP_FIRST; made.length < count && at < to; step = Math.min(step * 2, STEP_MAX)) {
    const next = previewRuns(schedule, at, step, schedule.timeZone);
    made.push(...next.filter((run) => isIn(run.at)).map((run) => ({ entryId, entryNo, ...run })));
    const last = next.at(-1);
    if (last === undefined || next.length < step) break;
    at = last.at;
  }
  return made.slice(0, count);
}

function refused(field: string, text: string): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field });
}
