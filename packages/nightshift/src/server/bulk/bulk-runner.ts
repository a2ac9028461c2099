import type { BulkTarget } from '../../contract/bulk-operation.ts';
import { type Clock, isNightshiftError, MINUTE_MS, randomUuid, SECOND_MS } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';
import { beginRow, claimOperation, endOperation, endRow, leaveOperation } from './bulk.sql.ts';
import { BULK_TARGETS } from './bulk-freeze.ts';
import type { BulkQueue } from './bulk-queue.ts';
import type { BulkArguments } from './bulk-target.ts';

/** A worker that has given no sign for so long is dead: longer than any verb waits for a lock. */
const SILENCE_MS = 2 * MINUTE_MS;
/** How often it is looked whether somebody has left something undone. */
const LOOK_MS = 15 * SECOND_MS;
/** Operations that one server works on at a time. */
const AT_ONCE_MAX = 4;

interface ClaimedOperation {
  readonly id: string;
  readonly user_name: string;
  readonly company_name: string;
  readonly target: BulkTarget;
  readonly items: string | null;
  readonly action: string;
  readonly arguments: BulkArguments;
  readonly correlation_id: string | null;
}

/**
 * Does to many what was written down, one after another, as whoever asked for it and with his rights of then. What another server
 * has left undone it goes on with.
 */
export class BulkRunner implements BulkQueue {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #worker = randomUuid();
  readonly #ended = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(platform: Platform, clock: Clock) {
    this.#platform = platform;
    this.#clock = clock;
  }

  /** Looks from time to time, until it is closed, for what nobody works on. */
  async watch(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await this.look();
      await this.#clock.sleep(LOOK_MS, this.#ended.signal).catch(() => undefined);
    }
  }

  async look(operationId: string | null = null): Promise<boolean> {
    if (this.#ended.signal.aborted || this.#running.size >= AT_ONCE_MAX) return false;
    const now = this.#clock.now();
    const silent = new Date(now.getTime() - SILENCE_MS);
    const [claimed] = await this.#platform.database
      .run<ClaimedOperation>(claimOperation, [this.#worker, now, silent, operationId])
      // Without its database the server has nothing to do; it looks again.
      .catch(() => []);
    if (claimed === undefined) return false;
    const work = this.#work(claimed).finally(() => this.#running.delete(work));
    this.#running.add(work);
    return true;
  }

  /** Ends after the rows that are being done; others go on with the rest. */
  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#running);
  }

  async #work(operation: ClaimedOperation): Promise<void> {
    const { database } = this.#platform;
    const mine = [operation.id, this.#worker];
    try {
      while (!this.#ended.signal.aborted) {
        const [row] = await database.run<BegunRow>(beginRow, [...mine, this.#clock.now()]);
        if (row === undefined) {
          await database.run(endOperation, [...mine, this.#clock.now()]);
          return;
        }
        const outcome = await this.#outcomeOf(operation, row.target_id);
        await database.run(endRow, [operation.id, row.no, ...outcome]);
      }
      await database.run(leaveOperation, mine);
    } catch {
      // The database is gone, or what broke is none of the row's matter: whoever finds it silent goes on.
    }
  }

  /** @throws what is none of the row's matter */
  async #outcomeOf(
    { target, items, action, arguments: given, ...operation }: ClaimedOperation,
    id: string,
  ): Promise<readonly [outcome: 'Done' | 'Refused' | 'Unknown', code: string | null, reason: string | null]> {
    try {
      const caller = this.#callerOf(operation);
      await BULK_TARGETS[target].act({ caller, items: items ?? '', action, id, given });
      return ['Done', null, null];
    } catch (error) {
      if (isNightshiftError(error) && error.status < 500) return ['Refused', error.code, error.message];
      const code = isNightshiftError(error) ? error.code : 'INTERNAL';
      return ['Unknown', code, 'It broke off: look how it stands.'];
    }
  }

  #callerOf(operation: Pick<ClaimedOperation, 'user_name' | 'company_name' | 'correlation_id'>): Caller {
    const { user_name: user, company_name: company, correlation_id: correlationId } = operation;
    return this.#platform.as({ user, company, ...(correlationId === null ? {} : { correlationId }) });
  }
}

interface BegunRow {
  readonly no: number;
  readonly target_id: string;
}
