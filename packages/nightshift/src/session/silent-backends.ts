import { type Database, isAwaited, streamOf } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { backendStandings, endWaitingBackend } from './silent-backends.sql.ts';
import type { Slot, SlotPool } from './slots.ts';

/** How long a connection may owe an answer before the database is asked what its backend does. */
export const SILENCE_MS = 10 * SECOND_MS;
/** How often connections are looked at, and the database asked at most. */
const LOOK_MS = 5 * SECOND_MS;

/** What is needed to find connections that will never answer. */
export interface SilentBackendsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly slots: Pick<SlotPool, 'connected' | 'renewIdle'>;
}

/** A connection that owes an answer. */
interface Silence {
  /** On the monotonic clock: when this was first seen, with so many bytes received. */
  readonly since: number;
  readonly received: number;
  /** Where its backend stood at the last look and waited for us; null when it was not asked for, or did not wait. */
  standing: string | null;
}

interface Standing {
  readonly pid: number;
  readonly login: string;
  readonly waits: boolean;
  readonly standing: string;
}

/**
 * Finds the connections of sessions that the network has cut without a word. A socket does not tell: while what it has
 * sent is not acknowledged it waits for a quarter of an hour, and when only the answer was lost, for ever. So when an
 * answer is missing for long, the database is asked over another connection what the backend does. One that is gone, or
 * that twice in a row waits for us at the same place, will never answer: it is ended, so that it holds no locks, and the
 * connection is closed. What was under way there fails as on any lost connection. A backend that works, or waits for a
 * lock, is left alone however long it takes. All this takes 15 to 20 s from the statement on.
 */
export class SilentBackends {
  readonly #parts: SilentBackendsParts;
  #silences = new Map<Slot, Silence>();
  readonly service: Service;

  constructor(parts: SilentBackendsParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.service = serviceOf('silent backends', {
      start: async (signal) => {
        loop = this.#run(signal);
      },
      stop: () => loop,
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Not now, perhaps at the next look: a database that does not answer at all is told elsewhere.
      await this.runOnce().catch(() => undefined);
      await this.#parts.clock.sleep(LOOK_MS, signal);
    }
  }

  /**
   * One look. Costs the database nothing unless a connection has been silent for long.
   * @returns how many connections were ended
   * @throws the database's error
   */
  async runOnce(): Promise<number> {
    const silent = this.#note();
    if (silent.length === 0) return 0;
    const logins = silent.map(([{ login }]) => login);
    const values = [silent.map(([{ backend }]) => backend), logins];
    const rows = await this.#parts.database.run<Standing>(backendStandings, values);
    const found = new Map(rows.map((row) => [`${row.pid} ${row.login}`, row]));
    let ended = 0;
    for (const [slot, silence] of silent) {
      if (await this.#judge(slot, silence, found.get(`${slot.backend} ${slot.login}`))) ended++;
    }
    return ended;
  }

  /** Notes who owes an answer since when. Returns those that owe one for long. */
  #note(): [Slot, Silence][] {
    const now = this.#parts.clock.monotonic();
    const before = this.#silences;
    this.#silences = new Map();
    for (const slot of this.#parts.slots.connected()) {
      if (!isAwaited(slot.client)) continue;
      const known = before.get(slot);
      const goesOn = known !== undefined && isSilent(slot, known);
      const begins = { since: now, received: streamOf(slot.client).bytesRead, standing: null };
      this.#silences.set(slot, goesOn ? known : begins);
    }
    return [...this.#silences].filter(([, { since }]) => now - since >= SILENCE_MS);
  }

  /** Ends a connection that will never answer. Returns whether it was one. */
  async #judge(slot: Slot, silence: Silence, found: Standing | undefined): Promise<boolean> {
    if (!isSilent(slot, silence)) return false;
    if (found !== undefined) {
      const wasThere = found.waits && silence.standing === found.standing;
      silence.standing = found.waits ? found.standing : null;
      // The first time, the statement may just be arriving.
      if (!wasThere || !(await this.#end(slot, found))) return false;
    }
    // What cut one has cut others; who is to run again must not meet them.
    this.#parts.slots.renewIdle();
    streamOf(slot.client).destroy();
    const { backend } = slot;
    this.#parts.telemetry.emit('NS0035', { backend, what: found === undefined ? 'is gone' : 'waits for it' });
    return true;
  }

  /** Returns false when the backend does something else by now. */
  async #end({ backend, login }: Slot, { standing }: Standing): Promise<boolean> {
    const done = await this.#parts.database.run(endWaitingBackend, [backend, login, standing]);
    return done.length > 0;
  }
}

/** Whether nothing at all has come since. */
function isSilent({ client }: Slot, { received }: Silence): boolean {
  return isAwaited(client) && streamOf(client).bytesRead === received;
}
