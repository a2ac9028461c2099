import { MINUTE_MS } from '../foundation/index.ts';
import { type Codeunit, doorOf, type PrivilegedSession } from '../session/index.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { mayChangeRun, withNextRun } from './hook-calls.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { notesColumns } from './log-columns.ts';
import { closeLog, type LockedEntry, lockEntry, writeOutcomeIf } from './run-outcome.ts';
import { isRecurring } from './schedule.ts';
import { hasSeenAll } from './table-wake.ts';
import { afterSuccess, type RunReport } from './transitions.ts';

/** A run that is no longer than this is told by our own clock how long it was: what that goes wrong by is no matter then. */
const SHORT_RUN_MS = MINUTE_MS;

/** A run whose object has ended well. */
interface EndedRun {
  /** The entry as it was before the run, and when it began. */
  readonly begins: LockedEntry;
  /** The same instant, on our own clock. */
  readonly beganAt: number;
  /** What the entry must be unchanged since. */
  readonly seen: string;
  readonly target: Codeunit<unknown, unknown>;
  /** Whether the object ended quietly. */
  readonly isQuiet: boolean;
}

/**
 * Writes what becomes of an entry after a good run. It is read again only when somebody has changed it while it ran, or could
 * have: mostly nobody has, and then its row says so itself.
 */
export async function endRun(privileged: PrivilegedSession, run: EndedRun): Promise<void> {
  const { entry } = run.begins;
  const unchanged = asItBegan(privileged, run);
  if (unchanged !== null && (await writeSuccess(privileged, run, unchanged, run.seen))) return;
  const found = await lockEntry(privileged, entry.id);
  if (found !== null) {
    await writeSuccess(privileged, run, found, null);
    return;
  }
  const door = doorOf(privileged.caller);
  const { telemetry } = door.service(JOB_QUEUE);
  door.afterCommit(() =>
    telemetry.emit('AL0000HAK', { ...entryDimensions(entry, door), status: 'In Process' }),
  );
  const closed = { ...notesColumns(privileged.notes()), status: 'Success' };
  await closeLog(privileged, entry.id, { ...closed, note: 'the entry was deleted meanwhile' });
}

/** The entry as the beginning of its run has left it, and the database's time; null where it must be read again. */
function asItBegan(privileged: PrivilegedSession, { begins, beganAt, target }: EndedRun): LockedEntry | null {
  const { clock } = doorOf(privileged.caller).service(JOB_QUEUE);
  const runMs = clock.monotonic() - beganAt;
  if (runMs > SHORT_RUN_MS || mayChangeRun(privileged) || (target.wakeOn ?? []).length > 0) return null;
  const now = clock.pinned() ?? new Date(begins.now.getTime() + runMs);
  return { entry: { ...begins.entry, status: 'In Process', error: null }, now };
}

/** @returns whether it is written: not when the entry was changed since it was `seen` */
async function writeSuccess(
  privileged: PrivilegedSession,
  { begins, target, isQuiet }: EndedRun,
  found: LockedEntry,
  seen: string | null,
): Promise<boolean> {
  const notes = privileged.notes();
  const isResting = notes.nothingToDo && (await hasSeenAll(privileged, found.entry.id, target));
  const { outcome, fault } = outcomeOf(privileged, found, { ...notes, nothingToDo: isResting });
  const note = [
    ...(isQuiet ? ['ended quietly'] : []),
    ...(notes.nothingToDo
      ? [isResting ? 'nothing to do' : 'nothing to do; does not rest: its tables were being changed']
      : []),
    ...(fault === null ? [] : [fault]),
  ].join('; ');
  const ended = { status: 'Success', ended_at: found.now, note: note === '' ? null : note };
  const log = { ...notesColumns(notes), ...ended };
  const written = await writeOutcomeIf(privileged, found.entry, outcome, { log, seen });
  if (written === null) return false;
  const { nextTaskId } = written;
  const door = doorOf(privileged.caller);
  const { telemetry } = door.service(JOB_QUEUE);
  const { notifyOnSuccess, schedule } = begins.entry;
  const dimensions = { ...entryDimensions(found.entry, door), status: outcome.status };
  const runMs = found.now.getTime() - begins.now.getTime();
  const isUnplanned = nextTaskId === null && found.entry.status === 'In Process';
  door.afterCommit(() => {
    const told = { notifyOnSuccess, errorMessages: notes.errors.count };
    telemetry.emit('AL000082C', { ...dimensions, result: isQuiet ? 'ended quietly' : 'Success' });
    telemetry.emit('AL0000E26', { ...dimensions, runMs, nextTaskId, ...told });
    if (isUnplanned && isRecurring(schedule)) telemetry.emit('AL0000FNY', dimensions);
  });
  return true;
}

/** What becomes of an entry after a good run; `fault`: why the application had no say in when it runs next. */
function outcomeOf(privileged: PrivilegedSession, { entry, now }: LockedEntry, notes: RunReport) {
  const outcome = afterSuccess(entry, now, notes);
  const isScheduled = outcome.status === 'Ready' || outcome.status === 'Finished';
  if (!isScheduled || entry.status !== 'In Process' || entry.manualRecurrence)
    return { outcome, fault: null };
  return withNextRun(privileged, entry, outcome, { now, otherwise: 'Finished' });
}
