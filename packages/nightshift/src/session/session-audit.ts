import type { Database } from '../database/index.ts';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import {
  type AuditEntry,
  type Directory,
  isGone,
  type LiveDirectory,
  type UserCard,
  writeAudit,
} from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { writeApart } from './write-apart.ts';

/** How often rows are written. */
const FLUSH_MS = 250;
/** Rows of one insert. */
const BATCH_SIZE_MAX = 500;
/** Rows that wait for a database that does not answer; further ones are dropped and counted. */
const WAITING_MAX = 10_000;

/** A row that is to be written. */
interface WaitingEntry {
  readonly entry: AuditEntry;
  readonly unlessGone: boolean;
}

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
  #waiting: WaitingEntry[] = [];
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

  /** The user, when he is known to be gone: disabled, or past his time; null: he is not. */
  gone(userNo: number): UserCard | null {
    const { clock, directory } = this.#parts;
    return goneAmong(directory.current, userNo, clock.now());
  }

  /**
   * Has a row written.
   * @param unlessGone not if its actor turns out to be gone: then that, and no right, is what he lacked
   */
  add(entry: AuditEntry, unlessGone = false): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push({ entry, unlessGone });
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
        const due = await this.#withoutGone(batch);
        const refused = await writeApart(due, (some) => writeAudit(database, some, clock.now()));
        this.#dropped += refused.length;
        this.#waiting.splice(0, batch.length);
      }
    } catch {
      return;
    }
    if (this.#dropped > 0) telemetry.emit('NS0040', { rows: this.#dropped });
    this.#dropped = 0;
  }

  async #withoutGone(batch: readonly WaitingEntry[]): Promise<readonly AuditEntry[]> {
    const { clock, directory } = this.#parts;
    // That he was disabled may be known here only after what it has led to.
    const known = batch.some(({ unlessGone }) => unlessGone) ? await directory.confirmed() : null;
    const isDue = ({ entry, unlessGone }: WaitingEntry) =>
      known === null || !unlessGone || goneAmong(known, entry.actor.user.no, clock.now()) === null;
    return batch.filter(isDue).map(({ entry }) => entry);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.length > 0) await this.flush();
      await this.#parts.clock.sleep(FLUSH_MS, signal);
    }
  }
}

function goneAmong({ users }: Pick<Directory, 'users'>, userNo: number | null, now: Date): UserCard | null {
  const user = users.find(({ no }) => no === userNo);
  return user !== undefined && isGone(user, now) ? user : null;
}
