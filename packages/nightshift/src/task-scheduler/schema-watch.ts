import type { Executor } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { noteNewerSchema, readSchemaState } from './schema-watch.sql.ts';
import type { TaskDispatcher } from './task-dispatcher.ts';

/** How often the instance looks whether somebody changes the schema under it, or has done so. */
const POLL_MS = 2 * SECOND_MS;
/** Where upgrades are announced, too, so that nobody has to wait for the poll. */
export const UPGRADE_CHANNEL = 'nightshift_upgrade';

/** What the schema is watched with. */
export interface SchemaWatchParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly epoch: string;
  /** The platform's migrations that this release knows. */
  readonly knownMigrations: readonly string[];
  readonly directory: Directory;
}

/** What claims tasks. */
type Claimer = Pick<TaskDispatcher, 'service' | 'handBack'>;

interface Upgrade {
  /** 0: all of them. */
  readonly companyNo: number;
  readonly what: string;
}

interface SchemaStateRow {
  readonly newer: string | null;
  readonly upgrades: readonly Upgrade[];
}

/**
 * Looks whether the platform's schema has become newer than this release: then the instance claims nothing, and says so. While an upgrade is under way the claim itself finds nothing; here that is told.
 */
export class SchemaWatch {
  readonly #parts: SchemaWatchParts;
  readonly service: Service;
  #newer: string | null = null;
  #upgrades: readonly Upgrade[] = [];
  #claimer: Claimer | null = null;
  #looking: Promise<void> | null = null;

  constructor(parts: SchemaWatchParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.service = serviceOf('schema watch', {
      start: async (signal) => {
        loop = (async () => {
          while (!signal.aborted) {
            await this.look();
            await parts.clock.sleep(POLL_MS, signal);
          }
        })();
      },
      stop: () => loop,
    });
  }

  /** Whether this instance may claim tasks of a company, as of the last look. */
  mayClaim(companyNo: number): boolean {
    return this.#newer === null && !this.#upgrades.some((one) => [0, companyNo].includes(one.companyNo));
  }

  /** The dispatcher for whoever starts it: it does not start, and is stopped, while the schema is too new. */
  guard(claimer: Claimer): Claimer {
    this.#claimer = claimer;
    const { service } = claimer;
    const start = async () => (this.#newer === null ? service.start() : undefined);
    return {
      service: { name: service.name, start, stop: () => service.stop() },
      handBack: () => claimer.handBack(),
    };
  }

  /** Looks now. A database that does not answer has not changed its schema. */
  look(): Promise<void> {
    this.#looking ??= this.runOnce()
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  /** One look; says what has changed since the last. Returns the migration that this release does not know, if any. */
  async runOnce(): Promise<string | null> {
    const { database, knownMigrations } = this.#parts;
    const [state] = await database.run<SchemaStateRow>(readSchemaState, [knownMigrations]);
    if (state === undefined) return this.#newer;
    this.#tellUpgrades(state.upgrades);
    if (state.newer !== this.#newer) await this.#tellNewer(state.newer);
    return this.#newer;
  }

  async #tellNewer(newer: string | null): Promise<void> {
    const { database, telemetry, epoch } = this.#parts;
    // First what can fail: then it is tried again with the next look.
    await database.run(noteNewerSchema, [epoch, newer]);
    this.#newer = newer;
    if (newer === null) {
      telemetry.emit('NS0033', { epoch, what: 'the time of a newer schema' });
    } else {
      telemetry.emit('NS0031', { epoch, migration: newer });
      await this.#claimer?.service.stop();
      await this.#claimer?.handBack();
    }
  }

  #tellUpgrades(upgrades: readonly Upgrade[]): void {
    const { telemetry, directory, epoch } = this.#parts;
    const before = this.#upgrades;
    this.#upgrades = upgrades;
    for (const { companyNo, what } of upgrades) {
      if (before.some((one) => one.companyNo === companyNo && one.what === what)) continue;
      const company = directory.companies.find(({ no }) => no === companyNo)?.name ?? 'all';
      telemetry.emit('NS0032', { epoch, company, what });
    }
    for (const { companyNo, what } of before) {
      if (upgrades.some((one) => one.companyNo === companyNo && one.what === what)) continue;
      telemetry.emit('NS0033', { epoch, what });
    }
  }
}
