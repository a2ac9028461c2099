import type { Statement } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import type { TaskFailure } from './scheduled-task.ts';
import { checkTaskId, heldToOwn } from './task-access.ts';
import { listTasksOfCompany, readTask } from './task-list.sql.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

/** The states of a task. One that is done is not there any more. */
export const TASK_STATES = ['Not Ready', 'Pending', 'Running', 'Retrying', 'Failed', 'Poison'] as const;

/** A state of a task. */
export type TaskState = (typeof TASK_STATES)[number];

/** Tasks of one answer when nothing else is said. */
export const LISTED_TASKS_DEFAULT = 50;
/** Most tasks of one answer. */
export const LISTED_TASKS_MAX = 10_000;

/** A task as people see it. */
export interface ScheduledTask {
  readonly id: string;
  readonly state: TaskState;
  readonly codeunit: string;
  readonly failureCodeunit: string | null;
  /** Whether the main codeunit has failed for good and the failure codeunit runs next. */
  readonly failing: boolean;
  /** As whom it runs; null when he has been deleted since. */
  readonly user: string | null;
  /** Whether that user is gone: disabled, or past the time until which he was valid. It fails when it is due. */
  readonly userGone: boolean;
  /** Who has given it to its user, who has not set it ready yet; null when nobody has. */
  readonly reassignedBy: string | null;
  readonly company: string | null;
  /** Not before this instant; of a failed one, when it was due. */
  readonly due: Date;
  /** Retries so far. */
  readonly attempt: number;
  /** Server instances that died holding it. */
  readonly losses: number;
  /** How many died in a row. */
  readonly suspect: number;
  /** The value, or the key of a row. */
  readonly record: unknown;
  /** The table of the row; null: the record is a value. */
  readonly recordTable: string | null;
  /** Milliseconds; null of one that failed before it was kept. */
  readonly timeout: number | null;
  /** Null: the user's. */
  readonly language: string | null;
  /** Null: the user's. */
  readonly timeZone: string | null;
  /** The error of the last run. */
  readonly error: TaskFailure | null;
  readonly idempotencyKey: string | null;
  readonly correlationId: string | null;
  readonly createdAt: Date;
  readonly failedAt: Date | null;
  /** The server instance that has claimed it; null when none has, or it is no more. */
  readonly instance: { readonly place: number; readonly host: string; readonly processId: number } | null;
}

/** Which tasks are meant. Default: the first 50 of all. */
export interface TaskFilter {
  readonly states?: readonly TaskState[];
  /** Only those that run as somebody who is gone. Default: false. */
  readonly userGone?: boolean;
  /** 1 to 10,000. Default: 50. */
  readonly limit?: number;
}

/**
 * The tasks of the caller's company that he may see, those that are due first in front; failed ones among them.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function listTasks(caller: Caller, filter: TaskFilter = {}): Promise<readonly ScheduledTask[]> {
  const { states = null, limit = LISTED_TASKS_DEFAULT, userGone = false } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > LISTED_TASKS_MAX) {
    throw refused('limit', `is a whole number from 1 to ${LISTED_TASKS_MAX}`);
  }
  if (states !== null && !states.every((state) => TASK_STATES.includes(state))) {
    throw refused('states', `are of ${TASK_STATES.join(', ')}`);
  }
  if (typeof userGone !== 'boolean') throw refused('userGone', 'is true or false');
  const rows = await read(caller, null, listTasksOfCompany, [states, limit, userGone]);
  return rows.map(taskOf);
}

/**
 * One task of the caller's company; null when there is none that he may see, or it is done.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function getTask(caller: Caller, taskId: string): Promise<ScheduledTask | null> {
  checkTaskId(taskId);
  const [row] = await read(caller, taskId, readTask, [taskId]);
  return row === undefined ? null : taskOf(row);
}

/** A task that stands for something of its owner's, who has asked whether the caller may know. */
export async function readOwnedTask(caller: Caller, taskId: string): Promise<ScheduledTask | null> {
  const door = doorOf(caller);
  const { reader, clock } = door.service(TASK_SCHEDULER);
  const [row] = await reader.run<TaskRow>(readTask, [door.company.no, null, clock.pinned(), taskId]);
  return row === undefined ? null : taskOf(row);
}

async function read(
  caller: Caller,
  taskId: string | null,
  what: Statement,
  values: readonly unknown[],
): Promise<TaskRow[]> {
  const door = doorOf(caller);
  const ownOnly = await heldToOwn(door, 'task.read', taskId);
  const { reader, clock } = door.service(TASK_SCHEDULER);
  const own = ownOnly ? door.user.no : null;
  return reader.run<TaskRow>(what, [door.company.no, own, clock.pinned(), ...values]);
}

/** A task as PostgreSQL returns it. */
export interface TaskRow {
  readonly id: string;
  readonly state: TaskState;
  readonly codeunit: string;
  readonly failure_codeunit: string | null;
  readonly failing: boolean;
  readonly user_name: string | null;
  readonly user_gone: boolean;
  readonly reassigned_by: string | null;
  readonly company_name: string | null;
  readonly due: Date;
  readonly attempt: number;
  readonly losses: number;
  readonly suspect: number;
  readonly record: unknown;
  readonly record_table: string | null;
  readonly timeout_ms: number | null;
  readonly language: string | null;
  readonly time_zone: string | null;
  readonly error: TaskFailure | null;
  readonly correlation_id: string | null;
  readonly idempotency_key: string | null;
  readonly created_at: Date;
  readonly failed_at: Date | null;
  readonly place: number | null;
  readonly host: string | null;
  readonly process_id: number | null;
}

/** From the row to the domain. */
export function taskOf(row: TaskRow): ScheduledTask {
  const { place, host, process_id } = row;
  return {
    id: row.id,
    state: row.state,
    codeunit: row.codeunit,
    failureCodeunit: row.failure_codeunit,
    failing: row.failing,
    user: row.user_name,
    userGone: row.user_gone,
    reassignedBy: row.reassigned_by,
    company: row.company_name,
    due: row.due,
    attempt: row.attempt,
    losses: row.losses,
    suspect: row.suspect,
    record: row.record,
    recordTable: row.record_table,
    timeout: row.timeout_ms,
    language: row.language,
    timeZone: row.time_zone,
    error: row.error,
    idempotencyKey: row.idempotency_key,
    correlationId: row.correlation_id,
    createdAt: row.created_at,
    failedAt: row.failed_at,
    instance:
      place === null || host === null || process_id === null ? null : { place, host, processId: process_id },
  };
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
