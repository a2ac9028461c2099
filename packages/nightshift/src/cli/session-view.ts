import { describeDuration } from '../foundation/index.ts';
import type { ListedSession, SessionEvent } from '../session/index.ts';
import { errorView } from './entry-view.ts';
import { logLineText, progressText } from './run-notes.ts';
import { instantText, NOTHING, wallClockText } from './showing.ts';

/** What stands in the tables of a session, whether it runs or has ended. */
export type SessionFacts = Omit<ListedSession, 'state'>;

/** An event for `--json`: the fields that scripts may rely on. */
export function eventView(event: SessionEvent) {
  return { ...event, error: errorView(event.error) };
}

/** Whether an event is the end of a session, or the second end of one that was killed. */
export function isEnd({ type }: SessionEvent): boolean {
  return type !== 'Start' && type !== 'Logon';
}

/** Whether a session that ended so did what it should. */
export function isSuccess(type: SessionEvent['type']): boolean {
  return type === 'Stop' || type === 'Logoff';
}

/** Where it runs: host and process. */
export function placeText({ instance }: SessionFacts): string {
  return instance === null ? NOTHING : `${instance.host}:${instance.processId}`;
}

/** The state, with the time since when it is wrong. */
export function stateText({ state, stoppingAt, killedAt }: ListedSession, zone: string): string {
  const since = state === 'Lingering' ? killedAt : state === 'Stopping' ? stoppingAt : null;
  return since === null ? state : `${state} since ${wallClockText(since, zone)}`;
}

/** `Sync Shop (session 1048577, CRONUS, ADMIN, vm:4711)`. */
export function sessionText(session: SessionFacts): string {
  const { id, codeunit, company, user } = session;
  const facts = [`session ${id}`, company ?? NOTHING, user ?? NOTHING, placeText(session)];
  return `${codeunit} (${facts.join(', ')})`;
}

/**
 * How a session was brought to its end: `told to stop at …, killed 5.0 s later, ended 0 ms later`.
 * @param endedAt null while it has not ended
 * @returns null when nobody told it to stop
 */
export function escalationText(
  { stoppingAt, killedAt }: SessionFacts,
  endedAt: Date | null,
  zone: string,
): string | null {
  if (stoppingAt === null) return null;
  const steps = [`told to stop at ${instantText(stoppingAt, zone)}`];
  if (killedAt !== null) steps.push(`killed ${between(stoppingAt, killedAt)} later`);
  if (endedAt !== null) steps.push(`ended ${between(killedAt ?? stoppingAt, endedAt)} later`);
  return steps.join(', ');
}

/** The time from one instant to another; clocks may differ, so never less than none. */
export function between(from: Date, to: Date): string {
  return describeDuration(Math.max(0, to.getTime() - from.getTime()));
}

/** What an event holds besides its place in time: comment, error with its causes, progress, lines. */
export function eventDetails(event: SessionEvent, zone: string, withStack: boolean): readonly string[] {
  const { comment, error, progress, lines } = event;
  // The comment of an error is its message, whole; the stored error may have cut it.
  const text = error === null ? comment : (comment ?? error.message);
  const code = error === null || error.code === null ? '' : ` (${error.code})`;
  const stack = withStack ? (error?.stack ?? null) : null;
  return [
    ...(text === null ? [] : [indented(`${error === null ? 'Comment' : 'Error'}: ${text}${code}`)]),
    ...(error?.causes ?? []).map((cause) =>
      indented(`  caused by: ${cause.message}${cause.code === null ? '' : ` (${cause.code})`}`),
    ),
    ...(stack === null ? [] : [indented(stack)]),
    ...(progress === null ? [] : [`  Progress: ${progressText(progress)}`]),
    ...lines.map((line) => indented(logLineText(line, zone))),
  ];
}

/** Lines of a text that is anybody's must not look like lines of ours. */
export function indented(text: string): string {
  return `  ${text.replaceAll('\n', '\n    ')}`;
}

/** How a session has ended that was waited for, and how long that took. */
export function endedText(
  end: SessionEvent,
  { tookMs, zone, verbose }: { readonly tookMs: number; readonly zone: string; readonly verbose: boolean },
): string {
  return [
    `Session ${end.id} (${end.codeunit}) has ended: ${end.type}, after ${describeDuration(tookMs)}.`,
    ...eventDetails(end, zone, verbose),
  ].join('\n');
}
