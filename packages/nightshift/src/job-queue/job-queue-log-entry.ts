import { type StoredError, storedErrorOf } from '../foundation/index.ts';
import type { LogLine, ProgressCounts } from '../session/index.ts';
import type { TaskFailure } from '../task-scheduler/index.ts';

/** The states of a log entry. */
export const JOB_QUEUE_LOG_STATUSES = [
  'In Process',
  'Success',
  'Error',
  'Skipped',
  'Stopped',
  'Killed',
  'Timeout',
  'Lost',
] as const;

/** A state of a log entry. */
export type JobQueueLogStatus = (typeof JOB_QUEUE_LOG_STATUSES)[number];

/** What set a run off. */
export const RUN_TRIGGERS = ['schedule', 'person', 'API', 'retry'] as const;

/** What set a run off: its schedule, somebody, a program, or the failure of the run before. */
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** Where a run failed. */
export type RunPhase = 'before start' | 'in the object' | 'at commit' | 'in the error handler';

/** The record of one run of a job queue entry. */
export interface JobQueueLogEntry {
  readonly no: number;
  readonly entryId: string;
  readonly entryNo: number;
  readonly taskId: string | null;
  readonly sessionId: number;
  readonly user: string;
  readonly object: string;
  readonly parameterString: string;
  readonly parameters: unknown;
  readonly description: string;
  readonly category: string | null;
  readonly status: JobQueueLogStatus;
  readonly attempt: number;
  readonly trigger: RunTrigger;
  /** When the run was due; null for one in the foreground. */
  readonly plannedAt: Date | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Milliseconds from when it was due to its start; null when nothing was planned. */
  readonly wait: number | null;
  /** Why, in a few words, where the state does not say it. */
  readonly note: string | null;
  readonly error: StoredError | null;
  /** Where it failed; null when it did not, and when nobody can tell, as of a lost run. */
  readonly phase: RunPhase | null;
  /** The same for errors of one kind; null without an error. */
  readonly fingerprint: string | null;
  /** So many errors it has reported; `errorMessages` lists them. */
  readonly errorMessages: number;
  readonly lines: readonly LogLine[];
  readonly progress: {
    readonly done: number;
    readonly total: number | null;
    readonly text: string;
    readonly counts?: ProgressCounts;
  } | null;
  /** Items that the run has reported as done, how many there were, and how they went; null: nothing was reported. */
  readonly items: {
    readonly done: number;
    readonly total: number | null;
    readonly counts: ProgressCounts | null;
  } | null;
  /** The server instance, by its epoch and its host; null where there was none. */
  readonly instanceEpoch: string | null;
  readonly instanceName: string | null;
  /** Which version of the code ran, as its codeunit says, or else the application; null: neither does. */
  readonly codeunitVersion: string | null;
  /** The same for all that one piece of work has set off. */
  readonly correlationId: string | null;
}

/** The state of a log entry whose run ended with this error. */
export function logStatusOf(error: StoredError): JobQueueLogStatus {
  if (error.code === 'SESSION_TIMEOUT') return 'Timeout';
  if (error.code === 'SESSION_STOPPED') return 'Stopped';
  if (error.code === 'SESSION_KILLED') return 'Killed';
  if (error.code === 'INSTANCE_LOST' || error.code === 'TASK_POISON') return 'Lost';
  return 'Error';
}

/** Where a run failed in the main codeunit. Of one that was lost nobody knows. */
export function phaseOf({ reached = null, ...error }: FailedRun): RunPhase | null {
  if (logStatusOf(error) === 'Lost') return null;
  if (reached === null) return 'before start';
  return reached === 'running' ? 'in the object' : 'at commit';
}

/** What the task scheduler keeps of a run that failed, as far as it does. */
export type FailedRun = StoredError & Partial<TaskFailure>;

/** A failed run whose error nobody has kept. */
export const UNKNOWN_FAILURE: FailedRun = Object.freeze(storedErrorOf(null));
