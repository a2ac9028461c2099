import { type Database, executorOver, lostAnswerOf, noteLostAnswer } from '../database/index.ts';
import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { mayPass, outcomeUnknown, refusalOf, truthOf } from './lost-creation.ts';
import type { NewTask } from './scheduled-task.ts';
import { type CreatedTask, TaskBatches, textOf, type WaitingTask } from './task-batches.ts';
import { createKeyedTasks } from './task-creation.sql.ts';

/** How long a task waits for a transaction that has taken its key and has not ended. */
export const KEY_WAIT_MS_MAX = 30 * SECOND_MS;
/** A connection that has not answered for this long is lost: locks are waited for much shorter. */
const ANSWER_MS_MAX = 15 * SECOND_MS;
const KEY_RETRY_MS_MIN = 50;
const KEY_RETRY_MS_MAX = SECOND_MS;

/** The live task that has the key, as `create_tasks` returns it; null when there was none in the end. */
export interface PresentTask {
  readonly wanted: string;
  readonly present: string | null;
  readonly present_codeunit: string | null;
}

/**
 * Inserts tasks that have an idempotency key, for callers without a transaction. Apart from the others, and over other
 * connections: such an insert may have to wait for somebody's transaction, and nobody may have to wait behind it.
 */
export class KeyedCreation {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #batches = new TaskBatches((batch) => this.#insert(batch));
  /** Since when the key of a task has been taken by a transaction that goes on, in monotonic milliseconds. */
  readonly #blockedSince = new Map<WaitingTask, number>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** As `TaskCreation.create`. */
  create(task: NewTask): Promise<CreatedTask> {
    return this.#batches.add(task);
  }

  async #insert(batch: readonly WaitingTask[]): Promise<void> {
    try {
      const rows = await this.#send(batch);
      const found = new Map(rows.map((row) => [row.wanted, row]));
      for (const waiting of batch) this.#settle(waiting, found.get(waiting.task.id));
    } catch (error) {
      await this.#failed(batch, error);
    }
  }

  #send(batch: readonly WaitingTask[]): Promise<PresentTask[]> {
    return this.#database.exclusively(async (client) => {
      try {
        return await executorOver(client, ANSWER_MS_MAX).run(createKeyedTasks, [
          textOf(batch),
          this.#clock.pinned(),
        ]);
      } catch (error) {
        noteLostAnswer(error, client);
        throw error;
      }
    });
  }

  #settle(waiting: WaitingTask, row: PresentTask | undefined): void {
    this.#blockedSince.delete(waiting);
    const { task, resolve, reject } = waiting;
    try {
      resolve(presentId(task, row));
    } catch (error) {
      reject(error);
    }
  }

  async #failed(batch: readonly WaitingTask[], error: unknown): Promise<void> {
    const lost = lostAnswerOf(error);
    for (const one of batch) {
      // Whatever became of the batch, each one finds out by itself: what is there has its id, or its key.
      if (lost !== null) await this.#settleLost(one, lost.backend);
      else if (batch.length > 1) await this.#insert([one]);
      else if (mayPass(error)) this.#tryLater(one, error);
      else this.#giveUp(one, refusalOf(error));
    }
  }

  async #settleLost(waiting: WaitingTask, backend: number | null): Promise<void> {
    const { task } = waiting;
    const truth = await truthOf({ database: this.#database, clock: this.#clock }, [task], backend);
    switch (truth.kind) {
      case 'created':
        return this.#settle(waiting, { wanted: task.id, present: task.id, present_codeunit: task.codeunit });
      case 'other':
        return this.#settle(waiting, {
          wanted: task.id,
          present: truth.id,
          present_codeunit: truth.codeunit,
        });
      case 'absent':
        return this.#tryLater(waiting, undefined);
      case 'unknown':
        return this.#giveUp(waiting, outcomeUnknown(task, truth.cause));
    }
  }

  /** Makes room for the others meanwhile. */
  #tryLater(waiting: WaitingTask, error: unknown): void {
    const now = this.#clock.monotonic();
    const since = this.#blockedSince.get(waiting) ?? now;
    const blockedMs = now - since;
    if (blockedMs >= KEY_WAIT_MS_MAX) {
      this.#giveUp(waiting, busy(waiting.task, error));
      return;
    }
    this.#blockedSince.set(waiting, since);
    const delay = Math.min(Math.max(blockedMs / 2, KEY_RETRY_MS_MIN), KEY_RETRY_MS_MAX);
    void this.#clock.sleep(delay).then(() => this.#batches.push(waiting));
  }

  #giveUp(waiting: WaitingTask, error: unknown): void {
    this.#blockedSince.delete(waiting);
    waiting.reject(error);
  }
}

/**
 * The id of the task that stands for a wanted one.
 * @throws NightshiftError CONFLICT when it is of another codeunit; DATABASE_BUSY when there was none after many tries
 */
export function presentId(task: NewTask, row: PresentTask | undefined): string {
  if (row === undefined || row.present === null) throw busy(task, undefined);
  if (row.present_codeunit === task.codeunit) return row.present;
  throw new NightshiftError(
    'CONFLICT',
    `Task ${row.present} has the idempotency key "${task.idempotency_key}" and is of codeunit "${row.present_codeunit}", not "${task.codeunit}".`,
    { field: 'idempotencyKey', details: { taskId: row.present, codeunit: row.present_codeunit } },
  );
}

function busy(task: NewTask, cause: unknown): NightshiftError {
  return new NightshiftError(
    'DATABASE_BUSY',
    `The idempotency key "${task.idempotency_key}" is taken by a transaction that has not ended; no task was created.`,
    { field: 'idempotencyKey', cause },
  );
}
