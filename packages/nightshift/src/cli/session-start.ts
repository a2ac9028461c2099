import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HOUR_MS, NightshiftError } from '../foundation/index.ts';
import { type Platform, sessions } from '../platform/index.ts';
import {
  type AnyCodeunit,
  type Caller,
  parseRecord,
  type SessionEvent,
  startSession,
} from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { parseDuration } from './parsing.ts';
import { visible } from './printable-text.ts';
import { startSessionByServer } from './session-start-remote.ts';
import { endedText, eventView, isEnd, isSuccess } from './session-view.ts';
import { counted, zoneOrUtc } from './showing.ts';
import { StopWish } from './stop-wish.ts';
import { terminalInterface } from './terminal-interface.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** How `session start` was called. */
export interface StartOptions {
  readonly record?: string;
  readonly recordFile?: string;
  readonly timeout?: string;
  readonly foreground?: boolean;
  readonly yes?: boolean;
}

const TIMEOUT_MS_MAX = 48 * HOUR_MS;
/** The comment of a session that the person at the terminal has stopped. */
const STOPPED_BY_PERSON = 'Ctrl-C';

/** What is run, and how it is ended early. */
interface Run {
  readonly invocation: Invocation;
  readonly platform: Platform;
  readonly caller: Caller;
  readonly target: AnyCodeunit;
  readonly record: unknown;
  /** Milliseconds; null: the default of the platform. */
  readonly timeout: number | null;
  readonly stop: StopWish;
}

/**
 * Runs a codeunit in a session of this process, which becomes a server instance without task scheduler, and waits for
 * its end: in the background as `startSession` does, or in the foreground with the person at the terminal. Or has a server run
 * it in the background.
 */
export async function startSessionCommand(
  invocation: Invocation,
  codeunit: string,
  options: StartOptions,
): Promise<ExitCode> {
  const { surroundings } = invocation;
  const record = recordOf(options, surroundings.workingDirectory);
  const timeout = options.timeout === undefined ? null : timeoutOf(options.timeout);
  if (invocation.settings.server !== null) {
    const foreground = options.foreground === true;
    return startSessionByServer(invocation, { codeunit, record, timeout, foreground });
  }
  const loaded = await requiredApplication(invocation);
  const stop = new StopWish(surroundings);
  const faults = tellStrayFaults(invocation, stop);
  try {
    const wishes = { ...loaded, taskScheduler: { enableTaskScheduler: false } };
    return await withPlatform(invocation, wishes, async (platform) => {
      const caller = platform.as(identityOf(invocation));
      const target = platform.codeunits.get(codeunit);
      parseRecord(target, record);
      await platform.start();
      const run: Run = { invocation, platform, caller, target, record, timeout, stop };
      const begun = surroundings.clock.monotonic();
      const uniqueId =
        options.foreground === true
          ? await runForeground(run, options.yes === true)
          : await runBackground(run);
      const tookMs = Math.round(surroundings.clock.monotonic() - begun);
      const succeeded = await tellEnd(run, { uniqueId, tookMs, inForeground: options.foreground === true });
      return succeeded && faults.count() === 0 ? EXIT.ok : EXIT.failed;
    });
  } finally {
    faults.end();
    stop.end();
  }
}

/** Runs it as `startSession` does. @returns its unique id, when it has ended */
async function runBackground({ invocation, platform, caller, target, record, timeout, stop }: Run) {
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

/**
 * Runs it in the main thread, before the person at the terminal.
 * @returns its unique id, when it has ended, also with an error
 */
async function runForeground({ invocation, platform, target, record, timeout, stop }: Run, yes: boolean) {
  const { surroundings } = invocation;
  let uniqueId: string | null = null;
  const options = {
    ...identityOf(invocation),
    name: target.name,
    userInterface: terminalInterface(surroundings, yes),
    ...(timeout === null ? {} : { timeout }),
  };
  try {
    await platform.open(options, async (session) => {
      uniqueId = session.uniqueId;
      invocation.notice(
        `Session ${session.id} (${session.uniqueId}) runs ${target.name} in the foreground; Ctrl-C stops it.`,
      );
      stopSessionsOn(stop, platform);
      await session.run(target, record);
    });
  } catch (error) {
    // The error of a session is told with its event.
    if (uniqueId === null) throw error;
  }
  return uniqueId ?? '';
}

/** Also those that it has started: nothing of this process is to go on. */
function stopSessionsOn(stop: StopWish, platform: Platform): void {
  void stop.first.then((by) =>
    platform.instance.active?.stopAll('stopped', by === 'SIGINT' ? STOPPED_BY_PERSON : by),
  );
}

/** Says how the session has ended, from its event. @returns whether it was a success */
async function tellEnd(
  { invocation, platform, caller, target }: Run,
  { uniqueId, tookMs, inForeground }: { uniqueId: string; tookMs: number; inForeground: boolean },
): Promise<boolean> {
  await platform.instance.host.events.flush();
  const events = await sessions.events(caller, { uniqueId });
  const end = events.findLast(isEnd);
  if (end === undefined) {
    throw new NightshiftError(
      'INSTANCE_LOST',
      `The session of ${target.name} has ended, but its event could not be written: how is not known.`,
    );
  }
  const succeeded = isSuccess(end.type);
  const { settings } = invocation;
  invocation.answer({ succeeded, tookMs, end: eventView(end) }, () => {
    const zone = zoneOrUtc(caller.timeZone);
    const shown = inForeground ? { ...end, lines: end.lines.filter(isNews) } : end;
    return endedText(shown, { tookMs, zone, verbose: settings.verbose });
  });
  const left = platform.instance.active?.size ?? 0;
  if (left > 0) {
    invocation.notice(`Waiting for what still runs in this process: ${counted(left, 'session')}.`);
  }
  return succeeded;
}

/** Messages were shown when they came. */
function isNews({ details }: SessionEvent['lines'][number]): boolean {
  return (details as { readonly dialog?: unknown } | null)?.dialog !== 'message';
}

/**
 * The record that the options give; undefined when they give none.
 * @throws NightshiftError VALIDATION
 */
export function recordOf(
  { record, recordFile }: Pick<StartOptions, 'record' | 'recordFile'>,
  workingDirectory: string,
): unknown {
  if (record !== undefined && recordFile !== undefined) {
    throw new NightshiftError('VALIDATION', 'Give either --record or --record-file.', {
      field: 'recordFile',
    });
  }
  if (record !== undefined) return parsed(record, 'record');
  if (recordFile === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path.resolve(workingDirectory, recordFile), 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NightshiftError('VALIDATION', `The record cannot be read: ${reason}`, {
      field: 'recordFile',
      cause,
    });
  }
  return parsed(text, 'recordFile');
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NightshiftError('VALIDATION', `The record is not JSON: ${reason}`, { field, cause });
  }
}

function timeoutOf(text: string): number {
  const ms = parseDuration(text, 'timeout');
  if (ms >= 1 && ms <= TIMEOUT_MS_MAX) return ms;
  throw new NightshiftError('VALIDATION', 'The timeout is from 1ms to 48h.', { field: 'timeout' });
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
