import { NightshiftError } from '../../foundation/index.ts';
import type { Isolation } from '../session.ts';
import type { Channel } from './channel.ts';
import { type CrossingError, unpackError } from './crossing-error.ts';

/** Where a codeunit may run besides the main thread. */
export type IsolateKind = Exclude<Isolation, 'main'>;

/** Why an isolate is no more. */
export type Death =
  | { readonly kind: 'memory'; readonly megabytes: number }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | {
      readonly kind: 'stray';
      readonly what: 'exception' | 'rejection';
      readonly error: CrossingError;
    }
  /** We ended it. */
  | { readonly kind: 'ended'; readonly reason: string }
  /** It cannot be started, or broke in a way of its own. */
  | { readonly kind: 'broken'; readonly error: unknown };

/** A thread or a process, without what it does. */
export interface IsolateBody {
  readonly channel: Channel;
  /** Resolves when it is gone and its last message was received. Never rejects. */
  readonly died: Promise<Death>;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
  /** Whether it keeps this process alive. */
  hold(holds: boolean): void;
  /** Watches its memory until the signal is aborted; resolves with the limit when it was passed, else null. */
  watchMemory(signal: AbortSignal): Promise<number | null>;
}

/** How isolates of one server instance are started. */
export interface IsolateLaunch {
  /** URL of the module whose default export is the application. */
  readonly applicationModule: string;
  /** URL of the file that a thread runs. */
  readonly threadEntry: string;
  /** URL of the file that a process runs. */
  readonly processEntry: string;
  /** Plain data for those files. */
  readonly settings: unknown;
  readonly threadMemoryMb: number;
  readonly processMemoryMb: number;
}

/** What an isolate is told before everything else. */
export interface IsolateOrder {
  readonly applicationModule: string;
  readonly settings: unknown;
}

/** The error of a session whose isolate died. */
export function deathError(kind: IsolateKind, death: Death): NightshiftError {
  switch (death.kind) {
    case 'memory':
      return new NightshiftError(
        'MEMORY_LIMIT',
        `The ${kind} of the codeunit ran out of its memory of ${death.megabytes} MB.`,
        { details: { isolation: kind, megabytes: death.megabytes } },
      );
    case 'exit':
      return died(kind, `ended itself by process.exit(${death.code})`, { exitCode: death.code });
    case 'signal':
      return died(kind, `was ended by ${death.signal}`, { signal: death.signal });
    case 'stray': {
      const cause = unpackError(death.error);
      const what =
        death.what === 'exception'
          ? 'an exception that nobody caught'
          : 'a rejected promise that nobody awaits';
      return died(kind, `was ended by ${what}: ${death.error.message.slice(0, 500)}`, {}, cause);
    }
    case 'ended':
      return died(kind, `was ended: ${death.reason}`, {});
    case 'broken':
      return died(kind, 'does not work', {}, death.error);
  }
}

function died(
  isolation: IsolateKind,
  what: string,
  facts: Readonly<Record<string, unknown>>,
  cause?: unknown,
): NightshiftError {
  return new NightshiftError('ISOLATE_DIED', `The ${isolation} of the codeunit ${what}.`, {
    details: { isolation, ...facts },
    cause,
  });
}
