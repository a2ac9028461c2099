import type { NightshiftError } from '../foundation/index.ts';
import { type ErrorMessages, NO_ERRORS } from './error-message.ts';
import type { LogLine, Progress } from './log-line.ts';

/** How far a session has come with what was started in it: it runs, or only the rest up to the COMMIT is left. */
export type StartReached = 'running' | 'ended';

/** What a run leaves behind besides its effects. */
export interface RunNotes {
  readonly sessionId: number;
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
  /** The errors that it has reported. */
  readonly errors: ErrorMessages;
  /** Whether it said that it found nothing to do. */
  readonly nothingToDo: boolean;
  /** When it said that its job queue entry runs again; null: it did not. */
  readonly plannedRun: Date | null;
  /** How far it has come with the codeunit that a codeunit of the platform started in it; null: there is none, or not yet. */
  readonly reached: StartReached | null;
  /** Sent to the database by the run, those of the platform in its transaction included. */
  readonly statements: number;
  /** Returned or changed by them. */
  readonly rows: number;
}

/** Of a session that has run nothing. */
export const NO_NOTES: RunNotes = Object.freeze({
  sessionId: 0,
  lines: [],
  progress: null,
  errors: NO_ERRORS,
  nothingToDo: false,
  plannedRun: null,
  reached: null,
  statements: 0,
  rows: 0,
});

/**
 * How a session ended. `committed`: its own transaction ended with the COMMIT that also completed its task; without a
 * transaction there was nothing to commit. `unknown`: the answer to that COMMIT was lost. `lingering`: its code still
 * runs although the session was killed; resolves when that has ended, which may be never.
 */
export type SessionOutcome<T> =
  | { readonly kind: 'completed'; readonly value: T; readonly committed: boolean; readonly notes: RunNotes }
  | { readonly kind: 'quiet'; readonly notes: RunNotes }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly notes: RunNotes;
      readonly lingering?: Promise<void>;
    }
  | {
      readonly kind: 'unknown';
      readonly error: NightshiftError;
      readonly backend: number | null;
      readonly notes: RunNotes;
    };
