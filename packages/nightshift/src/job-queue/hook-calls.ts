import { type StoredError, storedErrorOf } from '../foundation/index.ts';
import { doorOf, type PrivilegedSession, QuietEnd } from '../session/index.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { hookMarked, markHook, noteInLog } from './hooks.sql.ts';
import { type HookedRun, type HookName, hookedRun } from './hooks.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { nextRunTime } from './recurrence.ts';
import { claimOf, FINISHED, keeping, type LockedEntry, readUnlocked, skip } from './run-outcome.ts';
import { decideDispatch, type EntryOutcome, type ErrorOutcome } from './transitions.ts';

// How the dispatcher and the error handler call the hooks of the application.

/** Longest reason of a run that is passed over, in characters. */
const REASON_LENGTH_MAX = 250;

/** Why the application wants an entry to be passed over that would run now; null: it does not. */
export async function reasonToSkip(privileged: PrivilegedSession, entryId: string): Promise<string | null> {
  const { skipRun } = hooksOf(privileged);
  if (skipRun === undefined) return null;
  // Without a lock, since nobody knows how long the hook takes; who holds the lock decides again.
  const found = await readUnlocked(privileged, entryId);
  // A run that is taken up again was let through when it began.
  if (found === null || found.entry.status === 'In Process') return null;
  const decision = decideDispatch(found.entry, claimOf(privileged).taskId, found.now);
  if (decision.kind !== 'run') return null;
  const reason: unknown = await privileged.call((session) => skipRun(session, copyOf(found.entry)));
  return reason === null || reason === undefined || reason === '' || reason === false
    ? null
    : [...String(reason)].slice(0, REASON_LENGTH_MAX).join('');
}

/** Passes over a run as the application wants it. */
export function passOver(privileged: PrivilegedSession, found: LockedEntry, reason: string): Promise<void> {
  const { entry, now } = found;
  const door = doorOf(privileged.caller);
  const { telemetry } = door.service(JOB_QUEUE);
  const dimensions = { ...entryDimensions(entry, door), reason };
  door.afterCommit(() => telemetry.emit('AL0000P8K', dimensions));
  const note = `passed over: ${reason}`;
  if (entry.manualRecurrence) {
    return skip(privileged, found, { ...keeping(entry, now), status: 'On Hold', runAt: null, note });
  }
  const { schedule, earliestStart } = entry;
  const proposed = nextRunTime(schedule, now, schedule.timeZone, earliestStart);
  const { runAt, fault } = askNextRun(privileged, entry, proposed, now);
  const outcome = runAt === null ? FINISHED : keeping(entry, runAt);
  return skip(privileged, found, { ...outcome, note: withFault(note, fault) });
}

/**
 * Runs the object of an entry between the hooks.
 * @param isTakenUp whether the run had begun before, and is done once more
 * @returns true when it ended quietly: its work is rolled back, the outcome still commits
 */
export async function betweenHooks(
  privileged: PrivilegedSession,
  { entry, isTakenUp }: { readonly entry: JobQueueEntry; readonly isTakenUp: boolean },
  object: () => Promise<void>,
): Promise<boolean> {
  const { beforeRun, afterRun } = hooksOf(privileged);
  if (beforeRun !== undefined) {
    const before = async () => {
      const claim = claimOf(privileged);
      const run = [claim.taskId, claim.nonce, entry.id];
      if (isTakenUp) {
        const [row] = await privileged.run<{ marked: boolean }>(hookMarked, run);
        if (row?.marked === true) return;
      }
      await privileged.call((session) => beforeRun(session, copyOf(entry)));
      await privileged.run(markHook, run);
      await privileged.caller.commit();
    };
    if (await endsQuietly(privileged, before)) return true;
  }
  const isQuiet = await endsQuietly(privileged, object);
  if (afterRun === undefined) return isQuiet;
  const after = () => privileged.call((session) => afterRun(session, copyOf(entry)));
  return (await endsQuietly(privileged, after)) || isQuiet;
}

async function endsQuietly(privileged: PrivilegedSession, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!QuietEnd.is(error)) throw error;
    await privileged.rollback();
    return true;
  }
}

/** Tells the application of a failed run whose outcome is written. Whatever it does with that, the outcome stands. */
export async function tellOfError(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  outcome: ErrorOutcome,
  error: StoredError,
): Promise<void> {
  const { onError, onFinalError } = hooksOf(privileged);
  const final = outcome.isFinal ? onFinalError : undefined;
  if (onError === undefined && final === undefined) return;
  await privileged.caller.commit();
  const { status, attempts, runAt } = outcome;
  const left = { ...entry, status, attempts, error, earliestStart: runAt ?? entry.earliestStart };
  for (const [name, hook] of [['onError', onError] as const, ['onFinalError', final] as const]) {
    if (hook === undefined) continue;
    try {
      await privileged.call((session) => hook(session, copyOf(left), { ...error }));
      await privileged.caller.commit();
    } catch (thrown) {
      await privileged.rollback();
      await noteFailure(privileged, entry, name, storedErrorOf(thrown));
    }
  }
}

async function noteFailure(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  name: HookName,
  fault: StoredError,
): Promise<void> {
  // At once: a session that may do nothing more could not say it later.
  tellFault(privileged, entry, name, fault);
  const claim = claimOf(privileged);
  await privileged.run(noteInLog, [claim.taskId, claim.nonce, entry.id, faultText(name, fault)]);
  await privileged.caller.commit();
}

/** What becomes of an entry, after the hook `nextRun` was asked where its schedule would plan the next run. */
export function withNextRun<Outcome extends EntryOutcome>(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  outcome: Outcome,
  { now, otherwise }: { readonly now: Date; readonly otherwise: 'Finished' | 'Error' },
): { readonly outcome: Outcome; readonly fault: string | null } {
  const { runAt, fault } = askNextRun(privileged, entry, outcome.runAt, now);
  const status = runAt === null ? otherwise : 'Ready';
  return {
    outcome: { ...outcome, status, runAt },
    fault: fault === null ? null : faultText('nextRun', fault),
  };
}

function askNextRun(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  proposed: Date | null,
  now: Date,
): HookedRun {
  const hooked = hookedRun(hooksOf(privileged), entry, proposed, now);
  if (hooked.fault !== null) tellFault(privileged, entry, 'nextRun', hooked.fault);
  return hooked;
}

/** Whether a hook changes the entry while it runs, or is asked when it runs next, which it is to be once. */
export function mayChangeRun(privileged: PrivilegedSession): boolean {
  const { beforeRun, nextRun } = hooksOf(privileged);
  return beforeRun !== undefined || nextRun !== undefined;
}

function hooksOf(privileged: PrivilegedSession) {
  return doorOf(privileged.caller).service(JOB_QUEUE).hooks;
}

function tellFault(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  hook: HookName,
  { message, stack }: StoredError,
): void {
  const door = doorOf(privileged.caller);
  const { telemetry } = door.service(JOB_QUEUE);
  telemetry.emit('NS0060', { ...entryDimensions(entry, door), hook, reason: message, stack });
}

function faultText(hook: HookName, { message }: StoredError): string {
  return `the hook ${hook} failed: ${message}`;
}

function withFault(note: string, fault: StoredError | null): string {
  return fault === null ? note : `${note}; ${faultText('nextRun', fault)}`;
}

/** What a hook changes of its copy changes nothing here. */
function copyOf(entry: JobQueueEntry): JobQueueEntry {
  return Object.freeze({ ...entry });
}
