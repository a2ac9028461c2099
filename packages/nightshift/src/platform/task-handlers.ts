import type { Clock } from '../foundation/index.ts';
import {
  entryTaskCancelled,
  failEntryOfTask,
  JOB_QUEUE_DISPATCHER,
  logStatusOf,
} from '../job-queue/index.ts';
import { storableJson, type TaskHandler } from '../task-scheduler/index.ts';

/** What the applications of the task scheduler want done with their tasks. */
export function handlersOf(clock: Clock): ReadonlyMap<string, TaskHandler> {
  return new Map([[JOB_QUEUE_DISPATCHER, jobQueueHandler(clock)]]);
}

function jobQueueHandler(clock: Clock): TaskHandler {
  return {
    codeunit: JOB_QUEUE_DISPATCHER,
    retryPolicy: 'dispatcher',
    async onCancelled(tx, { user, company }, taskId) {
      await tx.run(entryTaskCancelled, [user.no, company.no, taskId]);
    },
    // An entry can never stick In Process: when its error handler failed too, this writes the outcome.
    async onFailed(tx, task, failure) {
      const error = storableJson({ ...failure });
      await tx.run(failEntryOfTask, [task.id, logStatusOf(failure), error, clock.pinned()]);
    },
  };
}
