import type { Executor } from '../database/index.ts';
import type { CallerDoor } from '../session/index.ts';
import type { RetryPolicyChoice } from './retry-policy.ts';
import type { ClaimedTask, TaskFailure } from './scheduled-task.ts';

/**
 * What an application of the task scheduler wants done with its tasks. Registered by `platform` under the name of the
 * main codeunit, because this floor does not know the higher ones.
 */
export interface TaskHandler {
  readonly codeunit: string;
  /** Instead of the scheduler's policy. */
  readonly retryPolicy?: RetryPolicyChoice;
  /** Called in the transaction that removes a pending task, with the rights of whoever cancels it. */
  readonly onCancelled?: (tx: Executor, caller: CallerDoor, taskId: string) => Promise<void>;
  /** Called first in that transaction, before anything of the task is locked: for locks that come before that. */
  readonly beforeFailed?: (tx: Executor, taskId: string) => Promise<void>;
  /**
   * Called in the transaction that records that the task failed for good, also when its failure codeunit did. Returns what is
   * to be done after its commit.
   */
  readonly onFailed?: (tx: Executor, task: ClaimedTask, failure: TaskFailure) => Promise<() => void>;
}
