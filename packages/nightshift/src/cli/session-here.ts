import { NightshiftError } from '../foundation/index.ts';
import { type Platform, sessions } from '../platform/index.ts';
import { type AnyCodeunit, type Caller, type SessionEvent, startSession } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { visible } from './printable-text.ts';
import { isEnd } from './session-view.ts';
import { counted } from './showing.ts';
import { StopWish } from './stop-wish.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** The comment of a session that the person at the terminal has stopped. */
const STOPPED_BY_PERSON = 'Ctrl-C';

/** This process as a server instance, for the time of a session. It is not started yet. */
export interface SessionPlace {
  readonly invocation: Invocation;
  readonly platform: Platform;
  readonly caller: Caller;
  /** Ends what runs early. */
  readonly stop: StopWish;
}

/** How a session has ended that was waited for. */
export interface EndedSession {
  readonly end: SessionEvent;
  readonly tookMs: number;
}

/**
 * Works in this process as a server instance without task scheduler.
 * @returns what `work` says, or 1 when something went wrong outside of it
 */
export async function inThisProcess(
  invocation: Invocation,
  work: (place: SessionPlace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const loaded = await requiredApplication(invocation);
  const stop = new StopWish(invocation.surroundings);
  const faults = tellStrayFaults(invocation, stop);
  try {
    const wishes = { ...loaded, taskScheduler: { enableTaskScheduler: false } };
    return await withPlatform(invocation, wishes, async (platform) => {
      const caller = platform.as(identityOf(invocation));
      const exitCode = await work({ invocation, platform, caller, stop });
      return faults.count() === 0 ? exitCode : EXIT.failed;
    });
  } finally {
    faults.end();
    stop.end();
  }
}

/**
 * Runs it as `startSession` does. `timeout`: milliseconds; null: the default of the platform.
 * @returns its unique id, when it has ended
 */
export async function runBackground(
  { invocation, platform, caller, stop }: SessionPlace,
  target: AnyCodeunit,
  { record, timeout }: { readonly record: unknown; readonly timeout: number | null },
): Promise<string> {
  const started = await startSession(caller, target, {
    ...(record === undefined ? {} : { record }),
    ...(timeout === null ? {} : { timeout }),
  });
  invocation.notice(
    `Session ${started.id} (${started.uniqueId}) runs ${target.name} in the background; Ctrl-C stops it.`,
  );
  stopSessionsOn(stop, platform);
  await started.finished;
  return started.uniqueId;
}

/** Also those that it has started: nothing of this process is to go on. */
export function stopSessionsOn(stop: StopWish, platform: Platform): void {
  void stop.first.then((by) =>
    platform.instance.active?.stopAll('stopped', by === 'SIGINT' ? STOPPED_BY_PERSON : by),
  );
}

/** How a session of this process has ended. @throws NightshiftError INSTANCE_LOST */
export async function endOf(
  { platform, caller }: SessionPlace,
  { uniqueId, name }: { readonly uniqueId: string; readonly name: string },
): Promise<SessionEvent> {
  await platform.instance.host.events.flush();
  const end = (await sessions.events(caller, { uniqueId })).findLast(isEnd);
  if (end !== undefined) return end;
  throw new NightshiftError(
    'INSTANCE_LOST',
    `The session of ${name} has ended, but its event could not be written: how is not known.`,
  );
}

/** Says that what a session has started is waited for. */
export function tellWhatRuns({ invocation, platform }: SessionPlace): void {
  const left = platform.instance.active?.size ?? 0;
  if (left > 0) {
    invocation.notice(`Waiting for what still runs in this process: ${counted(left, 'session')}.`);
  }
}

/** As in `serve`: a rejection nobody waits for is told, an exception nobody caught stops the session. */
function tellStrayFaults({ surroundings }: Invocation, stop: StopWish) {
  let count = 0;
  const end = surroundings.onStrayFault(({ kind, error }) => {
    count++;
    const { code, message } = failureOf(error);
    surroundings.output.err(
      visible(
        kind === 'unhandledRejection'
          ? `A promise that nobody awaits was rejected: ${message} (${code}). Await it in the codeunit.`
          : `An exception outside of any codeunit: ${message} (${code}).`,
      ),
    );
    if (kind === 'uncaughtException') stop.wish('Exception');
  });
  return { end, count: () => count };
}
