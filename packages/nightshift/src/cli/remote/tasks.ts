import type { Operations, ScheduledTaskRow, ScheduledTask as WireTask } from '@nightshift/client/api';
import { given, isNightshiftError } from '../../foundation/index.ts';
import type { taskScheduler } from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';
import type { ExplainedTask, ScheduledTask } from '../../task-scheduler/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, errorOf, firstOf, pageSize } from './wire.ts';

type Tasks = typeof taskScheduler;
const LISTED_DEFAULT = 100;

function rowOf(wire: ScheduledTaskRow, { company }: Caller): ScheduledTask {
  const { error, entry: _entry, ...told } = wire;
  return {
    ...told,
    company,
    due: dateOf(wire.due),
    createdAt: dateOf(wire.createdAt),
    failedAt: dateOf(wire.failedAt),
    error: error === null ? null : { ...error, ...NOT_LISTED },
    ...{ suspect: 0, record: null, recordTable: null, timeout: null, language: null, timeZone: null },
  };
}

/** What lists do not tell of an error. */
const NOT_LISTED = {
  name: '',
  field: null,
  stack: null,
  causes: [],
  sessionId: 0,
  lines: [],
  progress: null,
};

function taskOf(wire: WireTask, caller: Caller): ExplainedTask {
  const { errorChain, timeoutMs, lines, progress, ...same } = wire;
  const error = errorOf(errorChain);
  return {
    ...rowOf(same, caller),
    why: wire.why,
    ...{ record: wire.record, recordTable: wire.recordTable, suspect: wire.suspect },
    ...{ language: wire.language, timeZone: wire.timeZone, timeout: timeoutMs },
    error:
      error === null
        ? null
        : { ...error, sessionId: 0, lines: lines as NonNullable<ScheduledTask['error']>['lines'], progress },
  };
}

/** Whether something was done: a server that refuses because of the state of the task says that with these codes. */
async function wasDone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isNightshiftError(error, 'CONFLICT', 'TASK_UNKNOWN')) return false;
    throw error;
  }
}

type TaskAction = 'scheduledTasks.cancel' | 'scheduledTasks.rerun' | 'scheduledTasks.delete';

function action(name: TaskAction & keyof Operations) {
  return (caller: Caller, taskId: string) => {
    const { server, params } = at(caller);
    return wasDone(server.call(name, { params: { ...params, taskId } }));
  };
}

async function explained(caller: Caller, taskId: string): Promise<ExplainedTask | null> {
  const { server, params } = at(caller);
  try {
    return taskOf(await server.call('scheduledTasks.get', { params: { ...params, taskId } }), caller);
  } catch (error) {
    if (isNightshiftError(error, 'TASK_UNKNOWN')) return null;
    throw error;
  }
}

/** The task scheduler's verbs, carried out by a server. */
export const taskSchedulerByServer: Pick<
  Tasks,
  | 'list'
  | 'get'
  | 'explain'
  | 'setTaskReady'
  | 'cancelTask'
  | 'rerunFailedTask'
  | 'deleteFailedTask'
  | 'reassign'
> = {
  async list(caller, { states, userGone, limit = LISTED_DEFAULT } = {}) {
    const { server, params } = at(caller);
    const query = {
      limit: pageSize(limit),
      ...given({ state: states?.join(','), userGone: userGone || undefined }),
    };
    const rows = await firstOf(server.all('scheduledTasks.list', { params, query }), limit);
    return rows.map((row) => rowOf(row, caller));
  },
  async get(caller, taskId) {
    const found = await explained(caller, taskId);
    if (found === null) return null;
    const { why: _, ...task } = found;
    return task;
  },
  explain: explained,
  setTaskReady(caller, taskId, { notBefore } = {}) {
    const { server, params } = at(caller);
    const body = given({ notBefore: notBefore?.toISOString() });
    return wasDone(server.call('scheduledTasks.setReady', { params: { ...params, taskId }, body }));
  },
  cancelTask: action('scheduledTasks.cancel'),
  rerunFailedTask: action('scheduledTasks.rerun'),
  deleteFailedTask: action('scheduledTasks.delete'),
  reassign(caller, taskId, { user }) {
    const { server, params } = at(caller);
    return wasDone(server.call('scheduledTasks.reassign', { params: { ...params, taskId }, body: { user } }));
  },
};
