import type { StoredError } from '../../foundation/index.ts';
import type { Company, ObjectType, User } from '../../permissions/index.ts';
import type { ErrorTally } from '../error-register.ts';
import type { LogLine, Progress } from '../log-line.ts';
import type { ClientType, QueryField } from '../session.ts';
import type { SessionLink } from '../session-link.ts';
import type { CrossingError } from './crossing-error.ts';

// What the server instance and an isolate tell each other. All of it is plain data. A process may send what it likes, so
// what comes from an isolate is a claim about nothing but its own session.

/** What a session knows of itself. */
export interface SessionFacts {
  readonly id: number;
  readonly uniqueId: string;
  readonly user: User;
  readonly company: Company;
  readonly clientType: ClientType;
  readonly language: string;
  readonly timeZone: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly lastError: StoredError | null;
  readonly lineage: readonly SessionLink[];
  /** The codeunits that run each other, outermost first; the last is the one to run. */
  readonly chain: readonly string[];
  /** Errors that were reported before. */
  readonly reported: ErrorTally;
  /** The instant that a test has set, else null. */
  readonly pinned: Date | null;
}

/** From the server instance to the isolate. */
export type ToIsolate =
  | {
      readonly kind: 'start';
      readonly run: number;
      readonly facts: SessionFacts;
      readonly codeunit: string;
      readonly record: unknown;
    }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: CrossingError }
  | { readonly kind: 'stop'; readonly run: number; readonly error: CrossingError };

/** What is done for a session outside; each is answered. */
export type Request =
  | {
      readonly kind: 'query';
      readonly text: string;
      readonly values: readonly unknown[];
      readonly timeoutMs: number | undefined;
    }
  /** A statement of the platform, by its name, in the session's transaction and with its rights. */
  | { readonly kind: 'statement'; readonly name: string; readonly values: readonly unknown[] }
  /** A command of a stack of savepoints. */
  | { readonly kind: 'savepoint'; readonly command: string }
  | { readonly kind: 'commit' }
  /** May the session's user run this codeunit, which one inside wants to run? */
  | { readonly kind: 'demandRun'; readonly codeunit: string; readonly objectType: ObjectType }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | ({ readonly kind: 'service' } & ServiceCall);

/** A call to something that the platform offers to isolates under a name. */
export interface ServiceCall {
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What is told without an answer. */
export type Notice =
  | { readonly kind: 'line'; readonly line: Omit<LogLine, 'at'> }
  /** The run has reported an error. */
  | { readonly kind: 'error'; readonly codeunit: string; readonly report: unknown }
  /** The run has found nothing to do. */
  | { readonly kind: 'nothingToDo' }
  /** When the run wants its job queue entry to run again, in milliseconds. */
  | { readonly kind: 'plannedRun'; readonly at: number }
  /** Done outside at once, or when what was written so far is committed. */
  | ({ readonly kind: 'service'; readonly afterCommit: boolean } & ServiceCall);

/** From the isolate to the server instance. */
export type FromIsolate =
  | { readonly kind: 'ready' }
  /** The application module cannot be loaded. */
  | { readonly kind: 'unfit'; readonly error: CrossingError }
  /** A session has reached it: from here on its end is that of the session. */
  | { readonly kind: 'begun'; readonly run: number }
  | { readonly kind: 'request'; readonly run: number; readonly id: number; readonly request: Request }
  | { readonly kind: 'notice'; readonly run: number; readonly notice: Notice }
  | EndOfRun
  | StrayFault;

/** The codeunit has settled. */
export interface EndOfRun {
  readonly kind: 'end';
  readonly run: number;
  readonly error: CrossingError | null;
  /** What was reported last and not sent yet. */
  readonly progress: Progress | null;
  /** Log lines that were not sent, because there were too many. */
  readonly droppedLines: number;
  /** Errors that were not sent, because there were too many. */
  readonly droppedErrors: number;
  /** Whether something of it may go on: the isolate is not used again then. */
  readonly leftovers: boolean;
}

/** An error that nobody caught. */
export interface StrayFault {
  readonly kind: 'stray';
  /** The run that it comes from; null when that cannot be told. */
  readonly run: number | null;
  readonly what: 'exception' | 'rejection';
  readonly error: CrossingError;
}

/** The answer to a query as text, so that it is parsed where its reader is. */
export interface TextAnswer {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly fields: readonly QueryField[];
  readonly rowCount: number;
  readonly command: string;
  /** Whether the transaction can go on. */
  readonly sound: boolean;
}
