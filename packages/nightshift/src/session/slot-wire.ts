import type { Socket } from 'node:net';
import type pg from 'pg';
import {
  forgetStatements,
  type Opening,
  sendCommand,
  sendPreparation,
  sendRowQuery,
  streamOf,
} from '../database/index.ts';
import { randomSecret } from '../foundation/index.ts';
import { EndOfTurn } from './end-of-turn.ts';
import { FORGET_USER, searchIn, seedAnew, slotCleaning } from './session.sql.ts';
import type { QueryConfig, TypeParsers } from './session.ts';
import type { Slot } from './slot.ts';
import { isOfTheMoment } from './statement-names.ts';
import { checkStatementTimeout, type StatementWatch, withinTime } from './statement-timeout.ts';
import { Unopened } from './unopened.ts';

const SEED_BYTES = 6;

/** A statement as `pg` takes it. With a name it is planned once per connection. */
export interface SentQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name?: string;
  readonly rowMode?: 'array';
  readonly types?: TypeParsers;
  /** Cancelled when it takes longer. */
  readonly timeoutMs?: number;
  /** Means something else each time: never kept prepared. */
  readonly unnamed?: true;
  /** A command of the platform: sent as it stands, several in one message. */
  readonly command?: true;
}

/** User code's statement as it is sent. `keyword` is its first word, as the guard found it. */
export function userQuery(
  text: string | QueryConfig,
  values: readonly unknown[] | undefined,
  keyword: string,
): SentQuery {
  if (typeof text === 'string') {
    const sent = { text, values: values ?? [] };
    return isOfTheMoment(keyword) ? { ...sent, unnamed: true } : sent;
  }
  return {
    ...userQuery(text.text, values ?? text.values, keyword),
    ...(text.timeoutMs === undefined ? {} : { timeoutMs: checked(text.timeoutMs) }),
    ...(text.rowMode === undefined ? {} : { rowMode: text.rowMode }),
    ...(text.types === undefined ? {} : { types: contained(text.types) }),
  };
}

function checked(timeoutMs: number): number {
  checkStatementTimeout(timeoutMs);
  return timeoutMs;
}

/** `pg` asks for parsers while it reads from the socket, where an error would end the process. */
function contained(types: TypeParsers): TypeParsers {
  return {
    getTypeParser(oid, format) {
      try {
        return types.getTypeParser(oid, format);
      } catch (error) {
        return () => {
          throw error;
        };
      }
    },
  };
}

/** User code's statement under the name that it has on this connection, if it has one. */
export function named(config: SentQuery, slot: Slot): SentQuery {
  if (config.name !== undefined || config.command === true || config.unnamed === true) return config;
  const name = slot.names.nameOf(config.text);
  return name === undefined ? config : { ...config, name };
}

/** Sends several messages in one write. */
export function together<T>(client: pg.Client, send: () => T): T {
  const stream = streamOf(client);
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

/** Sends several messages with whatever else is sent before this turn of the event loop ends. */
export function soon<T>(client: pg.Client, send: () => T): T {
  const stream = streamOf(client);
  stream.cork();
  corked.push(stream);
  uncorking.ask();
  return send();
}

/** What this turn of the event loop has written, by connections. */
const corked: Socket[] = [];

const uncorking = new EndOfTurn(() => {
  for (const stream of corked.splice(0)) stream.uncork();
});

/**
 * Sends a statement, and waits for its answer. Other than commands, statements go by the extended protocol, which takes one
 * a message: that is what the guard relies on.
 * @param opening what opens their transaction; null: it is open
 * @throws Unopened when that has failed; the database's error
 */
export function sendQuery(
  client: pg.Client,
  config: SentQuery,
  opening: Opening | null = null,
): Promise<pg.QueryResult> {
  if (config.command === true) return client.query(config.text);
  return new Promise((resolve, reject) => {
    const answered: Parameters<typeof sendRowQuery>[2] = (error, result, opened) => {
      if (result !== null) resolve(result);
      else reject(opened ? error : new Unopened(error));
    };
    sendRowQuery(client, config, answered, opening);
  });
}

/** What a statement is sent behind. */
interface SentBehind {
  /** What this session has sent before it; null: nothing. */
  readonly before: Promise<unknown> | null;
  /** What opens its transaction; null: it is open. */
  readonly opening: Opening | null;
}

/** What was sent for a statement, and where. */
export interface Asked {
  readonly config: SentQuery;
  readonly slot: Slot | null;
  /** The answer to what has begun the transaction; null: it was open. */
  readonly begun: Promise<unknown> | null;
  /** Those to the savepoints in front of it; null: none. */
  readonly ahead: Promise<unknown> | null;
  readonly answered: Promise<pg.QueryResult>;
  /** Whether another slot would do when the transaction cannot be opened on this one. */
  readonly mayMove: boolean;
}

/** As `sendQuery`, in the time that the statement may take. */
export function sendInTime(
  watch: StatementWatch,
  slot: Slot,
  config: SentQuery,
  { before, opening }: SentBehind,
): Promise<pg.QueryResult> {
  const place = { backend: slot.backend, before: before ?? slot.answered };
  const answered = sendQuery(slot.client, named(config, slot), opening);
  return config.timeoutMs === undefined ? answered : withinTime(watch, config.timeoutMs, answered, place);
}

/**
 * Sends commands that take no parameters.
 * @param failed is told at once when they fail, before whoever awaits them
 * @throws Unopened with the database's error
 */
export function commanded(client: pg.Client, text: string, failed?: () => void): Promise<void> {
  return quietly(
    new Promise((resolve, reject) => {
      sendCommand(client, text, (error) => {
        if (error === null) return resolve();
        failed?.();
        reject(new Unopened(error));
      });
    }),
  );
}

/** Takes back what user code has left on a connection. Rejects when that failed. */
export function cleaned({ client, searchPath }: Slot): Promise<unknown> {
  return client.query(slotCleaning(searchPath));
}

/**
 * Lets a connection look for names where its transactions will, and know what they begin with. Nobody waits for either: without the
 * first they say so themselves, without the other none can be opened there. Sent with the first statement.
 */
export function settleIn({ client, searchPath, identity }: Slot): void {
  soon(client, () => {
    sendCommand(client, searchIn(searchPath), () => undefined);
    sendPreparation(client, [identity], () => undefined);
  });
}

/** Makes a connection forget everything of its user. Nothing may be under way there. Rejects when it has not forgotten. */
export function forgetUser(client: pg.Client): Promise<unknown> {
  forgetStatements(client);
  const seed = Number.parseInt(randomSecret(SEED_BYTES), 16) / 2 ** (8 * SEED_BYTES);
  return Promise.all(together(client, () => [client.query(FORGET_USER), client.query(seedAnew(seed))]));
}

/** Marks a promise as handled: who awaits it still gets its error, and nobody else is alarmed. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
