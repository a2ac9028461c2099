import { given, NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { startByServer } from './remote/sessions.ts';
import type { EndedSession } from './session-here.ts';
import { endedText, eventView, isEnd, isSuccess } from './session-view.ts';
import { zoneOrUtc } from './showing.ts';
import { StopWish } from './stop-wish.ts';
import { sessions } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** What is to be run, and how. */
export interface RemoteSession {
  readonly codeunit: string;
  readonly record: unknown;
  /** Milliseconds; null: the default of the platform. */
  readonly timeout: number | null;
  readonly foreground: boolean;
}

/** How often it is asked whether the session has ended. */
const WAIT_MS = 250;

/**
 * Has a server run a codeunit in a background session, and waits for its end. Whoever interrupts that has it stopped.
 * @throws NightshiftError VALIDATION for a session in the foreground
 */
export async function startSessionByServer(
  invocation: Invocation,
  { codeunit, record, timeout, foreground }: RemoteSession,
): Promise<ExitCode> {
  if (foreground) {
    throw new NightshiftError(
      'VALIDATION',
      'A session in the foreground runs before the person at the terminal, and by no server.',
      { field: 'foreground' },
    );
  }
  return withCaller(invocation, {}, async (caller) => {
    const ended = await endByServer(invocation, caller, codeunit, () =>
      startByServer(caller, { codeunit, ...given({ record, timeoutMs: timeout ?? undefined }) }),
    );
    tell(invocation, ended, caller.timeZone);
    return isSuccess(ended.end.type) ? EXIT.ok : EXIT.failed;
  });
}

/** Waits for the end of what a server is told to run. Whoever interrupts that has it stopped. */
export async function endByServer(
  { surroundings, notice }: Invocation,
  caller: Caller,
  name: string,
  start: () => Promise<{ readonly id: number; readonly uniqueId: string }>,
): Promise<EndedSession> {
  const { clock } = surroundings;
  const wish = new StopWish(surroundings);
  try {
    const begun = clock.monotonic();
    const { id, uniqueId } = await start();
    notice(`Session ${id} (${uniqueId}) runs ${name} in the background; Ctrl-C stops it.`);
    void wish.first.then((by) => sessions.stop(caller, id, by).catch(() => undefined));
    for (;;) {
      const end = (await sessions.events(caller, { uniqueId })).findLast(isEnd);
      if (end !== undefined) return { end, tookMs: Math.round(clock.monotonic() - begun) };
      await clock.sleep(WAIT_MS, new AbortController().signal);
    }
  } finally {
    wish.end();
  }
}

function tell(invocation: Invocation, { end, tookMs }: EndedSession, timeZone: string): void {
  invocation.answer({ succeeded: isSuccess(end.type), tookMs, end: eventView(end) }, () =>
    endedText(end, { tookMs, zone: zoneOrUtc(timeZone), verbose: invocation.settings.verbose }),
  );
}
