import type { Clock } from '../foundation/index.ts';

/** Where a command prints and asks. Handed down, so that a test can be the terminal. */
export interface Output {
  /** The answer of the command: standard output. */
  out(text: string): void;
  /** Progress, notices, errors: standard error. */
  err(text: string): void;
  /** A document as the answer: standard output, as it is. */
  bytes(content: Uint8Array): void;
  /** Whether standard output is a terminal, which obeys whatever is written to it. */
  readonly isTerminal: boolean;
}

/** Someone or something at standard input. */
export interface Input {
  readonly stream: NodeJS.ReadableStream;
  /** Whether a person can be asked: both ends are a terminal. */
  readonly interactive: boolean;
  /** Asks on this stream; what is typed shows there too. */
  readonly echo: NodeJS.WritableStream;
}

/** What goes wrong in the process outside of any call: a rejection nobody waits for, an exception nobody catches. */
export interface StrayFault {
  readonly kind: 'unhandledRejection' | 'uncaughtException';
  readonly error: unknown;
}

/** Everything of the outside world that a command touches, besides the database. */
export interface Surroundings {
  readonly output: Output;
  readonly input: Input;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** Calls `listener` for every wish to stop (Ctrl-C, SIGTERM); returns how to end that. */
  onStop(listener: (signal: string) => void): () => void;
  /** Calls `listener` for stray faults, which end the process otherwise; returns how to end that. */
  onStrayFault(listener: (fault: StrayFault) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}
