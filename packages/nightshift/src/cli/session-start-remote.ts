import { given, NightshiftError } from '../foundation/index.ts';
import type { SessionEvent } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { startByServer } from './remote/sessions.ts';
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
    const { clock } = invocation.surroundings;
    const wish = new StopWish(invocation.surroundings);
    try {
      const begun = clock.monotonic();
      const started = await startByServer(caller, {
        codeunit,
        ...given({ record, timeoutMs: timeout ?? undefined }),
      });
      const { id, uniqueId } = started;
      invocation.notice(`Session ${id} (${uniqueId}) runs ${codeunit} in the background; Ctrl-C stops it.`);
      void wish.first.then((by) => sessions.stop(caller, id, by).catch(() => undefined));
      let end: SessionEvent | undefined;
      while (end === undefined) {
        end = (await sessions.events(caller, { uniqueId })).findLast(isEnd);
        if (end === undefined) await clock.sleep(WAIT_MS, new AbortController().signal);
      }
      tell(invocation, end, { tookMs: Math.round(clock.monotonic() - begun), zone: caller.timeZone });
      return isSuccess(end.type) ? EXIT.ok : EXIT.failed;
    } finally {
      wish.end();
    }
  });
}

function tell(
  invocation: Invocation,
  end: SessionEvent,
  { tookMs, zone }: { readonly tookMs: number; readonly zone: string },
): void {
  invocation.answer({ succeeded: isSuccess(end.type), tookMs, end: eventView(end) }, () =>
    endedText(end, { tookMs, zone: zoneOrUtc(zone), verbose: invocation.settings.verbose }),
  );
}
