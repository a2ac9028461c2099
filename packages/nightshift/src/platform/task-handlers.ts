import type { Clock } from '../foundation/index.ts';
import {
  failEntryOfTask,
  JOB_QUEUE_DISPATCHER,
  lastResort,
  lockEntryOfTask,
  type PlacesGiven,
  taskCancelled,
  tellPlacesGiven,
} from '../job-queue/index.ts';
import type { ServiceRegistry } from '../session/index.ts';
import { storableJson, type TaskHandler } from '../task-scheduler/index.ts';

/** What the applications of the task scheduler want done with their tasks. */
export function handlersOf(clock: Clock, services: ServiceRegistry): ReadonlyMap<string, TaskHandler> {
  return new Map([[JOB_QUEUE_DISPATCHER, jobQueueHandler(clock, services)]]);
}

function jobQueueHandler(clock: Clock, services: ServiceRegistry): TaskHandler {
  return {
    codeunit: JOB_QUEUE_DISPATCHER,
    retryPolicy: 'dispatcher',
    onCancelled: taskCancelled,
    async beforeFailed(tx, taskId) {
      await tx.run(lockEntryOfTask, [taskId]);
    },
    // An entry can never stick In Process: when its error handler failed too, this writes the outcome.
    async onFailed(tx, task, failure) {
      const { status, error, more } = lastResort(failure, task);
      const values = [task.id, status, storableJson({ ...error }), clock.pinned(), storableJson(more)];
      const given = await tx.run<PlacesGiven>(failEntryOfTask, values);
      return () => tellPlacesGiven(services, task.companyNo, given);
    },
  };
}
