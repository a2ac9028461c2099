import { describeDuration } from '../foundation/index.ts';

/** Of what people are told who do not look, by itself. */
export const ALERT_KINDS = Object.freeze([
  'retries',
  'failed',
  'recovered',
  'succeeded',
  'overdue',
  'overrun',
  'nothing-ran',
  'user-gone',
  'approval',
  'items-failed',
] as const);

/** Of what people are told. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** How much somebody should care. */
export type AlertTone = 'bad' | 'wait' | 'good';

const TONES: Readonly<Record<AlertKind, AlertTone>> = {
  retries: 'wait',
  failed: 'bad',
  recovered: 'good',
  succeeded: 'good',
  overdue: 'bad',
  overrun: 'wait',
  'nothing-ran': 'bad',
  'user-gone': 'bad',
  approval: 'wait',
  'items-failed': 'bad',
};

/** Something that somebody should know. */
export interface Alert {
  readonly no: number;
  readonly kind: AlertKind;
  readonly tone: AlertTone;
  /** What it is about: the description of an entry or its object; a table of work items; a user. */
  readonly subject: string;
  /** A sentence for people. */
  readonly text: string;
  /** Since when it is so, or when it happened. */
  readonly since: Date;
  /** When it was noticed last. */
  readonly lastAt: Date;
  /** How often it was noticed; of work items and of a user who is gone, how many there are. */
  readonly times: number;
  /** Since when it is not so any more; null: it is so. What happened in a moment is over at once. */
  readonly overAt: Date | null;
  /** Whether the caller has been shown it, and has said so. */
  readonly isSeen: boolean;
  readonly entryId: string | null;
  readonly entryNo: number | null;
  /** The log entry that tells more. */
  readonly logEntryNo: number | null;
  /** The table of work items. */
  readonly table: string | null;
  /** The same for errors of one kind. */
  readonly fingerprint: string | null;
}

/** An alert as PostgreSQL returns it. */
export interface AlertRow {
  readonly no: string;
  readonly kind: AlertKind;
  readonly entry_id: string | null;
  readonly entry_no: string | null;
  readonly subject: string;
  readonly log_no: string | null;
  readonly fingerprint: string | null;
  readonly message: string | null;
  readonly by_ms: string | null;
  readonly since: Date;
  readonly last_at: Date;
  readonly times: number;
  readonly over_at: Date | null;
  readonly is_seen: boolean;
}

/** From the row to the domain. Pure. */
export function alertOf(row: AlertRow): Alert {
  return {
    no: Number(row.no),
    kind: row.kind,
    tone: TONES[row.kind],
    subject: row.subject,
    text: TEXTS[row.kind](row),
    since: row.since,
    lastAt: row.last_at,
    times: row.times,
    overAt: row.over_at,
    isSeen: row.is_seen,
    entryId: row.entry_id,
    entryNo: numberOf(row.entry_no),
    logEntryNo: numberOf(row.log_no),
    table: row.kind === 'items-failed' ? row.subject : null,
    fingerprint: row.fingerprint,
  };
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

const entry = ({ entry_no, subject }: AlertRow) => `Entry ${entry_no} (${subject})`;
const because = ({ message }: AlertRow) => (message === null ? '.' : `: ${message}`);
const by = ({ by_ms }: AlertRow) => describeDuration(Number(by_ms ?? 0));
const often = ({ times }: AlertRow) => (times === 1 ? '' : ` ${times} times`);

const TEXTS: Readonly<Record<AlertKind, (row: AlertRow) => string>> = {
  retries: (row) => `${entry(row)} failed${often(row)} and tries again by itself${because(row)}`,
  failed: (row) => `${entry(row)} failed for good${often(row)}${because(row)}`,
  recovered: (row) => `${entry(row)} runs again: its last run went well.`,
  succeeded: (row) => `${entry(row)} has run, and all went well.`,
  overdue: (row) =>
    `${entry(row)} should have run and has not; it was ${by(row)} late when this was noticed.`,
  overrun: (row) => `${entry(row)} runs longer than expected, by ${by(row)} when this was noticed.`,
  'nothing-ran': (row) =>
    `Nothing runs in this company although work is due, for ${by(row)} when this was noticed: is a server instance up, and not held?`,
  'user-gone': ({ times, subject }) =>
    `${times === 1 ? 'An entry is' : `${times} entries are`} to run as ${subject}, who is disabled or has expired, and cannot run.`,
  approval: (row) => `${entry(row)} waits for an approval${because(row)}`,
  'items-failed': (row) =>
    `${row.times === 1 ? 'A work item' : `${row.times} work items`} of ${row.subject} failed for good${because(row)}`,
};
