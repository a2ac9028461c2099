import { classifyFailure, type Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { createTasksOfMany } from './task-scheduler.sql.ts';

/** Largest insert, in tasks. */
const BATCH_SIZE_MAX = 1_000;
/** And in characters of its text: a thousand of the largest records would be longer than a string may be. */
const BATCH_LENGTH_MAX = 4_000_000;
/** Inserts under way at a time: one is planned while the other waits for the disk. */
const BATCHES_IN_FLIGHT_MAX = 2;

/** A task to be inserted, with its columns as `create_tasks` names them. */
export interface NewTask {
  readonly id: string;
  readonly lane: number;
  readonly user_no: number;
  readonly codeunit: string;
  readonly failure_codeunit: string | null;
  readonly ready: boolean;
  /** ISO 8601, or null for now. */
  readonly due: string | null;
  readonly record: unknown;
  readonly timeout_ms: number;
  readonly correlation_id?: string | undefined;
}

interface Waiting {
  /** Made at once: what the caller does to its record afterwards is no part of the task. */
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Inserts the tasks of callers without a transaction: those that come while an insert is under way share the next one,
 * so many callers cost few commits and a single one never waits.
 */
export class TaskCreation {
  readonly #database: Database;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Resolves when the task is committed. */
  create(task: NewTask): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text: JSON.stringify(task), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= BATCHES_IN_FLIGHT_MAX) return;
    this.#scheduled = true;
    // Callers of the same turn come along.
    queueMicrotask(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    this.#inFlight++;
    try {
      await this.#insert(batch);
    } finally {
      this.#inFlight--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  #nextBatch(): readonly Waiting[] {
    let length = 0;
    let count = 0;
    for (const { text } of this.#waiting) {
      length += text.length;
      if (count === BATCH_SIZE_MAX || (count > 0 && length > BATCH_LENGTH_MAX)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #insert(batch: readonly Waiting[]): Promise<void> {
    try {
      const tasks = `[${batch.map(({ text }) => text).join()}]`;
      await this.#database.run(createTasksOfMany, [tasks, this.#clock.pinned()]);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length > 1 && classifyFailure(error).kind === 'refused') {
        // One that PostgreSQL refuses must not spoil the others. Nothing of the statement took effect.
        for (const one of batch) await this.#insert([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
