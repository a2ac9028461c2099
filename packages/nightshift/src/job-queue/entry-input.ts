import { z } from 'zod';
import { ENTRY_OUTPUT_TYPES, type EntryOutputType } from '../contract/report-output-type.ts';
import { HOUR_MS, NightshiftError } from '../foundation/index.ts';
import type { AnyCodeunit } from '../session/index.ts';
import { ENTRY_PRIORITIES, type EntryPriority, type RecordToProcess } from './job-queue-entry.ts';
import { LOG_RETENTION_DAYS_MAX } from './job-queue-options.ts';
import { storedPriority } from './job-queue-rows.ts';
import type { MissedRunsPolicy } from './missed-runs.ts';
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

/** Most bytes of parameters, as JSON. */
const PARAMETERS_BYTES_MAX = 8_192;
const RECORD_KEY_BYTES_MAX = 2_048;

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function plainData(bytes: number) {
  return z
    .json('is plain data: no functions, dates or class instances')
    .refine((value) => byteLength(value) <= bytes, `has at most ${bytes} bytes as JSON`)
    .refine((value) => isStorable(value), 'contains characters that cannot be stored');
}

function isStorable(value: unknown): boolean {
  const json = JSON.stringify(value) ?? '';
  // JSON writes halves of characters as escapes too.
  return !/\\u(0000|d[89a-f][0-9a-f]{2})/i.test(json);
}

/** The code of a category. */
export const categoryCode = z
  .string()
  .refine((value) => [...value].length >= 1 && [...value].length <= 20, 'has 1 to 20 characters')
  .refine(
    (value) => value.isWellFormed() && !/\p{Cc}/u.test(value),
    'contains characters that cannot be stored',
  )
  .refine((value) => value === value.trim(), 'begins or ends with a space');

const tag = z
  .string()
  .refine((value) => [...value].length >= 1 && [...value].length <= 50, 'has 1 to 50 characters')
  .refine(
    (value) => value.isWellFormed() && !/\p{Cc}/u.test(value),
    'contains characters that cannot be stored',
  );

function isCodeunit(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'onRun' in value &&
    typeof (value as { name?: unknown }).name === 'string'
  );
}

const inputSchema = z.strictObject({
  /** The codeunit or report to run, or its name. */
  object: z.custom<AnyCodeunit | string>(
    (value) => typeof value === 'string' || isCodeunit(value),
    'is a codeunit or the name of one',
  ),
  /** At most 250 characters, for simple routing. Default: blank. */
  parameterString: text.default(''),
  /** For the codeunit, as its schema says; at most 8 kB as JSON. Default: none. */
  parameters: plainData(PARAMETERS_BYTES_MAX).nullable().default(null),
  /** What a report yields; `None`: it only runs. For reports only. Default: the first of what the report can yield. */
  reportOutputType: z.enum(ENTRY_OUTPUT_TYPES).nullable().default(null),
  /** The row of the application that the run is about. Default: none. */
  recordToProcess: z
    .strictObject({
      table: z.string().min(1).max(63),
      key: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .refine(({ key }) => byteLength(key) <= RECORD_KEY_BYTES_MAX, 'has too long a key')
    .nullable()
    .default(null),
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
  /** Minutes that it rests after a run that found nothing to do, 5 to 525,600. Default: 5. */
  inactivityTimeoutMinutes: z.int().min(5).max(525_600).default(5),
  /** Its object plans the next run itself. Default: false. */
  manualRecurrence: z.boolean().default(false),
  /** 1 to 20 characters: of one category only so many entries run at a time as the category says. Default: none. */
  category: categoryCode.nullable().default(null),
  /** Which entry of a category comes first. Default: Normal. */
  priority: z.enum(ENTRY_PRIORITIES).default('Normal'),
  /** Whether somebody wants to know of good runs too: AL0000E26, the event of each, says so. Default: false. */
  notifyOnSuccess: z.boolean().default(false),
  /** Milliseconds; longer runs are told of. Default: three times the median of its runs. */
  expectedDuration: z.int().min(1).max(ENTRY_TIMEOUT_MS_MAX).nullable().default(null),
  /** Days after which its log entries are removed: 1 to 3,650. Default: as the option `jobQueue.logRetentionDays` says. */
  keepLogDays: z.int().min(1).max(LOG_RETENTION_DAYS_MAX).nullable().default(null),
  /** At most 20, of 1 to 50 characters each. Default: none. */
  tags: z.array(tag).max(20).default([]),
  /** What becomes of runs that did not happen in time: `skip`, or `run-once`, one for all of them. Default: `run-once`. */
  missedRuns: z.enum(['skip', 'run-once']).default('run-once'),
  /** Of a recurring entry whose last attempt failed: `stop` in Error, or `continue-schedule`. Default: `stop`. */
  afterFinalError: z.enum(['stop', 'continue-schedule']).default('stop'),
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
  /** A cron pattern such as `30 2 * * MON-FRI`, instead of all that says when. Default: none. */
  cron: z.string().nullable().optional(),
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
  readonly parameters: unknown;
  /** Null: not said. */
  readonly reportOutputType: EntryOutputType | null;
  readonly recordToProcess: RecordToProcess | null;
  readonly inactivityTimeoutMinutes: number;
  readonly manualRecurrence: boolean;
  readonly category: string | null;
  readonly priority: EntryPriority;
  readonly notifyOnSuccess: boolean;
  readonly expectedDuration: number | null;
  readonly keepLogDays: number | null;
  readonly tags: readonly string[];
  readonly missedRuns: MissedRunsPolicy;
  readonly afterFinalError: 'stop' | 'continue-schedule';
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

/** Something that an entry is to run, as far as its columns depend on that. */
type EntryObject = Pick<AnyCodeunit, 'name' | 'objectType' | 'outputTypes' | 'record'>;

/**
 * The columns of a new entry.
 * @param target what it runs; a name only where that is not known: a codeunit
 * @throws NightshiftError VALIDATION with the field, where the entry does not fit its report
 */
export function entryColumns(
  entry: CheckedEntry,
  target: EntryObject | string,
  language: string,
): Readonly<Record<string, unknown>> {
  const { schedule } = entry;
  const object = typeof target === 'string' ? target : target.name;
  return {
    object,
    parameter_string: entry.parameterString,
    description: entry.description ?? object,
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
    object_type: typeof target === 'string' ? 'codeunit' : target.objectType,
    report_output_type: outputTypeOf(entry, target),
    parameters: entry.parameters,
    record_table: entry.recordToProcess?.table ?? null,
    record_key: entry.recordToProcess?.key ?? null,
    cron: schedule.cron,
    missed_runs: entry.missedRuns,
    after_final_error: entry.afterFinalError,
    inactivity_timeout_minutes: entry.inactivityTimeoutMinutes,
    manual_recurrence: entry.manualRecurrence,
    category_code: entry.category,
    priority: storedPriority(entry.priority),
    notify_on_success: entry.notifyOnSuccess,
    expected_duration_ms: entry.expectedDuration,
    keep_log_days: entry.keepLogDays,
    tags: entry.tags,
  };
}

/** What its report is to yield; null: it is no report. @throws NightshiftError VALIDATION naming `reportOutputType` or a parameter */
function outputTypeOf(
  { reportOutputType: wanted, parameters }: CheckedEntry,
  target: EntryObject | string,
): EntryOutputType | null {
  const field = 'reportOutputType';
  if (typeof target === 'string' || target.objectType === 'codeunit') {
    if (wanted === null) return null;
    const name = typeof target === 'string' ? target : target.name;
    throw new NightshiftError('VALIDATION', `Codeunit "${name}" yields no document.`, { field });
  }
  const { name, outputTypes } = target;
  if (wanted !== null && wanted !== 'None' && !outputTypes.includes(wanted)) {
    const text = `Report "${name}" yields ${outputTypes.join(', ')}, or None; not ${wanted}.`;
    throw new NightshiftError('VALIDATION', text, { field });
  }
  const issue = target.record?.safeParse({ parameters, outputType: wanted }).error?.issues[0];
  if (issue === undefined) return wanted ?? outputTypes[0] ?? 'None';
  const at = issue.path.map(String).join('.');
  const text = `The parameters do not fit report "${name}": ${at}: ${issue.message}.`;
  throw new NightshiftError('VALIDATION', text, { field: at });
}
