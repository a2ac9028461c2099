import type pg from 'pg';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import type { Database } from './database.ts';
import { farewell } from './socket.ts';

const RECONNECT_DELAY_MS_MIN = 100;
const RECONNECT_DELAY_MS_MAX = 5_000;

/** What a listener works with, and what it tells. */
export interface ListenerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly channels: readonly string[];
  /** A notification arrived on one of them. */
  readonly onNotification: (payload: string, channel: string) => void;
  /** Listening (again): notifications may have been missed, so the caller looks for itself. */
  readonly onListening: () => void;
}

/**
 * Listens over a connection of its own, and comes back when the connection breaks. Notifications are
 * hints: whoever uses this also polls.
 */
export function listenerOf(parts: ListenerParts): Service {
  let running: Promise<void> = Promise.resolve();
  return serviceOf('listener', {
    async start(signal) {
      running = listen(parts, signal);
    },
    stop: () => running,
  });
}

async function listen(parts: ListenerParts, signal: AbortSignal): Promise<void> {
  const { clock } = parts;
  let delay = RECONNECT_DELAY_MS_MIN;
  while (!signal.aborted) {
    const lost = Promise.withResolvers<void>();
    const client = await openChannel(parts, () => lost.resolve()).catch(() => null);
    if (client === null) {
      await clock.sleep(delay, signal);
      delay = Math.min(delay * 2, RECONNECT_DELAY_MS_MAX);
      continue;
    }
    delay = RECONNECT_DELAY_MS_MIN;
    parts.onListening();
    const stop = () => lost.resolve();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await lost.promise;
    signal.removeEventListener('abort', stop);
    await farewell(client);
  }
}

async function openChannel(parts: ListenerParts, onLost: () => void): Promise<pg.Client> {
  const client = await parts.database.dedicated('listen', onLost);
  client.on('notification', ({ payload = '', channel }) => parts.onNotification(payload, channel));
  try {
    for (const channel of parts.channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await farewell(client);
    throw error;
  }
  return client;
}
