import type { Database } from '../database/index.ts';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import { type AuditEntry, type LiveDirectory, writeAudit } from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { writeApart } from './write-apart.ts';

/** How often rows are written. */
const FLUSH_MS = 250;
/** Rows of one insert. */
const BATCH_SIZE_MAX = 500;
/** Rows that wait for a database that does not answer; further ones are dropped and counted. */
const WAITING_MAX = 10_000;

/** What it is made of. */
export interface SessionAuditParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Who may do what, for the sentences. */
  readonly directory: LiveDirectory;
}

/**
 * Writes what sessions leave in the audit log (what they were refused, which rights they were lent) in batches and off the
 * sessions' own path. A write that fails is tried again and never becomes a session's failure; a session that rolls back
 * takes nothing back here.
 */
export class SessionAudit {
  readonly #parts: SessionAuditParts;
  #waiting: AuditEntry[] = [];
  #dropped = 0;
  #flushing: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly writer: Service;

  constructor(parts: SessionAuditParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.writer = serviceOf('session audit', {
      start: async (signal) => {
        loop = this.#run(signal);
      },
      stop: async () => {
        await loop;
        this.#stopped = true;
        await this.flush();
      },
    });
  }

  /** Who may do what, as it is known now. */
  get directory(): LiveDirectory {
    return this.#parts.directory;
  }

  /** Has a row written. */
  add(entry: AuditEntry): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(entry);
    // A killed session's code may go on after the last regular write.
    if (this.#stopped) void this.flush();
  }

  /** Writes what waits. Never rejects; what cannot be written now waits for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const { database, clock, telemetry } = this.#parts;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, BATCH_SIZE_MAX);
        const refused = await writeApart(batch, (some) => writeAudit(database, some, clock.now()));
        this.#dropped += refused.length;
        this.#waiting.splice(0, batch.length);
      }
    } catch {
      return;
    }
    if (this.#dropped > 0) telemetry.emit('NS0040', { rows: this.#dropped });
    this.#dropped = 0;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.length > 0) await this.flush();
      await this.#parts.clock.sleep(FLUSH_MS, signal);
    }
  }
}
