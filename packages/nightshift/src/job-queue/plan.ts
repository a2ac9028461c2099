import { NightshiftError } from '../foundation/index.ts';
import { readWorkCalendar } from '../permissions/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import { describeSchedule } from './describe-schedule.ts';
import { describe, type ListedEntry } from './entry-page.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { readPlanSurroundings } from './overview.sql.ts';
import { initialRunTime, type PreviewedRun, previewRuns } from './recurrence.ts';
import { isRecurring, type ScheduleInput, scheduleOf } from './schedule.ts';
import { scheduleSense } from './schedule-sense.ts';
import { scheduleWarnings } from './schedule-warnings.ts';

const RUNS_MAX = 100;
/** A preview looks only at times that people may mean. */
const YEARS = { min: new Date('1970-01-01T00:00:00Z'), max: new Date('9000-01-01T00:00:00Z') };

/** A schedule that nobody has saved yet. */
export interface ScheduleWish {
  readonly schedule: ScheduleInput;
  /** Default: null, at once. */
  readonly earliestStart?: Date | null;
  /** How many runs, 1 to 100. Default: 5. */
  readonly count?: number;
}

/** What a schedule leads to. */
export interface SchedulePlan {
  /** When it runs, as a sentence. */
  readonly sentence: string;
  readonly timeZone: string;
  readonly isRecurring: boolean;
  /** The first run that it would have, were it set Ready now, and the ones after it, were each to end as it starts. */
  readonly runs: readonly PreviewedRun[];
  /** What makes little sense about it. */
  readonly warnings: readonly string[];
}

/**
 * What a schedule would lead to that somebody is filling in. Changes nothing. Not for sessions in a thread or process of their
 * own.
 * @throws NightshiftError VALIDATION, DATE_FORMULA_INVALID with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function planSchedule(caller: Caller, wish: ScheduleWish): Promise<SchedulePlan> {
  readingCaller(caller, 'jobQueue.planSchedule');
  const { earliestStart = null, count = 5 } = wish;
  if (!Number.isInteger(count) || count < 1 || count > RUNS_MAX)
    throw refused('count', `is a whole number from 1 to ${RUNS_MAX}`);
  if (earliestStart !== null && !(earliestStart >= YEARS.min && earliestStart < YEARS.max))
    throw refused('earliestStart', 'is an instant of the years 1970 to 8999');
  const door = doorOf(caller);
  await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', { kind: 'entry', id: null });
  const { reader, clock } = door.service(JOB_QUEUE);
  const schedule = scheduleOf(wish.schedule);
  const now = clock.now();
  const first = initialRunTime(schedule, earliestStart, now, schedule.timeZone);
  const later = isRecurring(schedule) ? previewRuns(schedule, first, count - 1, schedule.timeZone) : [];
  const workCalendar = await readWorkCalendar(reader, door.company.no);
  const warnings = scheduleSense({ now, schedule, earliestStart, medianRunMs: null, workCalendar });
  return {
    sentence: describeSchedule(schedule, caller.language),
    timeZone: schedule.timeZone,
    isRecurring: isRecurring(schedule),
    runs: [{ at: first, note: null }, ...later],
    warnings: warnings.map(({ text }) => text),
  };
}

/** What would come of setting an entry Ready. */
export interface ReadyRehearsal {
  /** Whether it would be let through. */
  readonly allowed: boolean;
  /** Why not; null: it would. */
  readonly reason: string | null;
  /** As whom it would run: the caller. */
  readonly runAs: string;
  /** As whom it runs now. */
  readonly ranAs: string;
  /** Not before this: then it is eligible to run. */
  readonly eligibleFrom: Date;
  /** Tasks that are due by then and wait for a place; at most 10,001. */
  readonly ahead: number;
  /** Entries of its category that wait. */
  readonly aheadInCategory: number;
  /** The median by which the last hundred runs of the company began late, in milliseconds; null: there were none. */
  readonly usualWaitMs: number | null;
  readonly warnings: readonly string[];
}

/**
 * What `setStatusToReady` would do with an entry. Changes nothing. Not for sessions in a thread or process of their own.
 * @throws NightshiftError ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function rehearseReady(caller: Caller, entryId: string): Promise<ReadyRehearsal> {
  const listed = await describe(caller, entryId);
  const door = doorOf(caller);
  const { reader, clock } = door.service(JOB_QUEUE);
  const { schedule, earliestStart } = listed.entry;
  const eligibleFrom = initialRunTime(schedule, earliestStart, clock.now(), schedule.timeZone);
  const values = [door.company.no, entryId, eligibleFrom];
  const [[row], warnings] = await Promise.all([
    reader.run<SurroundingsRow>(readPlanSurroundings, values),
    scheduleWarnings(caller, entryId),
  ]);
  const { allowed, reason } = setReadyOf(listed);
  return {
    allowed,
    reason,
    runAs: door.user.name,
    ranAs: listed.runAs,
    eligibleFrom,
    ahead: row?.ahead ?? 0,
    aheadInCategory: row?.waiting ?? 0,
    usualWaitMs: row?.usual_wait_ms ?? null,
    warnings: warnings.map(({ text }) => text),
  };
}

interface SurroundingsRow {
  readonly ahead: number;
  readonly waiting: number;
  readonly usual_wait_ms: number | null;
}

function setReadyOf({ actions }: ListedEntry): { readonly allowed: boolean; readonly reason: string | null } {
  return actions.find(({ name }) => name === 'setReady') ?? { allowed: false, reason: null };
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
