import { NightshiftError } from '../foundation/index.ts';
import type { MissingRight } from '../permissions/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { objectsOf } from './entry-change.ts';
import type { JobQueueLogEntry, JobQueueLogStatus } from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { logEntry } from './log-page.ts';
import { countSameError, readAttempts, readRunSurroundings, readSameError } from './run-facts.sql.ts';

/** Codes of errors by which a run asked a person something that nobody could answer. */
const ASKED = new Set(['CALLBACK_NOT_ALLOWED', 'DIALOG_IN_WRITE_TRANSACTION']);

/** Another run, in a few words. */
export interface NeighbouringRun {
  readonly no: number;
  readonly entryNo: number;
  readonly object: string;
  readonly status: JobQueueLogStatus;
  readonly attempt: number;
  readonly plannedAt: Date | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** A moment in the life of a run. */
export interface RunMoment {
  readonly at: Date;
  readonly kind: 'queued' | 'due' | 'started' | 'stopping' | 'killed' | 'ended' | 'next';
  readonly text: string;
}

/** What is known about why a run went as it did. */
export interface RunFacts {
  readonly run: JobQueueLogEntry;
  readonly sessionUniqueId: string;
  readonly entryExists: boolean;
  /** Whether it failed before its codeunit had begun; null: it did not fail, or nobody knows. */
  readonly failedBeforeStart: boolean | null;
  /** Where in the code the error came from; null for whoever may not stop runs of others, and without an error. */
  readonly stack: string | null;
  readonly moments: readonly RunMoment[];
  /** Those that belong together with it, the first in front; at most 50. */
  readonly attempts: readonly NeighbouringRun[];
  /** Other runs with an error of the same kind, the latest first; at most 20. */
  readonly sameError: readonly NeighbouringRun[];
  /** Counted up to 10,000. */
  readonly sameErrorRuns: number;
  /** Why its codeunit could not run as the user now as whom it ran; null: nothing stands against it. */
  readonly hindrance: string | null;
  readonly missing: readonly MissingRight[];
  /** Whether it failed because it asked a person something. */
  readonly askedPerson: boolean;
}

/**
 * What is known about why a run went as it did. Not for sessions in a thread or process of their own.
 * @throws NightshiftError LOG_ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function runFacts(caller: Caller, no: number): Promise<RunFacts> {
  const once = readingCaller(caller, 'jobQueue.runFacts');
  const run = await logEntry(caller, no);
  if (run === null) throw unknownRun(no);
  const door = doorOf(caller);
  const { reader } = door.service(JOB_QUEUE);
  const authority = door.service(AUTHORITY);
  const reach = await authority.demand(actorOf(door), 'entry.read', { kind: 'entry', id: run.entryId });
  const values = [door.company.no, no];
  const whose = [...values, reach === 'any' ? null : door.user.no];
  const [[around], attempts, same, [counted], isShown] = await Promise.all([
    reader.run<SurroundingsRow>(readRunSurroundings, values),
    reader.run<NeighbourRow>(readAttempts, values),
    reader.run<NeighbourRow>(readSameError, whose),
    reader.run<{ runs: number }>(countSameError, whose),
    authority.may(actorOf(door), 'entry.stopRun', { kind: 'entry', id: run.entryId, isOwn: false }),
  ]);
  if (around === undefined) throw unknownRun(no);
  return {
    run,
    sessionUniqueId: around.session_unique_id,
    entryExists: around.entry_exists,
    failedBeforeStart: run.phase === null ? null : run.phase === 'before start',
    stack: isShown ? (run.error?.stack ?? null) : null,
    moments: momentsOf(run, around),
    attempts: attempts.map(neighbourOf),
    sameError: same.map(neighbourOf),
    sameErrorRuns: counted?.runs ?? 0,
    ...(await rightsNow(once, door, caller, { run, userNo: around.user_no })),
    askedPerson: [run.error, ...(run.error?.causes ?? [])].some((error) => ASKED.has(error?.code ?? '')),
  };
}

interface SurroundingsRow {
  readonly session_unique_id: string;
  readonly user_no: number;
  readonly entry_exists: boolean;
  readonly last_ready_at: Date | null;
  readonly next_at: Date | null;
  readonly is_last: boolean;
}

interface NeighbourRow {
  readonly no: number;
  readonly entry_no: number;
  readonly object: string;
  readonly status: JobQueueLogStatus;
  readonly attempt: number;
  readonly planned_at: Date | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
}

function neighbourOf(row: NeighbourRow): NeighbouringRun {
  const { no, object, status, attempt } = row;
  const { entry_no: entryNo, planned_at: plannedAt, started_at: startedAt, ended_at: endedAt } = row;
  return { no, entryNo, object, status, attempt, plannedAt, startedAt, endedAt };
}

/** The rights of the user as whom it ran against what its codeunit needs, as they are now. */
async function rightsNow(
  { actor, authority }: OnceCaller,
  door: CallerDoor,
  caller: Caller,
  { run, userNo }: { readonly run: JobQueueLogEntry; readonly userNo: number },
): Promise<Pick<RunFacts, 'hindrance' | 'missing'>> {
  const { codeunits } = door.service(JOB_QUEUE);
  if (!codeunits.has(run.object)) return { hindrance: null, missing: [] };
  const object = { kind: 'entry', id: run.entryId, name: `${run.entryNo} (${run.object})` };
  const wish = { ...object, objects: objectsOf(caller, run), runAs: userNo };
  const refusal = await authority.rehearsal(actor, wish);
  const missing = (refusal?.details['missing'] ?? []) as readonly MissingRight[];
  return { hindrance: refusal?.message ?? null, missing };
}

function momentsOf(run: JobQueueLogEntry, around: SurroundingsRow): readonly RunMoment[] {
  const { plannedAt, startedAt, endedAt, user, status, object, trigger } = run;
  const { last_ready_at: readyAt, next_at: nextAt, is_last: isLast } = around;
  // Of an entry that was set Ready since nobody knows any more when this run was queued.
  const isQueuedByIt = isLast && trigger !== 'retry' && readyAt !== null && readyAt <= startedAt;
  const moments: RunMoment[] = [];
  if (isQueuedByIt) moments.push({ at: readyAt, kind: 'queued', text: `${user} set it Ready.` });
  if (plannedAt !== null) moments.push({ at: plannedAt, kind: 'due', text: 'It was due.' });
  moments.push({ at: startedAt, kind: 'started', text: `${object} started as ${user}.` });
  if (endedAt !== null) moments.push({ at: endedAt, kind: 'ended', text: `It ended: ${status}.` });
  if (isLast && endedAt !== null && nextAt !== null)
    moments.push({ at: nextAt, kind: 'next', text: 'It is to run again.' });
  return moments.sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** Of a run that there is not, or that the caller may not see. */
export function unknownRun(no: number): NightshiftError {
  return new NightshiftError('LOG_ENTRY_UNKNOWN', `There is no log entry ${no} in this company.`);
}
