import { create, get, list, logEntries, runOnce, setOnHold, setStatusToReady } from '../job-queue/index.ts';
import { listSessions, sessionEvents } from '../session/index.ts';
import {
  canCreateTask,
  cancelTask,
  createTask,
  deleteFailedTask,
  explainTask,
  getTask,
  listTasks,
  rerunFailedTask,
  setTaskReady,
  taskExists,
} from '../task-scheduler/index.ts';

/** The task scheduler's verbs: run a codeunit once, in the background, not before a time. */
export const taskScheduler = Object.freeze({
  createTask,
  setTaskReady,
  taskExists,
  cancelTask,
  canCreateTask,
  rerunFailedTask,
  deleteFailedTask,
  get: getTask,
  list: listTasks,
  explain: explainTask,
});

/** What runs now, and what happened to what ran. */
export const sessions = Object.freeze({ list: listSessions, events: sessionEvents });

/** The job queue's verbs: standing, user-managed orders to run an object. */
export const jobQueue = Object.freeze({
  create,
  get,
  list,
  logEntries,
  runOnce,
  setOnHold,
  setStatusToReady,
});
