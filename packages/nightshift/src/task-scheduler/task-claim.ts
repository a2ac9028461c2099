import type { Database } from '../database/index.ts';
import { type Clock, randomUuid } from '../foundation/index.ts';
import { type ClaimedTask, type ClaimedTaskRow, claimedTaskOf } from './scheduled-task.ts';
import { claimDueTasks, nextDueInMs, releaseTasks, releaseUnknownClaims } from './task-scheduler.sql.ts';

/** Who claims, and what it can run. */
export interface ClaimContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly epoch: string;
  readonly lanes: readonly number[];
  readonly codeunits: readonly string[];
}

/** Claims due tasks in batches, one random nonce a batch. Lanes take turns, so that no company starves another. */
export class TaskClaim {
  readonly #context: ClaimContext;
  readonly #known = new Map<string, number>();
  #turn = 0;

  constructor(context: ClaimContext) {
    this.#context = context;
  }

  /**
   * Claims at most `limit` due tasks, oldest first within a lane.
   * @throws the database's error; rows that were claimed without our learning of it are released by `releaseUnknown`
   */
  async claim(limit: number): Promise<readonly ClaimedTask[]> {
    const { lanes } = this.#context;
    const claimed: ClaimedTask[] = [];
    for (let step = 0; step < lanes.length && claimed.length < limit; step++) {
      const lane = lanes[(this.#turn + step) % lanes.length] as number;
      claimed.push(...(await this.#claimLane(lane, limit - claimed.length)));
    }
    this.#turn = (this.#turn + 1) % Math.max(1, lanes.length);
    return claimed;
  }

  /** Milliseconds until the next task of any lane is due; null when none waits. */
  async nextDueMs(): Promise<number | null> {
    const { database, clock, lanes } = this.#context;
    const rows = await Promise.all(
      lanes.map((lane) => database.run<{ ms: string | null }>(nextDueInMs, [lane, clock.pinned()])),
    );
    const waits = rows.flatMap(([row]) => (row?.ms == null ? [] : [Number(row.ms)]));
    return waits.length === 0 ? null : Math.max(0, Math.min(...waits));
  }

  /**
   * Hands tasks back that were not started; it costs them no attempt.
   * @throws the database's error; what was not handed back is no longer known, so `releaseUnknown` frees it
   */
  async release(tasks: readonly ClaimedTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const values = [tasks.map(({ id }) => id), tasks.map(({ claim }) => claim)];
    try {
      await this.#context.database.run(releaseTasks, values);
    } finally {
      for (const task of tasks) this.settled(task);
    }
  }

  /**
   * Releases rows whose claim this instance does not know: the answer to the claim was lost. `more` are claims of tasks
   * that are done and wait for their removal.
   */
  async releaseUnknown(more: readonly string[]): Promise<void> {
    await this.#context.database.run(releaseUnknownClaims, [
      this.#context.epoch,
      [...this.#known.keys(), ...more],
    ]);
  }

  /** Releases all rows of this instance; it costs them no attempt. Whoever works on one still finds its claim lost. */
  async releaseAll(): Promise<void> {
    this.#known.clear();
    await this.releaseUnknown([]);
  }

  /** Says that a task needs its claim no more. */
  settled(task: ClaimedTask): void {
    const left = (this.#known.get(task.claim) ?? 1) - 1;
    if (left > 0) this.#known.set(task.claim, left);
    else this.#known.delete(task.claim);
  }

  async #claimLane(lane: number, limit: number): Promise<readonly ClaimedTask[]> {
    const { database, clock, codeunits, epoch } = this.#context;
    // Made before sending: when the answer is lost, the nonce still tells our rows from everyone else's.
    const nonce = randomUuid();
    const values = [lane, clock.pinned(), codeunits, limit, nonce, epoch];
    const rows = await database.run<ClaimedTaskRow>(claimDueTasks, values);
    if (rows.length > 0) this.#known.set(nonce, rows.length);
    return rows
      .map((row) => claimedTaskOf(row, nonce))
      .sort((one, other) => one.dueSeconds - other.dueSeconds || (one.id < other.id ? -1 : 1));
  }
}
