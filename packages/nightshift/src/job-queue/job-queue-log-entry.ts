import type { StoredError } from '../foundation/index.ts';
import type { LogLine } from '../session/index.ts';

/** The states of a log entry. */
export type JobQueueLogStatus =
  | 'In Process'
  | 'Success'
  | 'Error'
  | 'Skipped'
  | 'Stopped'
  | 'Killed'
  | 'Timeout'
  | 'Lost';

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
  readonly description: string;
  readonly status: JobQueueLogStatus;
  readonly attempt: number;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Why, in a few words, where the state does not say it. */
  readonly note: string | null;
  readonly error: StoredError | null;
  readonly lines: readonly LogLine[];
  readonly progress: { readonly done: number; readonly total: number | null; readonly text: string } | null;
}

/** The state of a log entry whose run ended with this error. */
export function logStatusOf(error: StoredError): JobQueueLogStatus {
  if (error.code === 'SESSION_TIMEOUT') return 'Timeout';
  if (error.code === 'SESSION_STOPPED') return 'Stopped';
  if (error.code === 'SESSION_KILLED') return 'Killed';
  if (error.code === 'INSTANCE_LOST' || error.code === 'TASK_POISON') return 'Lost';
  return 'Error';
}
