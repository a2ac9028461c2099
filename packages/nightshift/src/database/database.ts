import pg from 'pg';
import { NightshiftError, SECOND_MS, systemClock } from '../foundation/index.ts';
import { type ConnectionSettings, checkedUrl, clientConfig, connect, unavailable } from './connection.ts';
import { readServerVersion } from './database.sql.ts';
import { noteLostAnswer } from './lost-answer.ts';
import { noteLastingEffect, noteStatement, RequestWork } from './request-work.ts';
import { farewell } from './socket.ts';
import { classifyFailure } from './sqlstate.ts';
import type { Executor, Statement } from './statement.ts';
import { executorOver, type Transaction, withTransaction } from './transaction.ts';
import { Turns } from './turns.ts';

/** Connections for single statements, shared by everyone and pipelined: no caller waits for another one's answer. */
const PIPELINED_CONNECTIONS = 2;
/** Connections for transactions of the platform. */
const ADMINISTRATIVE_CONNECTIONS_MAX = 4;
/** How many of them verbs have at most, so that the platform's own work finds one whatever verbs wait for. */
const VERB_CONNECTIONS_MAX = 3;
/** Connections for what may take long and is a single statement: lists and housekeeping. */
const READ_CONNECTIONS_MAX = 2;
/** How long an answer there may take: after that the connection is taken for dead. */
const READ_MS_MAX = 60 * SECOND_MS;
/** What the platform itself opens at most, beside those it owns for one purpose. */
export const PLATFORM_CONNECTIONS_MAX: number =
  PIPELINED_CONNECTIONS + ADMINISTRATIVE_CONNECTIONS_MAX + READ_CONNECTIONS_MAX;
/** How long a verb waits for a lock, and for a connection while no other verb gets on. */
const VERB_PATIENCE_MS = 30 * SECOND_MS;
/** Oldest PostgreSQL that has what the fence needs (grants of membership with SET and INHERIT options). */
const SERVER_VERSION_MIN = 160_000;

/** The platform's own access to the database. User code has connections apart from these. */
export interface Database extends Executor {
  readonly settings: ConnectionSettings;
  /** Runs work in one transaction; see `withTransaction`. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same for somebody's verb: in the order in which they come, only so many at a time.
   * @throws NightshiftError DATABASE_BUSY when it has waited for a lock for 30 s, or for a connection while no verb got on
   */
  verb<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on a connection of its own from the administrative pool, outside a transaction. Nothing limits how long an
   * answer may take: for migrations and long reads.
   */
  exclusively<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T>;
  /**
   * For single statements that may take long, such as lists and housekeeping: on two connections that nothing else uses, each for
   * 60 s at most. On the pipelined ones they would hold up everybody behind them.
   */
  readonly apart: Executor;
  /** Opens a connection that the caller owns and ends. */
  dedicated(purpose: string, onLost: (error: Error) => void): Promise<pg.Client>;
  close(): Promise<void>;
}

/** What the server said of itself. */
export interface ServerVersion {
  readonly number: number;
  readonly text: string;
}

/**
 * Opens the platform's connections and proves that the server answers.
 * @throws NightshiftError VALIDATION, DATABASE_UNAVAILABLE or DATABASE_VERSION
 */
export async function openDatabase(settings: ConnectionSettings): Promise<Database> {
  checkedUrl(settings.url);
  const pool = poolOf(settings, ADMINISTRATIVE_CONNECTIONS_MAX);
  const readers = poolOf(settings, READ_CONNECTIONS_MAX);
  try {
    await checkVersion(pool, settings);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const lanes = new PipelinedLanes(settings);
  const turns = new Turns({
    clock: systemClock,
    places: VERB_CONNECTIONS_MAX,
    patienceMs: VERB_PATIENCE_MS,
    refusal: noConnection,
  });
  return {
    settings,
    async run(target, values) {
      noteStatement(target);
      return lanes.run(target, values);
    },
    transaction: (work) => withTransaction(pool, work),
    verb: (work) => turns.take('', () => withTransaction(pool, work, VERB_PATIENCE_MS)),
    async exclusively(work) {
      noteLastingEffect();
      return exclusively(pool, work);
    },
    apart: {
      async run(target, values) {
        noteStatement(target);
        return exclusively(readers, (client) => executorOver(client, READ_MS_MAX).run(target, values));
      },
    },
    dedicated: (purpose, onLost) =>
      connect({ ...settings, applicationName: `${settings.applicationName} ${purpose}` }, false, onLost),
    async close() {
      await lanes.close();
      await Promise.all([pool.end(), readers.end()]);
    },
  };
}

/** Opens none before it is needed. */
function poolOf(settings: ConnectionSettings, max: number): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(settings, false), max });
  pool.on('error', () => undefined); // idle connections may break; the next use opens another
  // One that breaks in use rejects its statement; without a listener it would end the process besides.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function exclusively<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const request = RequestWork.current();
  const client = await pool.connect();
  const noted = request?.begins(client);
  let broken = false;
  try {
    request?.refuseIfGivenUp();
    return await work(client);
  } catch (error) {
    // The error of a statement comes before the end of its connection, which the pool would hand out meanwhile.
    const { kind } = classifyFailure(error);
    broken = kind === 'connection' || kind === 'schema';
    throw error;
  } finally {
    await noted?.ended();
    client.release(broken);
  }
}

function noConnection(): NightshiftError {
  return new NightshiftError(
    'DATABASE_BUSY',
    `No connection became free in ${VERB_PATIENCE_MS / SECOND_MS} s: those there are wait for locks. Nothing was done.`,
  );
}

async function checkVersion(pool: pg.Pool, settings: ConnectionSettings): Promise<ServerVersion> {
  let row: { number: string; text: string };
  try {
    const answer = await pool.query(readServerVersion.text);
    row = answer.rows[0];
  } catch (error) {
    throw unavailable(settings, error);
  }
  if (Number(row.number) < SERVER_VERSION_MIN) {
    throw new NightshiftError(
      'DATABASE_VERSION',
      `PostgreSQL ${row.text} is too old: Nightshift needs version 16 or newer.`,
      { field: 'database.url' },
    );
  }
  return { number: Number(row.number), text: row.text };
}

/** A few pipelined connections, used in turn. A broken one is replaced by the next statement that needs it. */
class PipelinedLanes {
  readonly #settings: ConnectionSettings;
  readonly #lanes: (Promise<{ client: pg.Client; executor: Executor }> | null)[] = [];
  #turn = 0;
  #closed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    this.#turn = (this.#turn + 1) % PIPELINED_CONNECTIONS;
    const turn = this.#turn;
    const lane = await this.#lane(turn);
    try {
      return await lane.executor.run<Row>(target, values);
    } catch (error) {
      // A prepared statement that no longer fits, or a dead socket: the next statement gets a new connection.
      const { kind } = classifyFailure(error);
      noteLostAnswer(error, lane.client);
      if (kind === 'connection' || kind === 'schema') this.#drop(turn, lane.client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#lanes.splice(0);
    const goodbye = (lane: { client: pg.Client } | null) =>
      lane === null ? undefined : farewell(lane.client);
    await Promise.allSettled(open.map(async (lane) => goodbye(await lane)));
  }

  #lane(turn: number): Promise<{ client: pg.Client; executor: Executor }> {
    if (this.#closed)
      throw new NightshiftError('DATABASE_UNAVAILABLE', 'The database connections are closed.');
    const present = this.#lanes[turn];
    if (present) return present;
    const opening = this.#open(turn);
    this.#lanes[turn] = opening;
    opening.catch(() => {
      if (this.#lanes[turn] === opening) this.#lanes[turn] = null;
    });
    return opening;
  }

  async #open(turn: number): Promise<{ client: pg.Client; executor: Executor }> {
    const client = await connect(this.#settings, true, () => this.#drop(turn, client));
    return { client, executor: executorOver(client) };
  }

  #drop(turn: number, client: pg.Client): void {
    const lane = this.#lanes[turn];
    if (!lane) return;
    void lane.then(
      (open) => {
        if (open.client !== client || this.#lanes[turn] !== lane) return;
        this.#lanes[turn] = null;
        void farewell(client);
      },
      () => undefined,
    );
  }
}
