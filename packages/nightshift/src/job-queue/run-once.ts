import { type StoredError, storedErrorOf, uuidV7 } from '../foundation/index.ts';
import {
  audited,
  type Caller,
  type CallerDoor,
  doorOf,
  type SessionOutcome,
  type StartReached,
  type UserInterface,
} from '../session/index.ts';
import { storableJson } from '../task-scheduler/index.ts';
import { type AdmittedEntry, admitToEntry, auditedEntry } from './entry-access.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { userNameOf } from './entry-verbs.sql.ts';
import { addLogEntry } from './job-queue.sql.ts';
import { runForEntry } from './job-queue-codeunits.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import type { JobQueueLogStatus } from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { beginningColumns, failureColumns, type LogColumns, notesColumns } from './log-columns.ts';
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
 * @param userInterface null: nobody is there, and a dialog ends the run with CALLBACK_NOT_ALLOWED, as in the background
 * @param onAdmitted is called when it is let in, before it begins. Default: nobody is
 * @throws NightshiftError ENTRY_UNKNOWN, CODEUNIT_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function runOnce(
  caller: Caller,
  entryId: string,
  userInterface: UserInterface | null,
  onAdmitted: () => void = () => undefined,
): Promise<RunOnceResult> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.runOnce');
  const { clock, codeunits, foreground, telemetry } = door.service(JOB_QUEUE);
  const { entry, now, runAs } = await admitted(door, entryId);
  onAdmitted();
  const target = codeunits.get(entry.object);
  const users = { caller: door.user.name, runAs };
  const differences = runDifferences(entry, target, users, now).filter(
    ({ what }) => what !== 'guiAllowed' || userInterface !== null,
  );
  telemetry.emit('AL0000FMG', entryDimensions(entry, door));
  const startedAt = clock.now();
  let logEntryNo = 0;
  let begun: LogColumns = {};
  let reached: StartReached | null = null;
  const outcome = await foreground(caller, {
    name: entry.object,
    userInterface,
    work: async (session) => {
      const inside = doorOf(session);
      begun = beginningColumns(session, inside, entry, { startedAt, trigger: 'person', plannedAt: null });
      reached = 'running';
      await runForEntry(session, target, entry);
      reached = 'ended';
      // In the session's own transaction, so that the log entry stands for effects that are there.
      const ended = { status: 'Success', ...notesColumns(inside.notes()), ended_at: clock.now(), note: NOTE };
      logEntryNo = await write(session, entry, { ...begun, ...ended });
    },
  });
  if (outcome.kind === 'completed') return { status: 'Success', error: null, logEntryNo, differences };
  if (reached === null) begun = unbegun(door, entry, { startedAt, sessionId: outcome.notes.sessionId });
  const { note, ...ended } = endedColumns(outcome, reached);
  const log = { ...begun, ...ended, ended_at: clock.now(), note };
  const { status, error } = ended;
  return { status, error, logEntryNo: await write(caller, entry, log), differences };
}

const NOTE = 'run once in the foreground';

/** What is known of a run whose session never came to its work. */
function unbegun(
  door: CallerDoor,
  entry: JobQueueEntry,
  { startedAt, sessionId }: { readonly startedAt: Date; readonly sessionId: number },
): LogColumns {
  const session = { id: sessionId, uniqueId: uuidV7(startedAt) };
  return beginningColumns(session, door, entry, { startedAt, trigger: 'person', plannedAt: null });
}

/** How a run ended that left nothing in the database, or of which nobody knows. */
function endedColumns(
  outcome: Exclude<SessionOutcome<void>, { readonly kind: 'completed' }>,
  reached: StartReached | null,
) {
  const notes = notesColumns(outcome.notes);
  if (outcome.kind === 'quiet') {
    return { ...notes, status: 'Success' as const, error: null, note: `${NOTE}, ended quietly` };
  }
  const { lines, progress, errors } = outcome.notes;
  const failed = failureColumns({ ...storedErrorOf(outcome.error), lines, progress, errors, reached });
  return { ...failed, note: NOTE };
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

async function write(caller: Caller, entry: JobQueueEntry, log: LogColumns): Promise<number> {
  const door = doorOf(caller);
  const values = [door.user.no, door.company.no, entry.id, storableJson(log)];
  const [row] = await door.transaction((tx) => tx.run<{ no: string }>(addLogEntry, values));
  return Number(row?.no ?? 0);
}
