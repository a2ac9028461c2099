import type pg from 'pg';
import { type Database, type Executor, executorOver, farewell } from '../../database/index.ts';
import { type Clock, SECOND_MS } from '../../foundation/index.ts';
import type { LiveDirectory } from '../../permissions/index.ts';
import { ListTopic } from './list-topic.ts';
import { limitLooks, readSnapshot } from './live-changes.sql.ts';
import type { Listener } from './live-listener.ts';
import { RowTopic } from './row-topic.ts';

/** How often is looked at most: so many times a second something is told at most. */
const LOOK_MS = 250;
/** Looking and telling is followed by a pause so many times as long. */
const PAUSE_PER_LOOK = 19;
const PAUSE_MS_MAX = 5 * SECOND_MS;
/** Longest look. */
const LOOK_MS_MAX = 5 * SECOND_MS;
/** How long to wait for a database that does not answer. */
const RETRY_MS = SECOND_MS;

type Topic = ListTopic | RowTopic;

/** What the feed works with. */
export interface FeedParts {
  readonly database: Database;
  readonly directory: Pick<LiveDirectory, 'version' | 'fresh'>;
  readonly clock: Clock;
}

/**
 * Looks for changes on behalf of all listeners of a process, over one connection, while there are any. Each look is cheap, and
 * the dearer it is, the rarer it gets.
 */
export class LiveFeed {
  readonly #parts: FeedParts;
  readonly #topics = new Map<string, Topic>();
  readonly #behind = new Set<Listener>();
  readonly #closed = new AbortController();
  #running: Promise<void> | null = null;
  #snapshot = '';
  #rights = 0;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Begins to tell somebody; he is let in with the next look. @returns what ends it */
  add(listener: Listener): () => void {
    const key = `${listener.list} ${listener.companyNo} ${listener.row === null ? 'list' : 'rows'}`;
    const topic = this.#topics.get(key) ?? this.#newTopic(listener);
    this.#topics.set(key, topic);
    topic.add(listener);
    this.#begin();
    return () => {
      topic.remove(listener);
      this.#behind.delete(listener);
      if (topic.isEmpty && this.#topics.get(key) === topic) this.#topics.delete(key);
    };
  }

  /** Somebody could not take what he was told: he is asked again after each look. */
  fellBehind(listener: Listener): void {
    this.#behind.add(listener);
  }

  /** Stops looking. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  #begin(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Somebody may have come while the last one left.
      if (this.#topics.size > 0 && !this.#closed.signal.aborted) this.#begin();
    });
  }

  #newTopic({ list, companyNo, row }: Listener): Topic {
    return row === null ? new ListTopic(list, companyNo, this.#parts.clock) : new RowTopic(list, companyNo);
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#closed;
    while (!signal.aborted && this.#topics.size > 0) {
      // Whatever breaks it, an answer or the connection: it begins anew, and misses nothing by that.
      await this.#lookAround(signal).catch(() => clock.sleep(RETRY_MS, signal));
    }
  }

  async #lookAround(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#parts;
    const lost = new AbortController();
    const client: pg.Client = await database.dedicated('live', () => lost.abort());
    try {
      const executor = executorOver(client);
      await executor.run(limitLooks, [String(LOOK_MS_MAX)]);
      this.#snapshot = '';
      while (!signal.aborted && this.#topics.size > 0) {
        const startedAt = clock.monotonic();
        await this.#round(executor);
        const cost = clock.monotonic() - startedAt;
        const pause = Math.min(Math.max(LOOK_MS - cost, cost * PAUSE_PER_LOOK), PAUSE_MS_MAX);
        await clock.sleep(pause, AbortSignal.any([signal, lost.signal]));
      }
    } finally {
      await farewell(client);
    }
  }

  async #round(executor: Executor): Promise<void> {
    const { directory } = this.#parts;
    const [now] = await executor.run<{ snapshot: string; head: string }>(readSnapshot, []);
    const round = { head: now?.head ?? '', isQuiet: now?.snapshot === this.#snapshot };
    await directory.fresh();
    const isSame = directory.version === this.#rights;
    this.#rights = directory.version;
    for (const [key, topic] of [...this.#topics]) {
      await topic.look(executor, round);
      if (!isSame) await topic.checkRights();
      if (topic.isEmpty && this.#topics.get(key) === topic) this.#topics.delete(key);
    }
    // Not before all have looked: what a failed look did not see is looked for again.
    this.#snapshot = now?.snapshot ?? '';
    for (const listener of [...this.#behind]) {
      this.#behind.delete(listener);
      listener.catchUp();
    }
  }
}
