import type { ScheduledTask } from '../task-scheduler/index.ts';
import { errorView } from './entry-view.ts';

/** A task of a list for `--json`: the fields that scripts may rely on. */
export function listedTaskView(task: ScheduledTask) {
  const { error } = task;
  return {
    id: task.id,
    state: task.state,
    codeunit: task.codeunit,
    failureCodeunit: task.failureCodeunit,
    due: task.due,
    attempt: task.attempt,
    user: task.user,
    userGone: task.userGone,
    company: task.company,
    createdAt: task.createdAt,
    failedAt: task.failedAt,
    idempotencyKey: task.idempotencyKey,
    error: error === null ? null : { code: error.code, message: error.message },
  };
}

/** A task with all that is known of it, for `--json`; what its last run logged and reported stands beside the error. */
export function taskView<Task extends ScheduledTask>(task: Task) {
  const { timeout, error, ...rest } = task;
  return {
    ...rest,
    timeoutMs: timeout,
    error: errorView(error),
    lines: error?.lines ?? [],
    progress: error?.progress ?? null,
  };
}
