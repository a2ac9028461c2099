import { classifyFailure, type Database } from '../database/index.ts';
import { type Clock, isNightshiftError, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { NewTask } from './scheduled-task.ts';
import { endBackend, lookForTasks, taskOfKey } from './task-creation.sql.ts';

/** How long the truth is looked for before the caller is told that it is not known. */
const LOOK_MS_MAX = 15 * SECOND_MS;
const LOOK_RETRY_MS = 250;
/** How long one statement waits for the end of a backend. */
const END_WAIT_MS = SECOND_MS;

/** What the truth is looked for with. */
export interface LookContext {
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * What became of tasks whose insert was not answered. `created`: the tasks were committed. `other`: another task has the
 * idempotency key. `absent`: nothing was inserted, and nothing will be. `unknown`: they may have been created, have run
 * and be gone.
 */
export type Truth =
  | { readonly kind: 'created' | 'absent' }
  | { readonly kind: 'other'; readonly id: string; readonly codeunit: string }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/**
 * Finds out whether an insert whose answer was lost took effect, over a connection of its own, after the old backend has
 * ended: then nothing can change any more. All tasks were in one statement, so one of them tells of all: one that is there,
 * or has left a trace, was committed; one that is absent and could not have begun yet was not.
 * @param tasks of one insert; with an idempotency key exactly one. @param backend null: not known. Never rejects
 */
export async function truthOf(
  context: LookContext,
  tasks: readonly NewTask[],
  backend: number | null,
): Promise<Truth> {
  const { clock } = context;
  const until = clock.monotonic() + LOOK_MS_MAX;
  let cause: unknown = new NightshiftError(
    'DATABASE_BUSY',
    'The backend at work is not known, or does not end.',
  );
  let hasEnded = false;
  for (;;) {
    try {
      hasEnded ||= backend !== null && (await end(context.database, backend));
      const truth = await look(context, tasks, hasEnded);
      if (truth.kind !== 'unknown' || hasEnded) return truth;
    } catch (error) {
      cause = error;
    }
    if (clock.monotonic() >= until) return { kind: 'unknown', cause };
    await clock.sleep(LOOK_RETRY_MS);
  }
}

async function end(database: Database, backend: number): Promise<boolean> {
  const [row] = await database.run<{ gone: boolean }>(endBackend, [backend, END_WAIT_MS]);
  return row?.gone ?? true;
}

async function look(
  { database, clock }: LookContext,
  tasks: readonly NewTask[],
  hasEnded: boolean,
): Promise<Truth> {
  const plans = tasks.map(({ ready, due }) => ({ ready, due }));
  const values = [tasks.map(({ id }) => id), JSON.stringify(plans), clock.pinned()];
  const [row] = await database.run<{ seen: boolean; too_early: boolean }>(lookForTasks, values);
  if (row?.seen === true) return { kind: 'created' };
  const [first] = tasks;
  if (first?.idempotency_key !== undefined) {
    const asked = [first.lane, first.idempotency_key];
    const [present] = await database.run<{ id: string; codeunit: string }>(taskOfKey, asked);
    if (present !== undefined) return { kind: 'other', ...present };
  }
  if (hasEnded && row?.too_early === true) return { kind: 'absent' };
  return { kind: 'unknown', cause: null };
}

/** The error for a task of which nobody can say whether it was created. */
export function outcomeUnknown(task: NewTask, cause: unknown): NightshiftError {
  const known =
    cause === null
      ? 'it does not wait; it was never created, or has run already'
      : 'whether it was created could not be looked up';
  return new NightshiftError(
    'OUTCOME_UNKNOWN',
    `The connection broke before task ${task.id} (${task.codeunit}) was confirmed: ${known}.`,
    { details: { taskId: task.id }, cause: cause ?? undefined },
  );
}

/**
 * Of an error whose insert did nothing: whether it may do better a moment later, or on another connection. Not when none
 * can be had.
 */
export function mayPass(error: unknown): boolean {
  const { kind, code } = classifyFailure(error);
  if (isNightshiftError(error)) return false;
  if (kind !== 'connection') return kind === 'transaction' || kind === 'schema';
  const { message } = error as Error;
  return /^[0-9A-Z]{5}$/.test(code ?? '') || message.endsWith('is not queryable');
}

/** What a caller is told whose task was certainly not created. */
export function refusalOf(error: unknown): unknown {
  if (isNightshiftError(error) || classifyFailure(error).kind !== 'connection') return error;
  return notCreated(error);
}

/** The error for a task that was certainly not created, because no connection held. */
export function notCreated(cause: unknown): NightshiftError {
  const text = 'The database does not answer; no task was created.';
  return new NightshiftError('DATABASE_UNAVAILABLE', text, { cause });
}
