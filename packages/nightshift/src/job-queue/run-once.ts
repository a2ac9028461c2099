import { type StoredError, storedErrorOf, uuidV7 } from '../foundation/index.ts';
import {
  audited,
  type Caller,
  type CallerDoor,
  doorOf,
  type Session,
  type SessionOutcome,
  type UserInterface,
} from '../session/index.ts';
import { storableJson } from '../task-scheduler/index.ts';
import { type AdmittedEntry, admitToEntry, auditedEntry } from './entry-access.ts';
import { userNameOf } from './entry-verbs.sql.ts';
import { addLogEntry } from './job-queue.sql.ts';
import { runForEntry } from './job-queue-codeunits.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { type JobQueueLogStatus, logStatusOf } from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { type RunDifference, runDifferences } from './run-differences.ts';

/** How a run in the foreground ended. */
export interface RunOnceResult {
  readonly status: JobQueueLogStatus;
  readonly error: StoredError | null;
  /** Number of the log entry. */
  readonly logEntryNo: number;
  /** In what it differed from the entry's runs in the background. */
  readonly differences: readonly RunDifference[];
}

/**
 * Runs an entry's object once, now, in a foreground session of the caller: not recurring, outside its window, dialogs
 * answered by `userInterface`. The entry itself does not change; the run leaves a log entry. This is how to look at
 * what a job does: the same code, in the same order, with a person before it.
 * A delegated administrator may do that, too: he is there.
 * @throws NightshiftError ENTRY_UNKNOWN, CODEUNIT_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function runOnce(
  caller: Caller,
  entryId: string,
  userInterface: UserInterface,
): Promise<RunOnceResult> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.runOnce');
  const { clock, codeunits, foreground, telemetry } = door.service(JOB_QUEUE);
  const { entry, now, runAs } = await admitted(door, entryId);
  const target = codeunits.get(entry.object);
  const differences = runDifferences(entry, target, { caller: door.user.name, runAs }, now);
  telemetry.emit('AL0000FMG', { entryId, object: entry.object });
  const startedAt = clock.now();
  let logEntryNo = 0;
  const outcome = await foreground(caller, {
    name: entry.object,
    userInterface,
    work: async (session) => {
      await runForEntry(session, target, entry);
      // In the session's own transaction, so that the log entry stands for effects that are there.
      const times = { startedAt, endedAt: clock.now() };
      const { lines, progress } = doorOf(session).notes();
      const log = { ...logOf(session, entry, times, { status: 'Success', error: null }), lines, progress };
      logEntryNo = await write(session, entry, log);
    },
  });
  if (outcome.kind === 'completed') return { status: 'Success', error: null, logEntryNo, differences };
  const error = outcome.kind === 'quiet' ? null : storedErrorOf(outcome.error);
  const status = error === null ? 'Success' : logStatusOf(error);
  const session = { id: outcome.notes.sessionId, uniqueId: uuidV7(startedAt) };
  const times = { startedAt, endedAt: clock.now() };
  const log = { ...logOf(session, entry, times, { status, error }), ...notesOf(outcome) };
  return { status, error, logEntryNo: await write(caller, entry, log), differences };
}

/** Written down before it runs: how it ended is in the log entry. */
async function admitted(door: CallerDoor, entryId: string): Promise<AdmittedEntry & { runAs: string }> {
  const found = await door.transaction(async (tx) => {
    const admittance = await admitToEntry(tx, door, 'entry.runOnce', { entryId, lock: false });
    await audited(tx, door, { verb: 'entry.runOnce', object: auditedEntry(admittance.entry) });
    return admittance;
  });
  const [row] = await door.service(JOB_QUEUE).reader.run<{ name: string }>(userNameOf, [found.entry.runAs]);
  return { ...found, runAs: row?.name ?? '' };
}

function logOf(
  session: Pick<Session, 'id' | 'uniqueId'>,
  entry: JobQueueEntry,
  times: { readonly startedAt: Date; readonly endedAt: Date },
  result: { readonly status: JobQueueLogStatus; readonly error: StoredError | null },
): Readonly<Record<string, unknown>> {
  return {
    session_id: session.id,
    session_unique_id: session.uniqueId,
    ...result,
    attempt: entry.attempts,
    started_at: times.startedAt,
    ended_at: times.endedAt,
    note: 'run once in the foreground',
  };
}

function notesOf(outcome: SessionOutcome<void>): Readonly<Record<string, unknown>> {
  const note =
    outcome.kind === 'quiet' ? 'run once in the foreground, ended quietly' : 'run once in the foreground';
  return { note, lines: outcome.notes.lines, progress: outcome.notes.progress };
}

async function write(
  caller: Caller,
  entry: JobQueueEntry,
  log: Readonly<Record<string, unknown>>,
): Promise<number> {
  const door = doorOf(caller);
  const values = [door.user.no, door.company.no, entry.id, storableJson(log)];
  const [row] = await door.transaction((tx) => tx.run<{ no: string }>(addLogEntry, values));
  return Number(row?.no ?? 0);
}
