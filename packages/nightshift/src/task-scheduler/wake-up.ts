import type { Database } from '../database/index.ts';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import { wakeOthers } from './task-scheduler.sql.ts';

/** Notifications go out at most this often: each one takes a lock that all commits of the cluster pass. */
const WAKE_INTERVAL_MS = 20;

/** The channel on which instances wake each other. */
export const WAKE_CHANNEL = 'nightshift_tasks';

/** What an instance tells the others: companies that may have due tasks, or all. */
export interface WakeCall {
  readonly lane: number | null;
  /** Also tasks that had been due for a while before anybody could see them. */
  readonly fromStart: boolean;
}

/** All companies, whatever was due when. */
const WAKE_ALL: readonly WakeCall[] = [{ lane: null, fromStart: true }];
/** More companies than this are called together: a notification may have 8,000 characters. */
const LANES_MAX = 500;
const PAYLOAD = /^\d{1,10}\*?(,\d{1,10}\*?)*$/;

/** Reads a notification, such as `1,7*`. Whatever cannot be read, also nothing, calls all. */
export function wakeCallsOf(payload: string): readonly WakeCall[] {
  if (!PAYLOAD.test(payload)) return WAKE_ALL;
  return payload
    .split(',')
    .map((part) => ({ lane: Number.parseInt(part, 10), fromStart: part.endsWith('*') }));
}

/**
 * Tells the other instances that something is due. Sent after the commit, from a connection of the platform, many wishes
 * in one notification.
 */
export class WakeUp {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly service: Service;
  readonly #hurry = new AbortController();
  /** Companies to be called, and whether from the start; null: all. */
  #wanted: Map<number, boolean> | null = new Map();
  #sending: Promise<void> | null = null;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.service = serviceOf('wake-up', {
      start: async () => undefined,
      stop: () => this.sent(),
    });
  }

  /** Wakes the others soon. `lane` null: for all companies. */
  send(lane: number | null, fromStart: boolean): void {
    if (lane === null || (this.#wanted?.size ?? 0) >= LANES_MAX) this.#wanted = null;
    else this.#wanted?.set(lane, fromStart || this.#wanted.get(lane) === true);
    this.#sending ??= this.#send();
  }

  /**
   * What a transaction that creates tasks of these companies is to notify the others of by itself, which spares them a round
   * trip and a commit. Null: it is too soon after the last time, and `send` says it. Such a transaction holds the lock of
   * notifications while it waits for the disk, so that not every one may.
   */
  carry(lanes: readonly number[]): string | null {
    if (this.#sending !== null) return null;
    this.#sending = this.#rest().then(() => this.#send());
    const called = new Set(lanes);
    return called.size > LANES_MAX ? '' : [...called].join();
  }

  /** Resolves when nothing waits to be sent. Nothing is held back any more. */
  async sent(): Promise<void> {
    this.#hurry.abort();
    await this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#wanted?.size !== 0) {
      const calls = [...(this.#wanted ?? [])].map(([lane, fromStart]) => (fromStart ? `${lane}*` : lane));
      this.#wanted = new Map();
      // A lost wake-up costs one poll interval, nothing else.
      await this.#database.run(wakeOthers, [calls.join()]).catch(() => undefined);
      await this.#rest();
    }
    this.#sending = null;
  }

  #rest(): Promise<void> {
    return this.#clock.sleep(WAKE_INTERVAL_MS, this.#hurry.signal);
  }
}
