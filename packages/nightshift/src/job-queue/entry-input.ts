import { z } from 'zod';
import { HOUR_MS, NightshiftError } from '../foundation/index.ts';
import type { AnyCodeunit } from '../session/index.ts';
import { type Schedule, type ScheduleInput, scheduleOf } from './schedule.ts';

/** Longest parameter string and description, in characters, as in Business Central. */
export const TEXT_LENGTH_MAX = 250;
/** Timeout of an entry that states none. */
export const ENTRY_TIMEOUT_MS_DEFAULT = 12 * HOUR_MS;
const ENTRY_TIMEOUT_MS_MAX = 48 * HOUR_MS;

const text = z
  .string()
  .refine((value) => [...value].length <= TEXT_LENGTH_MAX, `has at most ${TEXT_LENGTH_MAX} characters`)
  .refine(
    (value) => value.isWellFormed() && !value.includes('\0'),
    'contains characters that cannot be stored',
  );

const instant = z
  .date('is not a valid date and time')
  .refine(
    (value) => value.getUTCFullYear() <= 9999 && value.getUTCFullYear() >= 1,
    'lies outside the years 1 to 9999',
  );

const flag = z.boolean().optional();

function isCodeunit(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'onRun' in value &&
    typeof (value as { name?: unknown }).name === 'string'
  );
}

const inputSchema = z.strictObject({
  /** The codeunit to run, or its name. */
  object: z.custom<AnyCodeunit | string>(
    (value) => typeof value === 'string' || isCodeunit(value),
    'is a codeunit or the name of one',
  ),
  /** At most 250 characters, for simple routing. Default: blank. */
  parameterString: text.default(''),
  /** At most 250 characters. Default: the codeunit's name. */
  description: text.optional(),
  /** Not before. Default: at once. */
  earliestStart: instant.nullable().default(null),
  /** Not after; not before `earliestStart`. Default: never expires. */
  expiration: instant.nullable().default(null),
  /** Automatic runs after a failed one: 0 to 10. Default: 0. */
  maximumAttempts: z.int().min(0).max(10).default(0),
  /** Seconds before each of them: 0 to 3600. Default: 0. */
  rerunDelaySeconds: z.int().min(0).max(3600).default(0),
  /** Milliseconds, at most 48 h. Default: 12 h. */
  timeout: z.int().min(1).max(ENTRY_TIMEOUT_MS_MAX).default(ENTRY_TIMEOUT_MS_DEFAULT),
  runOnMondays: flag,
  runOnTuesdays: flag,
  runOnWednesdays: flag,
  runOnThursdays: flag,
  runOnFridays: flag,
  runOnSaturdays: flag,
  runOnSundays: flag,
  startingTime: z.string().nullable().optional(),
  endingTime: z.string().nullable().optional(),
  minutesBetweenRuns: z.number().optional(),
  nextRunDateFormula: z.string().nullable().optional(),
  intervalFrom: z.enum(['starting-time', 'end-of-run']).optional(),
  /** Default: the caller's. */
  timeZone: z.string().optional(),
});

/** What `jobQueue.create` takes. */
export type JobQueueEntryInput = z.input<typeof inputSchema>;

/** A checked entry, complete with its defaults. */
export interface CheckedEntry {
  readonly object: string;
  readonly parameterString: string;
  /** Null: the object's name. */
  readonly description: string | null;
  readonly earliestStart: Date | null;
  readonly expiration: Date | null;
  readonly schedule: Schedule;
  readonly maximumAttempts: number;
  readonly rerunDelaySeconds: number;
  readonly timeout: number;
}

/**
 * Checks an entry at the door.
 * @throws NightshiftError VALIDATION or DATE_FORMULA_INVALID, with the field
 */
export function checkEntry(input: JobQueueEntryInput, timeZone: string): CheckedEntry {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) throw refused(parsed.error.issues[0]);
  const { object, description, earliestStart, expiration, ...rest } = parsed.data;
  if (earliestStart !== null && expiration !== null && expiration.getTime() < earliestStart.getTime()) {
    throw new NightshiftError('VALIDATION', 'expiration lies before earliestStart.', { field: 'expiration' });
  }
  const name = typeof object === 'string' ? object : object.name;
  return {
    ...rest,
    object: name,
    description: description ?? null,
    earliestStart,
    expiration,
    schedule: scheduleOf({ ...rest, timeZone: rest.timeZone ?? timeZone } as ScheduleInput),
  };
}

function refused(issue: z.core.$ZodIssue | undefined): NightshiftError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = unknown ?? (issue?.path.join('.') || 'entry');
  const text =
    unknown === undefined ? `${field}: ${issue?.message ?? 'invalid'}.` : `There is no field "${unknown}".`;
  return new NightshiftError('VALIDATION', text, { field });
}

/** The columns of a new entry. */
export function entryColumns(entry: CheckedEntry, language: string): Readonly<Record<string, unknown>> {
  const { schedule } = entry;
  return {
    object: entry.object,
    parameter_string: entry.parameterString,
    description: entry.description ?? entry.object,
    earliest_start: entry.earliestStart,
    expiration: entry.expiration,
    run_on_mondays: schedule.runOnMondays,
    run_on_tuesdays: schedule.runOnTuesdays,
    run_on_wednesdays: schedule.runOnWednesdays,
    run_on_thursdays: schedule.runOnThursdays,
    run_on_fridays: schedule.runOnFridays,
    run_on_saturdays: schedule.runOnSaturdays,
    run_on_sundays: schedule.runOnSundays,
    starting_time: schedule.startingTime,
    ending_time: schedule.endingTime,
    minutes_between_runs: schedule.minutesBetweenRuns,
    next_run_date_formula: schedule.nextRunDateFormula,
    interval_from: schedule.intervalFrom,
    time_zone: schedule.timeZone,
    language,
    maximum_attempts: entry.maximumAttempts,
    rerun_delay_seconds: entry.rerunDelaySeconds,
    timeout_ms: entry.timeout,
  };
}
