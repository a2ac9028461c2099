import type { Database } from '../database/index.ts';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import { wakeOthers } from './task-scheduler.sql.ts';

/** Notifications go out at most this often: each one takes a lock that all commits of the cluster pass. */
const WAKE_INTERVAL_MS = 20;

/** The channel on which instances wake each other. */
export const WAKE_CHANNEL = 'nightshift_tasks';

/**
 * Tells the other instances that something is due. Sent after the commit, from a connection of the platform, many wishes
 * in one notification.
 */
export class WakeUp {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly service: Service;
  readonly #hurry = new AbortController();
  #wanted = false;
  #sending: Promise<void> | null = null;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.service = serviceOf('wake-up', {
      start: async () => undefined,
      stop: () => this.sent(),
    });
  }

  /** Wakes the others soon. */
  send(): void {
    this.#wanted = true;
    this.#sending ??= this.#send();
  }

  /** Resolves when nothing waits to be sent. Nothing is held back any more. */
  async sent(): Promise<void> {
    this.#hurry.abort();
    await this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      // A lost wake-up costs one poll interval, nothing else.
      await this.#database.run(wakeOthers, ['']).catch(() => undefined);
      await this.#clock.sleep(WAKE_INTERVAL_MS, this.#hurry.signal);
    }
    this.#sending = null;
  }
}
