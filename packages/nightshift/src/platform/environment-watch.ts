import type { Database } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { TaskDispatcher } from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { nameEnvironment, recordHold } from './environment.sql.ts';
import { heldBecause, readEnvironmentFacts } from './environment.ts';

/** How often an instance that is held, or does not know yet, looks whether it was released. */
const HELD_POLL_MS = SECOND_MS / 2;
/** How often one that runs looks whether the database is still its own. */
const POLL_MS = 2 * SECOND_MS;

/** What the watch works with. */
export interface EnvironmentWatchParts {
  readonly database: Pick<Database, 'run'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly epoch: string;
  /** The name of the environment that the instance is configured for. */
  readonly environment: string;
  /** Null for an instance that runs no tasks: there is nothing to hold. */
  readonly dispatcher: Pick<TaskDispatcher, 'service' | 'handBack'> | null;
}

/**
 * Lets the dispatcher run while the database is the one that was approved, under the name that this instance is
 * configured for; otherwise the instance is held. It goes on looking, so that a release needs no restart, and so that an
 * instance becomes held whose database was renamed or replaced beneath it. Until a first look has succeeded nothing runs.
 */
export class EnvironmentWatch {
  readonly #parts: EnvironmentWatchParts;
  readonly service: Service;
  #known: { readonly held: string | null } | null = null;

  constructor(parts: EnvironmentWatchParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.service = serviceOf('environment watch', {
      start: async (signal) => {
        if (parts.dispatcher === null) {
          await this.#record(null).catch(() => undefined); // for people to see, nothing hangs on it
          return;
        }
        const { service } = parts.dispatcher;
        // At once, not when a look that is under way has ended.
        signal.addEventListener('abort', () => void service.stop(), { once: true });
        await this.#look(signal);
        loop = this.#watch(signal);
      },
      stop: async () => {
        await loop;
        await parts.dispatcher?.service.stop();
      },
    });
  }

  /** Why the instance is held; null when it is not, or does not know yet. */
  get held(): string | null {
    return this.#known?.held ?? null;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isRunning = this.#known !== null && this.#known.held === null;
      await this.#parts.clock.sleep(isRunning ? POLL_MS : HELD_POLL_MS, signal);
      if (!signal.aborted) await this.#look(signal);
    }
  }

  /** A database that does not answer has not changed hands: things stay as they are. */
  #look(signal: AbortSignal): Promise<void> {
    return this.#lookOnce(signal).catch(() => undefined);
  }

  async #lookOnce(signal: AbortSignal): Promise<void> {
    const { dispatcher, telemetry, epoch, environment } = this.#parts;
    const held = heldBecause(await this.#facts(), environment);
    if (held !== null) {
      await dispatcher?.service.stop();
      await dispatcher?.handBack();
    }
    if (this.#known === null || this.#known.held !== held) {
      await this.#record(held);
      const wasHeld = this.held !== null;
      this.#known = { held };
      if (held !== null) telemetry.emit('NS0022', { epoch, environment, reason: held });
      else if (wasHeld) telemetry.emit('NS0023', { epoch, environment });
    }
    if (held === null && !signal.aborted) await dispatcher?.service.start();
  }

  async #facts() {
    const { database, environment } = this.#parts;
    const facts = await readEnvironmentFacts(database);
    if (facts.name !== null || heldBecause(facts, environment) !== null) return facts;
    await database.run(nameEnvironment, [environment]);
    // Not by the answer of the update: another instance may have been faster, with another name.
    return readEnvironmentFacts(database);
  }

  async #record(held: string | null): Promise<void> {
    const { database, epoch, environment } = this.#parts;
    await database.run(recordHold, [epoch, environment, held]);
  }
}
