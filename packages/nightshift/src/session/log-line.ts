import type { JsonValue } from '../foundation/index.ts';

/** One line of a run's log. */
export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  readonly level: 'information' | 'warning' | 'error';
  readonly text: string;
  readonly details: JsonValue;
}

/** Structured lines kept with the log entry of the run. Text is cut at 4 kB, lines at 1,000 a run. */
export interface SessionLog {
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warning(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Progress as last reported. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly text: string;
  /** Of a run that works on items. */
  readonly counts?: ProgressCounts;
}

/** How the items of a run went. */
export interface ProgressCounts {
  readonly ok: number;
  readonly failed: number;
  readonly skipped: number;
}
