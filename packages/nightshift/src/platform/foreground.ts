import { HOUR_MS, uuidV7 } from '../foundation/index.ts';
import {
  type Caller,
  doorOf,
  runSession,
  type Session,
  type SessionHost,
  type SessionOutcome,
  type UserInterface,
} from '../session/index.ts';

/** Timeout of a session that a person or a program opens. */
const FOREGROUND_TIMEOUT_MS = 12 * HOUR_MS;

/** A run that is not a task's. */
export interface ForegroundRun<T> {
  /** Shown where a codeunit's name would be. */
  readonly name: string;
  /** The person behind it; null when a program opened the session. */
  readonly userInterface: UserInterface | null;
  readonly work: (session: Session) => Promise<T>;
}

/** Opens a session as the caller and runs work in it. */
export function openForeground<T>(
  host: SessionHost,
  caller: Caller,
  run: ForegroundRun<T>,
): Promise<SessionOutcome<T>> {
  const { user, company } = doorOf(caller);
  const uniqueId = uuidV7(host.clock.now());
  const spec = {
    user,
    company,
    clientType: run.userInterface === null ? ('management' as const) : ('web' as const),
    uniqueId,
    idempotencyKey: uniqueId,
    attempt: 0,
    timeoutMs: FOREGROUND_TIMEOUT_MS,
    fence: null,
    claim: null,
    lastError: null,
    userInterface: run.userInterface,
  };
  return runSession(host, spec, run.name, run.work);
}
