import { hostname } from 'node:os';
import { MINUTE_MS, NightshiftError, type StoredError, storedErrorOf } from '../foundation/index.ts';
import {
  type Codeunit,
  doorOf,
  type PrivilegedSession,
  platformCodeunit,
  type Session,
} from '../session/index.ts';
import { storableJson } from '../task-scheduler/index.ts';
import { entryDimensions } from './entry-dimensions.ts';
import {
  createEntryTask,
  entryReference,
  JOB_QUEUE_DISPATCHER,
  JOB_QUEUE_ERROR_HANDLER,
} from './entry-task.ts';
import { betweenHooks, passOver, reasonToSkip, tellOfError, withNextRun } from './hook-calls.ts';
import { beginRun, waitForPlace } from './job-queue.sql.ts';
import { type JobQueueEntry, recordOf } from './job-queue-entry.ts';
import { type RunTrigger, UNKNOWN_FAILURE } from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { beginningColumns, failureColumns, triggerOf } from './log-columns.ts';
import { type MissedRuns, missedText } from './missed-runs.ts';
import { endRun } from './run-end.ts';
import {
  addLog,
  addSkipped,
  claimOf,
  closeLeftOpen,
  FINISHED,
  keeping,
  type LockedEntry,
  leftOpen,
  lockEntry,
  skip,
  writeOutcome,
} from './run-outcome.ts';
import { noteChanges } from './table-wake.ts';
import { afterError, decideDispatch, type ErrorOutcome } from './transitions.ts';

/** How long an entry waits before it looks for a missing object again. */
const OBJECT_WAIT_MS = MINUTE_MS;

/** Decides whether an entry runs now, runs its object, and writes the outcome with the object's own work. */
export const jobQueueDispatcher = platformCodeunit({
  name: JOB_QUEUE_DISPATCHER,
  record: entryReference,
  async onRun(session, { entryId, trigger }, privileged) {
    const reason = await reasonToSkip(privileged, entryId);
    const found = await lockEntry(privileged, entryId);
    if (found === null) return closeLeftOpen(privileged, entryId, 'the entry was deleted');
    const { entry, now } = found;
    const door = doorOf(session);
    const { telemetry, codeunits } = door.service(JOB_QUEUE);
    const decision = decideDispatch(entry, privileged.claim?.taskId ?? null, now);
    switch (decision.kind) {
      case 'not-ready':
        telemetry.emit('AL0000P8L', entryDimensions(entry, door));
        return closeLeftOpen(privileged, entryId, `not run again: the entry was ${entry.status}`);
      case 'expired':
        door.afterCommit(() => telemetry.emit('AL0000P9E', entryDimensions(entry, door)));
        return skip(privileged, found, { ...FINISHED, note: 'expired' });
      case 'missed':
        return skip(privileged, found, {
          ...(decision.runAt === null ? FINISHED : keeping(entry, decision.runAt)),
          note: missedText(decision.missed, decision.missed.count),
        });
      case 'outside-window': {
        const { runAt, missed } = decision;
        const moved = { ...entryDimensions(entry, door), runAt: runAt.toISOString() };
        door.afterCommit(() => telemetry.emit('AL0000P9D', moved));
        const note = [
          'outside the time window',
          ...(missed === null ? [] : [missedText(missed, missed.count)]),
        ];
        return skip(privileged, found, { ...keeping(entry, runAt), note: note.join('; ') });
      }
      case 'run': {
        if (reason !== null) return passOver(privileged, found, reason);
        if (!codeunits.has(entry.object)) return waitForObject(privileged, found);
        const wanted = { trigger: triggerOf(entry, session, trigger), missed: decision.missed };
        return run(session, privileged, found, wanted);
      }
    }
  },
});

/** Writes the outcome of a run that failed for good: log entry, next attempt or Error. */
export const jobQueueErrorHandler = platformCodeunit({
  name: JOB_QUEUE_ERROR_HANDLER,
  record: entryReference,
  async onRun(session, { entryId, trigger }, privileged) {
    const found = await lockEntry(privileged, entryId);
    if (found === null || found.entry.taskId !== privileged.claim?.taskId) {
      return closeLeftOpen(privileged, entryId, 'the entry was deleted');
    }
    const { entry, now } = found;
    const door = doorOf(session);
    const { telemetry } = door.service(JOB_QUEUE);
    const log = failureColumns(session.lastError ?? UNKNOWN_FAILURE);
    const { error } = log;
    const { outcome, fault } = failureOf(privileged, found, error);
    const note = [afterErrorText(entry, outcome), fault].filter((part) => part !== null);
    const ended = { ...log, ended_at: now, note: note.length === 0 ? null : note.join('; ') };
    const wasBegun = entry.status === 'In Process' || entry.status === 'On Hold';
    if (!wasBegun) await addLog(privileged, found, triggerOf(entry, session, trigger), ended);
    const alert = outcome.isFinal || outcome.runAt === null ? 'failed' : 'retries';
    await writeOutcome(privileged, entry, { ...outcome, alert }, ended);
    const dimensions = { ...entryDimensions(entry, door), status: outcome.status };
    door.afterCommit(() => {
      telemetry.emit('AL0000HE7', { ...dimensions, reason: error.message, stack: error.stack });
      if (outcome.isFinal) telemetry.emit('AL0000JRG', { ...dimensions, attempts: entry.attempts + 1 });
    });
    await tellOfError(privileged, entry, outcome, error);
  },
});

/** What becomes of an entry after a failed run; `fault`: why the application had no say in when it runs next. */
function failureOf(privileged: PrivilegedSession, { entry, now }: LockedEntry, error: StoredError) {
  const outcome = afterError(entry, error, now);
  // Only where it keeps its schedule: an attempt comes when it comes.
  if (!outcome.isFinal || outcome.runAt === null) return { outcome, fault: null };
  return withNextRun(privileged, entry, outcome, { now, otherwise: 'Error' });
}

function afterErrorText(entry: JobQueueEntry, { runAt, attempts, isFinal }: ErrorOutcome): string | null {
  if (runAt === null) return null;
  if (isFinal) return `no attempts left; keeps its schedule`;
  return `runs again, attempt ${attempts} of ${entry.maximumAttempts}`;
}

async function run(
  session: Session,
  privileged: PrivilegedSession,
  begins: LockedEntry,
  { trigger, missed }: { readonly trigger: RunTrigger; readonly missed: MissedRuns | null },
): Promise<void> {
  const { entry, now } = begins;
  const door = doorOf(session);
  const { clock, telemetry, codeunits } = door.service(JOB_QUEUE);
  const beganAt = clock.monotonic();
  const claim = claimOf(privileged);
  const begin = { startedAt: now, trigger, plannedAt: entry.earliestStart };
  const log = beginningColumns(session, door, entry, begin);
  const [begun] = await privileged.run<{ no: string; seen: string }>(beginRun, [
    claim.taskId,
    claim.nonce,
    entry.id,
    storableJson(log),
    storableJson(leftOpen(session)),
  ]);
  if (begun === undefined) return waitInCategory(privileged, begins, trigger);
  // The late run stands for the first of those that were missed.
  if (missed !== null && missed.count > 1) {
    await addSkipped(privileged, begins, `${missedText(missed, missed.count - 1)}; made up for by one run`);
  }
  const target = codeunits.get(entry.object);
  await noteChanges(privileged, entry.id, target);
  await session.commit();
  const begunDimensions = { ...entryDimensions(entry, door), status: 'In Process' };
  if (entry.status === 'In Process') telemetry.emit('AL0000PCR', begunDimensions);
  telemetry.emit('AL0000E25', begunDimensions);
  const isQuiet = await betweenHooks(privileged, { entry, isTakenUp: entry.status === 'In Process' }, () =>
    privileged.start(target, recordFor(target, entry)),
  );
  await endRun(privileged, { begins, beganAt, seen: begun.seen, target, isQuiet });
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
  if (target.record === null) return undefined;
  const record = recordOf(entry);
  return target.objectType === 'report' ? { ...record, outputType: entry.reportOutputType } : record;
}

/** As many of its category run as may: it waits, with a task that whoever frees a place sets ready. */
async function waitInCategory(
  privileged: PrivilegedSession,
  { entry, now }: LockedEntry,
  trigger: RunTrigger,
): Promise<void> {
  const claim = claimOf(privileged);
  const door = doorOf(privileged.caller);
  const { telemetry } = door.service(JOB_QUEUE);
  const next = await createEntryTask(privileged.caller, entry, now, { trigger, ready: false });
  await privileged.run(waitForPlace, [claim.taskId, claim.nonce, entry.id, next]);
  door.afterCommit(() => telemetry.emit('AL0000P9F', { ...entryDimensions(entry, door), status: 'Waiting' }));
}

/** Looks again in a while: the object may be missing because a new release is just being rolled out. */
async function waitForObject(privileged: PrivilegedSession, { entry, now }: LockedEntry): Promise<void> {
  const text = `The server instance ${hostname()}, process ${process.pid}, has no ${entry.objectType} "${entry.object}"; the entry waits for it.`;
  const error = storedErrorOf(new NightshiftError('CODEUNIT_UNKNOWN', text, { field: 'object' }));
  const runAt = new Date(now.getTime() + OBJECT_WAIT_MS);
  await writeOutcome(
    privileged,
    entry,
    // When it is planned stays as it is: that is what it is late for.
    { status: 'Ready', attempts: entry.attempts, error, runAt, earliestStart: entry.earliestStart },
    { ...leftOpen(privileged.caller), ended_at: now },
  );
}
