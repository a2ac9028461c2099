import { help } from 'virtual:help/JobQueueEntryChanges';
import type { JobQueueEntry, JobQueueEntryChanges } from '@nightshift/client/api';
import { TEXTS } from './texts.ts';

/** The name of a field that can be changed. */
export type FieldName = keyof JobQueueEntryChanges & string;

/** How a field is filled in. */
export interface EntryField {
  readonly name: FieldName;
  readonly label: string;
  readonly help: string | undefined;
  readonly kind: 'text' | 'object' | 'zone' | 'number' | 'words' | 'flag' | 'time' | 'instant' | 'minutes';
  readonly words?: readonly string[];
  readonly isWide?: boolean;
  /** Whether nothing is null rather than an empty text. */
  readonly isNullable?: boolean;
}

const LABELS: Readonly<Record<string, string>> = { ...TEXTS.fields, ...TEXTS.days };

function field(name: FieldName, kind: EntryField['kind'], more: Partial<EntryField> = {}): EntryField {
  return { name, kind, label: LABELS[name] ?? name, help: help[name], ...more };
}

const NULLABLE = { isNullable: true } as const;

export const WHAT_FIELDS: readonly EntryField[] = [
  field('object', 'object', { isWide: true }),
  field('description', 'text'),
  field('parameterString', 'text'),
  field('category', 'text', NULLABLE),
  field('priority', 'words', { words: ['High', 'Normal', 'Low'] }),
];
export const LIMIT_FIELDS: readonly EntryField[] = [
  field('maximumAttempts', 'number'),
  field('rerunDelaySeconds', 'number'),
  field('timeoutMs', 'minutes', { label: TEXTS.fields.timeoutMinutes }),
  field('earliestStart', 'instant', NULLABLE),
  field('expiration', 'instant', NULLABLE),
];
export const DAY_FIELDS: readonly EntryField[] = (Object.keys(TEXTS.days) as (keyof typeof TEXTS.days)[]).map(
  (name) => field(name, 'flag'),
);
export const TIME_FIELDS: readonly EntryField[] = [
  field('startingTime', 'time', NULLABLE),
  field('endingTime', 'time', NULLABLE),
  field('minutesBetweenRuns', 'number'),
  field('nextRunDateFormula', 'text', NULLABLE),
  field('cron', 'text', NULLABLE),
  field('timeZone', 'zone'),
];
export const FAILURE_FIELDS: readonly EntryField[] = [
  field('intervalFrom', 'words', { words: ['starting-time', 'end-of-run'] }),
  field('missedRuns', 'words', { words: ['skip', 'run-once'] }),
  field('afterFinalError', 'words', { words: ['stop', 'continue-schedule'] }),
  field('inactivityTimeoutMinutes', 'number'),
];
export const TOLD_FIELDS: readonly EntryField[] = [
  field('notifyOnSuccess', 'flag'),
  field('expectedDurationMs', 'minutes', NULLABLE),
  field('keepLogDays', 'number', NULLABLE),
];
/** What the object is given is a form of its own. */
const OPTION_FIELDS: readonly EntryField[] = [field('reportOutputType', 'text'), field('parameters', 'text')];

/** Every field that the card can change, for telling differences. */
export const ALL_FIELDS: readonly EntryField[] = [
  ...WHAT_FIELDS,
  ...LIMIT_FIELDS,
  ...DAY_FIELDS,
  ...TIME_FIELDS,
  ...FAILURE_FIELDS,
  ...TOLD_FIELDS,
  ...OPTION_FIELDS,
];

/** What an entry has in a field; those of the schedule are a level deeper. */
export function valueIn(entry: JobQueueEntry, name: FieldName): unknown {
  const all: Readonly<Record<string, unknown>> = { ...entry, ...entry.scheduleFields };
  return all[name] ?? null;
}

const WORDS: Readonly<Record<string, string>> = TEXTS.words;

/** A value as people read it. */
export function wordsFor({ kind }: EntryField, value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (kind === 'flag') return value === true ? TEXTS.yes : TEXTS.no;
  if (kind === 'minutes') return String(Number(value) / 60_000);
  if (typeof value === 'object') return JSON.stringify(value);
  return WORDS[String(value)] ?? String(value);
}
