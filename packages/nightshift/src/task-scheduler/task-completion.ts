import type { Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { completeTasks, completeTasksOfClaim } from './task-scheduler.sql.ts';

const BATCH_SIZE_MAX = 1_000;
/** Claims of one batch up to which each has a delete of its own. */
const CLAIMS_APART_MAX = 4;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/** A task that is done and stands in the table still. */
interface Done {
  readonly id: string;
  readonly claim: string;
}

/**
 * Removes tasks whose sessions had no transaction to remove them in, many at a time. One delete is under way at most;
 * what is done meanwhile goes with the next.
 */
export class TaskCompletion {
  readonly #database: Database;
  readonly #clock: Clock;
  #done: Done[] = [];
  #sent: readonly Done[] = [];
  #flushing: Promise<void> | null = null;
  #scheduled = false;
  #abandoned = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Tasks that wait for their removal. */
  get waiting(): number {
    return this.#done.length;
  }

  add(task: Done): void {
    if (this.#abandoned) return;
    this.#done.push(task);
    if (this.#scheduled || this.#flushing !== null) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flushing ??= this.#flush();
    });
  }

  /** The claims of tasks whose removal is not confirmed. */
  claims(): readonly string[] {
    return [...new Set([...this.#sent, ...this.#done].map(({ claim }) => claim))];
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#done.length > 0 || this.#flushing !== null) {
      this.#flushing ??= this.#flush();
      await this.#flushing;
    }
  }

  /** Forgets what waits: the claims are lost. */
  abandon(): void {
    this.#abandoned = true;
    this.#done = [];
  }

  async #flush(): Promise<void> {
    let delay = RETRY_MS_MIN;
    try {
      while (this.#done.length > 0) {
        const batch = this.#done.splice(0, BATCH_SIZE_MAX);
        this.#sent = batch;
        try {
          await this.#remove(batch);
          delay = RETRY_MS_MIN;
        } catch {
          // The claim still guards the rows, so trying again is harmless, however the error read.
          if (this.#abandoned) return;
          this.#done.unshift(...batch);
          await this.#clock.sleep(delay);
          delay = Math.min(delay * 2, RETRY_MS_MAX);
        }
      }
    } finally {
      this.#sent = [];
      this.#flushing = null;
    }
  }

  async #remove(batch: readonly Done[]): Promise<void> {
    const byClaim = Map.groupBy(batch, ({ claim }) => claim);
    if (byClaim.size > CLAIMS_APART_MAX) {
      const values = [batch.map(({ id }) => id), batch.map(({ claim }) => claim)];
      await this.#database.run(completeTasks, values);
      return;
    }
    const removals = [...byClaim].map(([claim, tasks]) =>
      this.#database.run(completeTasksOfClaim, [tasks.map(({ id }) => id), claim]),
    );
    // All of them, or what is under way still would be sent again.
    const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}
