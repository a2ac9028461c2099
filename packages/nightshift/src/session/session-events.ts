import type { Database, Statement } from '../database/index.ts';
import {
  type Clock,
  printable,
  type Service,
  type StoredError,
  serviceOf,
  storedErrorOf,
  uuidV7,
} from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ActiveSession, SessionObserver } from './active-sessions.ts';
import { activeRow, bareEndRow, type EndStamp, endRow, tableOf } from './event-rows.ts';
import { isPlain, PlainEnds } from './plain-ends.ts';
import type { SessionEnd } from './session-event.ts';
import { type EventTable, endSessions, listSessions } from './session-events.sql.ts';
import { writeApart, writeOnceMore } from './write-apart.ts';

/** How often events are written. */
const FLUSH_MS = 250;
/** Largest insert, in events and in characters. */
const BATCH_SIZE_MAX = 1_000;
const BATCH_LENGTH_MAX = 4_000_000;
/**
 * Events that wait for a database that does not answer. Beyond that, ends without an error are dropped, and beyond twice
 * that those with one; never those of listed sessions, which would stay listed.
 */
const WAITING_MAX = 20_000;
/** Characters of them; beyond that, only that a session has ended is kept, not what it has left behind. */
const WAITING_LENGTH_MAX = 64_000_000;
const TABLES = ['background_session_event', 'session_event'] as const;

/** The end of a session, with all that the tables say of it. */
interface EndRow {
  readonly table: EventTable;
  readonly session: ActiveSession;
  /** The row as JSON: what it is made of changes while it waits, and how much it is must be known. */
  readonly json: string;
  /** The same without what may be refused. */
  readonly bare: () => string;
}

/** What a writer of events is made of. */
export interface SessionEventsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly epoch: string;
}

/**
 * Writes what happens to the sessions of one server instance, in batches and off the sessions' own path: a write that
 * fails is tried again and never becomes a session's failure.
 */
export class SessionEvents implements SessionObserver {
  readonly #parts: SessionEventsParts;
  /** To be listed, by id: one that was queued gives way to the one that runs. */
  #changed = new Map<number, ActiveSession>();
  /** What a write under way lists. */
  #listing = new Map<number, ActiveSession>();
  #ended: EndRow[] = [];
  /** Characters that wait in `ended`. */
  #length = 0;
  readonly #plain = new PlainEnds();
  #flushing: Promise<void> = Promise.resolve();
  #dropped = 0;
  #stopped = false;
  readonly writer: Service;

  constructor(parts: SessionEventsParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.writer = serviceOf('session events', {
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

  /**
   * Lists a session as active before its first line of user code, so that one which never ends is found.
   * @throws the database's error
   */
  async announceNow(session: ActiveSession): Promise<void> {
    session.announced = true;
    this.#forget(session.id);
    await writeOnceMore(() => this.#writeActive(tableOf(session), [session]));
  }

  announce(session: ActiveSession): void {
    if (leavesNone(session)) return;
    session.announced = true;
    this.#changed.set(session.id, session);
  }

  changed(session: ActiveSession): void {
    this.announce(session);
  }

  /** Notes how a session ended. `lingers`: its code still runs, so it stays listed. */
  ended(session: ActiveSession, end: SessionEnd, lingers = false): void {
    if (leavesNone(session)) return;
    if (!lingers) this.#forget(session.id);
    if (!this.#hasRoom(session, end)) {
      this.#dropped++;
      return;
    }
    // The clock may have been set back.
    const at = new Date(Math.max(this.#parts.clock.now().getTime(), session.startedAt.getTime()));
    if (isPlain(session, end, at.getTime())) {
      this.#plain.add(session, tableOf(session), at.getTime());
      if (this.#plain.size % BATCH_SIZE_MAX === 0 || this.#stopped) void this.flush();
      return;
    }
    this.#note(session, end, { at, id: uuidV7(at), lingers });
    if (this.#ended.length % BATCH_SIZE_MAX === 0 || this.#stopped) void this.flush();
  }

  #hasRoom(session: ActiveSession, end: SessionEnd): boolean {
    const waiting = this.#ended.length + this.#plain.size;
    return session.listed || waiting < (end.error === null ? WAITING_MAX : 2 * WAITING_MAX);
  }

  #note(session: ActiveSession, end: SessionEnd, stamp: EndStamp): void {
    const bare = () => JSON.stringify(bareEndRow(session, end, stamp));
    const whole = JSON.stringify(endRow(session, end, stamp));
    const json = this.#length + whole.length > WAITING_LENGTH_MAX ? bare() : whole;
    this.#length += json.length;
    this.#ended.push({ table: tableOf(session), session, json, bare });
  }

  /** Writes what waits. Never rejects; what cannot be written now waits for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const ended = this.#ended;
    this.#ended = [];
    this.#listing = this.#changed;
    this.#changed = new Map();
    try {
      await this.#list([...this.#listing.values()]);
    } catch {
      this.#changed = new Map([...this.#listing, ...this.#changed]);
    }
    this.#listing = new Map();
    try {
      this.#dropped += await this.#plain.write(this.#parts.database, this.#parts.epoch);
      while (ended.length > 0) {
        const batch = ended.slice(0, batchSize(ended));
        await this.#end(batch);
        ended.splice(0, batch.length);
        for (const { json } of batch) this.#length -= json.length;
      }
    } catch {
      this.#ended = [...ended, ...this.#ended];
      return;
    }
    if (this.#dropped > 0) this.#parts.telemetry.emit('NS0012', { events: this.#dropped });
    this.#dropped = 0;
  }

  /** What has ended, or is listed already, must not be listed when a write that failed is tried again. */
  #forget(id: number): void {
    this.#changed.delete(id);
    this.#listing.delete(id);
  }

  /** Two statements, one a table. A session that cannot be listed is not. */
  async #list(sessions: readonly ActiveSession[]): Promise<void> {
    for (const table of TABLES) {
      const own = sessions.filter((session) => tableOf(session) === table);
      await writeApart(own, (some) => this.#writeActive(table, some));
    }
  }

  async #writeActive(table: EventTable, sessions: readonly ActiveSession[]): Promise<void> {
    const { database, epoch } = this.#parts;
    await store(database, listSessions[table], [epoch, JSON.stringify(sessions.map(activeRow))]);
    for (const session of sessions) session.listed ||= session.state !== 'Queued';
  }

  async #end(ends: readonly EndRow[]): Promise<void> {
    for (const table of TABLES) {
      const own = ends.filter((end) => end.table === table);
      const refused = await writeApart(own, (some) => this.#writeEnds(table, some));
      const bare = refused.map((end) => ({ ...end, json: end.bare() }));
      this.#dropped += (await writeApart(bare, (some) => this.#writeEnds(table, some))).length;
    }
  }

  async #writeEnds(table: EventTable, ends: readonly EndRow[]): Promise<void> {
    const { database, epoch } = this.#parts;
    const rows = ends.map(({ json, session }) => `{"listed":${session.listed},${json.slice(1)}`);
    await store(database, endSessions[table], [epoch, `[${rows.join(',')}]`]);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#changed.size > 0 || this.#ended.length > 0 || this.#plain.size > 0) await this.flush();
      await this.#parts.clock.sleep(FLUSH_MS, signal);
    }
  }
}

/** Child sessions come and go with the pages that people leaf through; they leave no events, as in Business Central. */
function leavesNone({ spec }: ActiveSession): boolean {
  return spec.origin === 'page';
}

/**
 * A row that was on its way into the default partition is refused there when its own partition has come meanwhile; the
 * next time it finds that. Such an error names no constraint.
 */
async function store(database: Database, target: Statement, values: readonly unknown[]): Promise<void> {
  try {
    await database.run(target, values);
  } catch (error) {
    const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
    if (code !== '23514' || constraint !== undefined) throw error;
    await database.run(target, values);
  }
}

/** How many of the first rows go into one insert. */
function batchSize(ends: readonly EndRow[]): number {
  let length = 0;
  const tooMuch = ends.findIndex(({ json }) => {
    length += json.length;
    return length > BATCH_LENGTH_MAX;
  });
  return Math.min(tooMuch === -1 ? ends.length : Math.max(tooMuch, 1), BATCH_SIZE_MAX);
}

/** Longest comment; a text of this length is no sentence any more. */
const COMMENT_LENGTH_MAX = 262_144;

/** The whole text of an error, for the comment of an event; the stored error cuts it at 8 kB. Total. */
export function wholeMessage(thrown: unknown, stored: StoredError = storedErrorOf(thrown)): string {
  try {
    const message = (thrown as { readonly message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' ? printable(message, COMMENT_LENGTH_MAX) : stored.message;
  } catch {
    return stored.message;
  }
}
