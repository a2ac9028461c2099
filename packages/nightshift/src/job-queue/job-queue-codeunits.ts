import { hostname } from 'node:os';
import { z } from 'zod';
import { MINUTE_MS, NightshiftError, storedErrorOf } from '../foundation/index.ts';
import {
  type Caller,
  type Codeunit,
  type CodeunitRegistry,
  doorOf,
  type PrivilegedSession,
  platformCodeunit,
  QuietEnd,
  type Session,
} from '../session/index.ts';
import { createTask, storableJson, type TaskFailure } from '../task-scheduler/index.ts';
import { addLogEntry, beginRun, endRun, readEntry } from './job-queue.sql.ts';
import { type JobQueueEntry, recordOf } from './job-queue-entry.ts';
import { logStatusOf } from './job-queue-log-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { afterError, afterSuccess, decideDispatch, type EntryOutcome } from './transitions.ts';

/** The main codeunit of every task that the job queue creates. */
export const JOB_QUEUE_DISPATCHER = 'Job Queue Dispatcher';
/** Its failure codeunit. */
export const JOB_QUEUE_ERROR_HANDLER = 'Job Queue Error Handler';

/** How long an entry waits before it looks for a missing object again. */
const OBJECT_WAIT_MS = MINUTE_MS;

/** Entries always travel by reference: what runs is the entry as it is then. */
const entryReference = z.object({ entryId: z.uuid() });

/** An entry, locked, and the database's clock. */
interface LockedEntry {
  readonly entry: JobQueueEntry;
  readonly now: Date;
}

/** Decides whether an entry runs now, runs its object, and writes the outcome with the object's own work. */
export const jobQueueDispatcher = platformCodeunit({
  name: JOB_QUEUE_DISPATCHER,
  record: entryReference,
  async onRun(session, { entryId }, privileged) {
    const found = await lockEntry(privileged, entryId);
    if (found === null) return closeLeftOpen(privileged, entryId, 'the entry was deleted');
    const { entry, now } = found;
    const { telemetry, codeunits } = doorOf(session).service(JOB_QUEUE);
    const decision = decideDispatch(entry, privileged.claim?.taskId ?? null, now);
    switch (decision.kind) {
      case 'not-ready':
        telemetry.emit('AL0000P8L', { entryId, status: entry.status });
        return closeLeftOpen(privileged, entryId, `not run again: the entry was ${entry.status}`);
      case 'expired':
        doorOf(session).afterCommit(() => telemetry.emit('AL0000P9E', { entryId }));
        return skip(session, privileged, found, {
          note: 'expired',
          status: 'Finished',
          attempts: 0,
          error: null,
          runAt: null,
        });
      case 'outside-window': {
        const runAt = decision.runAt.toISOString();
        doorOf(session).afterCommit(() => telemetry.emit('AL0000P9D', { entryId, runAt }));
        const { attempts, error } = entry;
        const outcome = { status: 'Ready', attempts, error, runAt: decision.runAt } as const;
        return skip(session, privileged, found, { ...outcome, note: 'outside the time window' });
      }
      case 'run':
        if (!codeunits.has(entry.object)) return waitForObject(privileged, found);
        return run(session, privileged, entry, now);
    }
  },
});

/** Writes the outcome of a run that failed for good: log entry, next attempt or Error. */
export const jobQueueErrorHandler = platformCodeunit({
  name: JOB_QUEUE_ERROR_HANDLER,
  record: entryReference,
  async onRun(session, { entryId }, privileged) {
    const found = await lockEntry(privileged, entryId);
    if (found === null || found.entry.taskId !== privileged.claim?.taskId) {
      return closeLeftOpen(privileged, entryId, 'the entry was deleted');
    }
    const { entry, now } = found;
    const door = doorOf(session);
    const { telemetry } = door.service(JOB_QUEUE);
    const {
      lines = [],
      progress = null,
      ...error
    } = (session.lastError ?? storedErrorOf(null)) as TaskFailure;
    const outcome = afterError(entry, error, now);
    await writeOutcome(privileged, entry, outcome, {
      status: logStatusOf(error),
      ended_at: now,
      error,
      note:
        outcome.runAt === null ? null : `runs again, attempt ${outcome.attempts} of ${entry.maximumAttempts}`,
      lines,
      progress,
    });
    door.afterCommit(() => {
      telemetry.emit('AL0000HE7', { entryId, object: entry.object, reason: error.message });
      if (outcome.status === 'Error') telemetry.emit('AL0000JRG', { entryId, attempts: entry.attempts + 1 });
    });
  },
});

async function run(
  session: Session,
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  now: Date,
): Promise<void> {
  const door = doorOf(session);
  const { telemetry, codeunits } = door.service(JOB_QUEUE);
  const claim = claimOf(privileged);
  const log = {
    session_id: session.id,
    session_unique_id: session.uniqueId,
    attempt: entry.attempts,
    started_at: now,
  };
  await privileged.run(beginRun, [
    claim.taskId,
    claim.nonce,
    entry.id,
    JSON.stringify(log),
    JSON.stringify(leftOpen(session)),
  ]);
  await session.commit();
  telemetry.emit('AL0000E25', { entryId: entry.id, object: entry.object });
  const quiet = await runObject(privileged, codeunits, entry);
  const found = await lockEntry(privileged, entry.id);
  const success = { status: 'Success', lines: privileged.lines(), progress: privileged.progress() };
  if (found === null) {
    return closeLog(privileged, entry.id, { ...success, note: 'the entry was deleted meanwhile' });
  }
  await writeOutcome(privileged, found.entry, afterSuccess(found.entry, found.now), {
    ...success,
    ended_at: found.now,
    note: quiet ? 'ended quietly' : null,
  });
  const runMs = found.now.getTime() - now.getTime();
  door.afterCommit(() => telemetry.emit('AL0000E26', { entryId: entry.id, object: entry.object, runMs }));
}

/** Closes the log entry that an earlier attempt of this task has left open, when there will be no other. */
function closeLeftOpen(privileged: PrivilegedSession, entryId: string, note: string): Promise<void> {
  return closeLog(privileged, entryId, { ...leftOpen(privileged.caller), note });
}

/** Closes the open log entry of this task; whatever has become of the job queue entry stays. */
async function closeLog(
  privileged: PrivilegedSession,
  entryId: string,
  log: Readonly<Record<string, unknown>>,
): Promise<void> {
  const claim = claimOf(privileged);
  const { clock } = doorOf(privileged.caller).service(JOB_QUEUE);
  const closed = storableJson({ ...log, ended_at: clock.now() });
  await privileged.run(endRun, [claim.taskId, claim.nonce, entryId, closed, '{}']);
}

/** How a log entry is closed that an earlier attempt of this task left open. */
function leftOpen({ lastError }: Session): Readonly<Record<string, unknown>> {
  if (lastError === null) return { status: 'Lost', note: 'its end was not confirmed; runs again' };
  return { status: logStatusOf(lastError), error: lastError, note: 'runs again' };
}

/** Runs the entry's object. True when it ended quietly: its work is rolled back, the outcome still commits. */
async function runObject(
  privileged: PrivilegedSession,
  codeunits: CodeunitRegistry,
  entry: JobQueueEntry,
): Promise<boolean> {
  const target = codeunits.get(entry.object);
  try {
    await privileged.start(target, recordFor(target, entry));
    privileged.refuseUnawaited();
    return false;
  } catch (error) {
    if (!QuietEnd.is(error)) throw error;
    await privileged.rollback();
    return true;
  }
}

/** Runs a codeunit with the entry as its record, or without one when it takes none. */
export function runForEntry(
  session: Session,
  target: Codeunit<unknown, unknown>,
  entry: JobQueueEntry,
): Promise<void> {
  return session.run(target, recordFor(target, entry));
}

function recordFor(target: Codeunit<unknown, unknown>, entry: JobQueueEntry): unknown {
  return target.record === null ? undefined : recordOf(entry);
}

/** Looks again in a while: the object may be missing because a new release is just being rolled out. */
async function waitForObject(privileged: PrivilegedSession, { entry, now }: LockedEntry): Promise<void> {
  const text = `The server instance ${hostname()}, process ${process.pid}, has no codeunit "${entry.object}"; the entry waits for it.`;
  const error = storedErrorOf(new NightshiftError('CODEUNIT_UNKNOWN', text, { field: 'object' }));
  const runAt = new Date(now.getTime() + OBJECT_WAIT_MS);
  await writeOutcome(
    privileged,
    entry,
    { status: 'Ready', attempts: entry.attempts, error, runAt },
    { ...leftOpen(privileged.caller), ended_at: now },
  );
}

/** An outcome without a run, and why. */
interface SkippedOutcome extends EntryOutcome {
  readonly note: string;
}

async function skip(
  session: Session,
  privileged: PrivilegedSession,
  { entry, now }: LockedEntry,
  outcome: SkippedOutcome,
): Promise<void> {
  const door = doorOf(session);
  const log = {
    session_id: session.id,
    session_unique_id: session.uniqueId,
    status: 'Skipped',
    attempt: entry.attempts,
    started_at: now,
    ended_at: now,
    note: outcome.note,
  };
  await privileged.run(addLogEntry, [door.user.no, door.company.no, entry.id, JSON.stringify(log)]);
  await writeOutcome(privileged, entry, outcome, { ...leftOpen(session), ended_at: now });
}

/** Writes what becomes of the entry and of its open log entries, and creates the task of the next run. */
async function writeOutcome(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  outcome: EntryOutcome,
  log: Readonly<Record<string, unknown>>,
): Promise<void> {
  const claim = claimOf(privileged);
  const taskId =
    outcome.runAt === null ? null : await createEntryTask(privileged.caller, entry, outcome.runAt);
  const fields = {
    status: outcome.status,
    attempts: outcome.attempts,
    error: outcome.error,
    // An entry that was put On Hold while it ran may have a plan of its own already.
    earliest_start: outcome.runAt ?? entry.earliestStart,
    task_id: taskId,
  };
  await privileged.run(endRun, [
    claim.taskId,
    claim.nonce,
    entry.id,
    storableJson(log),
    JSON.stringify(fields),
  ]);
}

/** The task that will run an entry. */
export function createEntryTask(caller: Caller, entry: JobQueueEntry, runAt: Date): Promise<string> {
  return createTask(caller, jobQueueDispatcher, {
    failureCodeunit: jobQueueErrorHandler,
    record: { entryId: entry.id },
    notBefore: runAt,
    timeout: entry.timeout,
  });
}

function claimOf(privileged: PrivilegedSession): NonNullable<PrivilegedSession['claim']> {
  if (privileged.claim !== null) return privileged.claim;
  throw new NightshiftError('INTERNAL', 'The job queue dispatcher runs under a task only.');
}

async function lockEntry(privileged: PrivilegedSession, entryId: string): Promise<LockedEntry | null> {
  const door = doorOf(privileged.caller);
  const { clock } = door.service(JOB_QUEUE);
  const values = [door.user.no, door.company.no, entryId, true, clock.pinned()];
  const [row] = await privileged.run<EntryRow>(readEntry, values);
  return row === undefined ? null : { entry: entryOf(row), now: row.now };
}
