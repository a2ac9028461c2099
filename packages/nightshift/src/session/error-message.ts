import type { JsonValue } from '../foundation/index.ts';

/** An error that a run reports without being ended by it. An `Error` will do. */
export interface ErrorReport {
  /** What is wrong, for people; cut at 2,048 characters. */
  readonly message: string;
  /** For programs. Default: none. */
  readonly code?: string | null;
  /** The row that it is about: its table and key. Default: none. */
  readonly context?: {
    readonly table: string;
    readonly key?: Readonly<Record<string, unknown>> | string | number | null;
  } | null;
  /** The field at fault. Default: none. */
  readonly field?: string | null;
  /** Facts for programs; never secrets. Cut at 8 kB. */
  readonly details?: Readonly<Record<string, unknown>> | null;
}

/** An error that a run has reported. */
export interface ErrorMessage {
  /** ISO 8601. */
  readonly at: string;
  /** Which codeunit has reported it. */
  readonly codeunit: string;
  readonly code: string | null;
  readonly text: string;
  readonly context: { readonly table: string; readonly key: JsonValue } | null;
  readonly field: string | null;
  readonly details: JsonValue;
}

/** What a run has reported: at most 1,000 messages of 1,000,000 characters together are kept. */
export interface ErrorMessages {
  /** How many there were, those that were not kept included. */
  readonly count: number;
  readonly kept: readonly ErrorMessage[];
}

/** No errors were reported. */
export const NO_ERRORS: ErrorMessages = Object.freeze({ count: 0, kept: Object.freeze([]) });
