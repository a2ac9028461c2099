import type pg from 'pg';
import type { BoundStatement } from './commit-fence.ts';
import type { Slot } from './slots.ts';
import { streamOf } from './socket.ts';

/** A statement as `pg` takes it. With a name it is planned once per connection. */
export interface SentQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name?: string;
  readonly queryMode?: 'extended';
  /** A command of the platform: sent as it stands, several in one message. */
  readonly command?: true;
}

/** User code's statement under the name that it has on this connection, if it has one. */
export function named(config: SentQuery, slot: Slot): SentQuery {
  if (config.name !== undefined || config.command === true) return config;
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

/** Sends a statement of the platform. */
export function sendBound(client: pg.Client, bound: BoundStatement): Promise<unknown> {
  const { name, text } = bound.statement;
  return client.query({ name, text, values: bound.values as unknown[] });
}

/** Marks a promise as handled: who awaits it still gets its error, and nobody else is alarmed. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
