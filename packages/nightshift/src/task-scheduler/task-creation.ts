import { classifyFailure, type Database, lostAnswerOf } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { KeyedCreation } from './keyed-creation.ts';
import { mayPass, notCreated, outcomeUnknown, refusalOf, truthOf } from './lost-creation.ts';
import type { NewTask } from './scheduled-task.ts';
import { type CreatedTask, TaskBatches, textOf, type WaitingTask } from './task-batches.ts';
import type { TaskBirths } from './task-birth.ts';
import { createTasksOfMany } from './task-creation.sql.ts';
import type { WakeUp } from './wake-up.ts';

/** How often an insert is sent again of which it is certain that it did nothing. */
const INSERTS_MAX = 3;

/** Inserts the tasks of callers without a transaction, many in one statement. */
export class TaskCreation {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #plain = new TaskBatches((batch) => this.#insert(batch, INSERTS_MAX));
  readonly #keyed: KeyedCreation;
  readonly #births: () => TaskBirths | null;
  readonly #wakeUp: Pick<WakeUp, 'carry'>;

  /** @param births of the instance that runs in this process; null: none does */
  constructor(
    database: Database,
    clock: Clock,
    births: () => TaskBirths | null,
    wakeUp: Pick<WakeUp, 'carry'>,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#births = births;
    this.#wakeUp = wakeUp;
    this.#keyed = new KeyedCreation(database, clock);
  }

  /**
   * Resolves when the task is committed; with an idempotency key, the id is that of the live task that has it.
   * @throws NightshiftError CONFLICT when that one is of another codeunit; OUTCOME_UNKNOWN; DATABASE_BUSY; errors of
   *   PostgreSQL
   */
  create(task: NewTask): Promise<CreatedTask> {
    return task.idempotency_key === undefined ? this.#plain.add(task) : this.#keyed.create(task);
  }

  async #insert(batch: readonly WaitingTask[], insertsLeft: number): Promise<void> {
    const birth = this.#births()?.offer(batch) ?? null;
    const { ids = [], claim = null, epoch = null } = birth ?? {};
    const call = this.#callFor(batch, ids);
    try {
      const values = [textOf(batch), this.#clock.pinned(), ids, claim, epoch, call];
      await this.#database.run(createTasksOfMany, values);
      birth?.born();
      const toCall = call === null ? 'all' : 'this instance';
      for (const { task, resolve } of batch) resolve(task.id, ids.includes(task.id) ? 'nobody' : toCall);
    } catch (error) {
      birth?.lost();
      const lost = lostAnswerOf(error);
      if (lost !== null) {
        await this.#settleLost(batch, lost.backend, insertsLeft);
      } else if (batch.length > 1 && classifyFailure(error).kind === 'refused') {
        // One that PostgreSQL refuses must not spoil the others. Nothing of the statement took effect.
        for (const one of batch) await this.#insert([one], insertsLeft);
      } else if (insertsLeft > 1 && mayPass(error)) {
        await this.#insert(batch, insertsLeft - 1);
      } else {
        for (const { reject } of batch) reject(refusalOf(error));
      }
    }
  }

  /** The notification that goes out with the insert; null: none does. `born`: nobody is called for these. */
  #callFor(batch: readonly WaitingTask[], born: readonly string[]): string | null {
    const called = batch.filter(({ task }) => task.ready && !born.includes(task.id));
    return called.length === 0 ? null : this.#wakeUp.carry(called.map(({ task }) => task.lane));
  }

  /** A task may have run and be gone, so nothing is inserted again that may have been. */
  async #settleLost(
    batch: readonly WaitingTask[],
    backend: number | null,
    insertsLeft: number,
  ): Promise<void> {
    const context = { database: this.#database, clock: this.#clock };
    const tasks = batch.map(({ task }) => task);
    const truth = await truthOf(context, tasks, backend);
    if (truth.kind === 'created') for (const { task, resolve } of batch) resolve(task.id);
    else if (truth.kind !== 'absent')
      for (const { task, reject } of batch)
        reject(outcomeUnknown(task, truth.kind === 'unknown' ? truth.cause : null));
    else if (insertsLeft > 1) await this.#insert(batch, insertsLeft - 1);
    else for (const { reject } of batch) reject(notCreated(undefined));
  }
}
