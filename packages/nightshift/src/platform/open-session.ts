import { NightshiftError } from '../foundation/index.ts';
import {
  AUTHORITY,
  actorOf,
  type Caller,
  type CallerDoor,
  type Session,
  type SessionHost,
  type SessionOutcome,
  sessionTimeout,
  type UserInterface,
} from '../session/index.ts';
import { openForeground } from './foreground.ts';
import { sessionLocale } from './session-locale.ts';

/** How a session is opened. */
export interface OpenOptions {
  /** What is shown where a codeunit's name would be. Default: `open`. */
  readonly name?: string;
  /** The person behind it. Default: none. */
  readonly userInterface?: UserInterface;
  /** Whether the database refuses every write. Default: false. */
  readonly readOnly?: boolean;
  /** Milliseconds that it may take, at most 48 h. Default: 12 h. */
  readonly timeout?: number;
  /** A BCP 47 tag such as `de-DE`; the tasks that it creates keep it. Default: the user's. */
  readonly language?: string;
  /** An IANA name such as `Europe/Berlin`; the tasks that it creates keep it. Default: the user's. */
  readonly timeZone?: string;
}

/** @throws NightshiftError PERMISSION_DENIED when the user has no permission set in the company */
export function demandToOpen(door: CallerDoor): Promise<unknown> {
  const { no, name } = door.company;
  const wish = { kind: 'company', id: String(no), name };
  return door.service(AUTHORITY).demand(actorOf(door), 'company.open', wish);
}

/** Opens the session that fills a company which is being created. @throws what `work` threw */
export async function openDuringCreation(
  at: { readonly host: SessionHost },
  caller: Caller,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const run = { name: 'onCompanyCreate', userInterface: null, duringCreation: true as const, work };
  completed(await openForeground(at.host, caller, run));
}

/** Opens a session as the caller and runs `work` in it. @throws what `work` threw */
export async function openSession<T>(
  at: { readonly host: SessionHost },
  caller: Caller,
  options: OpenOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const timeoutMs = options.timeout === undefined ? null : sessionTimeout(options.timeout);
  const outcome = await openForeground(at.host, caller, {
    name: options.name ?? 'open',
    userInterface: options.userInterface ?? null,
    readOnly: options.readOnly === true,
    ...sessionLocale(options),
    timeoutMs,
    work,
  });
  return completed(outcome);
}

/** The value of a session that ended well. @throws its error */
export function completed<T>(outcome: SessionOutcome<T>): T {
  if (outcome.kind === 'completed') return outcome.value;
  throw outcome.kind === 'quiet'
    ? new NightshiftError('CODEUNIT_ERROR', 'The session ended quietly.')
    : outcome.error;
}
