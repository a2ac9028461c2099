import type { Executor } from '../database/index.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { releaseUnansweredClaims } from './presence.sql.ts';
import { releaseTasks, wakeOthers } from './task-scheduler.sql.ts';

/** A claim may still have been under way when its rows were looked for: they are looked for once more so many beats later. */
const LATE_BEATS = 5;

/**
 * From the heartbeat thread: hands back what a blocked main thread has claimed and not started; it costs the tasks
 * nothing. What could not be written waits for the next beat.
 */
export class HandBack {
  readonly #ledger: Pick<ClaimLedger, 'handOver'>;
  readonly #epoch: string;
  #ids: readonly string[] = [];
  #claims: readonly string[] = [];
  #unanswered: readonly string[] = [];
  #late: { readonly claims: readonly string[]; beats: number } = { claims: [], beats: 0 };

  constructor(ledger: Pick<ClaimLedger, 'handOver'>, epoch: string) {
    this.#ledger = ledger;
    this.#epoch = epoch;
  }

  /** Takes over what has not been started by now. */
  take(): void {
    const { ids, claims, unanswered } = this.#ledger.handOver();
    this.#ids = [...this.#ids, ...ids];
    this.#claims = [...this.#claims, ...claims];
    this.#unanswered = [...this.#unanswered, ...unanswered];
  }

  /**
   * Once a beat: writes what waits. Returns how many tasks were given back.
   * @throws the database's error; nothing is forgotten
   */
  async write(executor: Executor): Promise<number> {
    let tasks = 0;
    if (this.#ids.length > 0) {
      await executor.run(releaseTasks, [this.#ids, this.#claims]);
      tasks += this.#ids.length;
      this.#ids = [];
      this.#claims = [];
    }
    if (this.#late.claims.length > 0 && --this.#late.beats <= 0) {
      tasks += (await executor.run(releaseUnansweredClaims, [this.#epoch, this.#late.claims])).length;
      this.#late = { claims: [], beats: 0 };
    }
    if (this.#unanswered.length > 0) {
      tasks += (await executor.run(releaseUnansweredClaims, [this.#epoch, this.#unanswered])).length;
      this.#late = { claims: [...this.#late.claims, ...this.#unanswered], beats: LATE_BEATS };
      this.#unanswered = [];
    }
    if (tasks > 0) await executor.run(wakeOthers, ['']);
    return tasks;
  }
}
