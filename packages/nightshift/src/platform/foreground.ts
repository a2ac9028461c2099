import { HOUR_MS, printable, uuidV7 } from '../foundation/index.ts';
import {
  type Caller,
  doorOf,
  runRecorded,
  runSession,
  type Session,
  type SessionHost,
  type SessionOutcome,
  type SessionSpec,
  type UserInterface,
} from '../session/index.ts';

/** Timeout of a session that a person or a program opens. */
const FOREGROUND_TIMEOUT_MS = 12 * HOUR_MS;

/** Longest name of a session, in characters; the rest of a longer one is cut. */
const NAME_LENGTH_MAX = 200;

/** A run that is not a task's. */
export interface ForegroundRun<T> {
  /** Shown where a codeunit's name would be. */
  readonly name: string;
  /** The person behind it; null when a program opened the session. */
  readonly userInterface: UserInterface | null;
  /** Default: false. */
  readonly readOnly?: boolean;
  /** Default: 12 h. */
  readonly timeoutMs?: number | null;
  /** Default: the caller's. */
  readonly language?: string;
  readonly timeZone?: string;
  /** It fills a company that is being created. */
  readonly duringCreation?: true;
  readonly work: (session: Session) => Promise<T>;
}

/** Opens a session as the caller and runs work in it. */
export function openForeground<T>(
  host: SessionHost,
  caller: Caller,
  run: ForegroundRun<T>,
): Promise<SessionOutcome<T>> {
  return runSession(host, foregroundSpec(host, caller, run), printable(run.name, NAME_LENGTH_MAX), run.work);
}

/** The same for a run that is recorded. */
export function recordForeground<T>(
  host: SessionHost,
  caller: Caller,
  { keeps, ...run }: ForegroundRun<T> & { readonly keeps: boolean },
) {
  const name = printable(run.name, NAME_LENGTH_MAX);
  return runRecorded(host, foregroundSpec(host, caller, run), { name, keeps, work: run.work });
}

function foregroundSpec(
  host: SessionHost,
  caller: Caller,
  run: Omit<ForegroundRun<unknown>, 'work'>,
): SessionSpec {
  const { user, company, lineage, correlationId } = doorOf(caller);
  const uniqueId = uuidV7(host.clock.now());
  return {
    user,
    company,
    clientType: run.userInterface === null ? ('management' as const) : ('web' as const),
    origin: 'open' as const,
    // In the thread of the caller, who looks at it.
    isolation: 'main' as const,
    readOnly: run.readOnly ?? false,
    lineage,
    language: run.language ?? caller.language,
    timeZone: run.timeZone ?? caller.timeZone,
    correlationId: correlationId ?? uniqueId,
    uniqueId,
    idempotencyKey: uniqueId,
    attempt: 0,
    timeoutMs: run.timeoutMs ?? FOREGROUND_TIMEOUT_MS,
    fence: null,
    claim: null,
    lastError: null,
    userInterface: run.userInterface,
    ...(run.duringCreation === true ? { duringCreation: true as const } : {}),
  };
}
