import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HOUR_MS, NightshiftError } from '../foundation/index.ts';
import { type AnyCodeunit, parseRecord, type SessionEvent } from '../session/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseDuration } from './parsing.ts';
import {
  type EndedSession,
  endOf,
  inThisProcess,
  runBackground,
  type SessionPlace,
  stopSessionsOn,
  tellWhatRuns,
} from './session-here.ts';
import { startSessionByServer } from './session-start-remote.ts';
import { endedText, eventView, isSuccess } from './session-view.ts';
import { zoneOrUtc } from './showing.ts';
import { terminalInterface } from './terminal-interface.ts';
import { identityOf } from './with-platform.ts';

/** How `session start` was called. */
export interface StartOptions {
  readonly record?: string;
  readonly recordFile?: string;
  readonly timeout?: string;
  readonly foreground?: boolean;
  readonly yes?: boolean;
}

const TIMEOUT_MS_MAX = 48 * HOUR_MS;

/** What is run. */
interface Run {
  readonly target: AnyCodeunit;
  readonly record: unknown;
  /** Milliseconds; null: the default of the platform. */
  readonly timeout: number | null;
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
  const { surroundings, settings } = invocation;
  const record = recordOf(options, surroundings.workingDirectory);
  const timeout = options.timeout === undefined ? null : timeoutOf(options.timeout);
  const foreground = options.foreground === true;
  if (settings.server !== null)
    return startSessionByServer(invocation, { codeunit, record, timeout, foreground });
  return inThisProcess(invocation, async (place) => {
    const { platform } = place;
    const target = platform.codeunits.get(codeunit);
    parseRecord(target, record);
    await platform.start();
    const run: Run = { target, record, timeout };
    const begun = surroundings.clock.monotonic();
    const uniqueId = await (foreground
      ? runForeground(place, run, options.yes === true)
      : runBackground(place, target, run));
    const tookMs = Math.round(surroundings.clock.monotonic() - begun);
    const end = await endOf(place, { uniqueId, name: target.name });
    tellEnd(place, { end, tookMs }, foreground);
    return isSuccess(end.type) ? EXIT.ok : EXIT.failed;
  });
}

/**
 * Runs it in the main thread, before the person at the terminal.
 * @returns its unique id, when it has ended, also with an error
 */
async function runForeground(
  { invocation, platform, stop }: SessionPlace,
  { target, record, timeout }: Run,
  yes: boolean,
): Promise<string> {
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

/** Says how the session has ended, from its event. */
function tellEnd(place: SessionPlace, { end, tookMs }: EndedSession, inForeground: boolean): void {
  const { invocation, caller } = place;
  invocation.answer({ succeeded: isSuccess(end.type), tookMs, end: eventView(end) }, () => {
    const zone = zoneOrUtc(caller.timeZone);
    const shown = inForeground ? { ...end, lines: end.lines.filter(isNews) } : end;
    return endedText(shown, { tookMs, zone, verbose: invocation.settings.verbose });
  });
  tellWhatRuns(place);
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
