import { HOUR_MS, MINUTE_MS, NightshiftError } from '../foundation/index.ts';
import type { JobQueueEntryInput } from '../job-queue/index.ts';
import { outputTypeOf } from './output-type.ts';
import {
  NO_DAYS,
  parseDays,
  parseDuration,
  parseInstant,
  parseSeconds,
  parseWholeNumber,
} from './parsing.ts';

/** The fields of an entry, as text: what `entry create` and `entry modify` have in common. */
export interface FieldOptions {
  readonly parameter?: string;
  readonly parameters?: string;
  readonly reportOutputType?: string;
  readonly record?: string;
  readonly description?: string;
  readonly earliestStart?: string;
  readonly expiration?: string;
  readonly days?: string;
  readonly startingTime?: string;
  readonly endingTime?: string;
  readonly minutes?: string;
  readonly dateFormula?: string;
  readonly cron?: string;
  readonly intervalFrom?: string;
  readonly timeZone?: string;
  readonly missedRuns?: string;
  readonly category?: string;
  readonly priority?: string;
  readonly maximumAttempts?: string;
  readonly rerunDelay?: string;
  readonly afterFinalError?: string;
  readonly timeout?: string;
  readonly inactivityTimeout?: string;
  readonly expectedDuration?: string;
  readonly keepLog?: string;
  readonly tag?: string;
}

type Fields = Omit<JobQueueEntryInput, 'object'>;

/**
 * The fields of an entry from the texts of the options. Times without an offset are those of `--time-zone`, else of `zone`;
 * an empty text clears what may be absent. Whatever else is wrong with a value the job queue says itself.
 * @throws NightshiftError VALIDATION
 */
export function entryChangesOf(options: FieldOptions, zone: string): Fields {
  const fields = { ...whatOf(options), ...whenOf(options, options.timeZone ?? zone), ...howOf(options) };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function whatOf(options: FieldOptions) {
  return {
    parameterString: options.parameter,
    parameters: parsed(options.parameters, parametersOf),
    reportOutputType: parsed(options.reportOutputType, (text) => outputTypeOf(text, 'reportOutputType')),
    recordToProcess: parsed(options.record, recordOf),
    description: options.description,
    category: parsed(options.category, asIs),
    tags: options.tag?.split(',').flatMap((tag) => (tag.trim() === '' ? [] : [tag.trim()])),
  };
}

function whenOf(options: FieldOptions, zone: string) {
  return {
    earliestStart: parsed(options.earliestStart, (text) => parseInstant(text, 'earliestStart', zone)),
    expiration: parsed(options.expiration, (text) => parseInstant(text, 'expiration', zone)),
    ...(options.days === undefined ? {} : { ...NO_DAYS, ...parseDays(options.days) }),
    startingTime: parsed(options.startingTime, asIs),
    endingTime: parsed(options.endingTime, asIs),
    minutesBetweenRuns: given(options.minutes, (text) => parseWholeNumber(text, 'minutesBetweenRuns')),
    nextRunDateFormula: parsed(options.dateFormula, asIs),
    cron: parsed(options.cron, asIs),
    // The job queue refuses other words, and says which there are.
    intervalFrom: options.intervalFrom as 'starting-time' | undefined,
    timeZone: options.timeZone,
    missedRuns: options.missedRuns as 'skip' | undefined,
  };
}

function howOf(options: FieldOptions) {
  return {
    priority: given(options.priority, priorityOf),
    maximumAttempts: given(options.maximumAttempts, (text) => parseWholeNumber(text, 'maximumAttempts')),
    rerunDelaySeconds: given(options.rerunDelay, (text) => parseSeconds(text, 'rerunDelaySeconds')),
    afterFinalError: options.afterFinalError as 'stop' | undefined,
    timeout: given(options.timeout, (text) => parseDuration(text, 'timeout')),
    inactivityTimeoutMinutes: given(options.inactivityTimeout, minutesOf),
    expectedDuration: parsed(options.expectedDuration, (text) => parseDuration(text, 'expectedDuration')),
    keepLogDays: parsed(options.keepLog, (text) => parseDuration(text, 'keepLogDays') / (24 * HOUR_MS)),
  };
}

/** Undefined: it was not named. */
function given<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}

/** Null: it is to be cleared. */
function parsed<Value>(text: string | undefined, parse: (text: string) => Value): Value | null | undefined {
  return text === '' ? null : given(text, parse);
}

function asIs(text: string): string {
  return text;
}

/** The priority that a person means, whatever the case. */
export function priorityOf(text: string): 'High' {
  const word = text.trim();
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1).toLowerCase()}` as 'High';
}

function minutesOf(text: string): number {
  return parseDuration(text, 'inactivityTimeoutMinutes') / MINUTE_MS;
}

/** What a codeunit or a report is filled in with. @throws NightshiftError VALIDATION */
export function parametersOf(text: string): Fields['parameters'] {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('parameters', `"${text}" is not JSON.`, cause);
  }
}

/** `order:no=S-1,line=10000`; what reads as a number or as true or false is one. */
function recordOf(text: string): Fields['recordToProcess'] {
  const colon = text.indexOf(':');
  const pairs = text.slice(colon + 1).split(',');
  if (colon < 1 || pairs.some((pair) => pair.indexOf('=') < 1)) {
    throw refused(
      'recordToProcess',
      `"${text}" is no row; write table:key=value, such as order:no=S-1,line=3.`,
    );
  }
  const key = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals).trim(), keyValue(pair.slice(equals + 1))];
  });
  return { table: text.slice(0, colon), key: Object.fromEntries(key) };
}

function keyValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function refused(field: string, message: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', message, { field, cause });
}
