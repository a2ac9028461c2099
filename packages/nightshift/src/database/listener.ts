import type pg from 'pg';
import { type Clock, type Service, serviceOf } from '../foundation/index.ts';
import type { Database } from './database.ts';

const RECONNECT_DELAY_MS_MIN = 100;
const RECONNECT_DELAY_MS_MAX = 5_000;

/** What a listener tells. */
export interface ListenerEvents {
  /** A notification arrived. */
  readonly onNotification: (payload: string) => void;
  /** Listening (again): notifications may have been missed, so the caller looks for itself. */
  readonly onListening: () => void;
}

/**
 * Listens on one channel over a connection of its own, and comes back when the connection breaks. Notifications are
 * hints: whoever uses this also polls.
 */
export function listenerOf(database: Database, clock: Clock, channel: string, events: ListenerEvents): Service {
  let running: Promise<void> = Promise.resolve();
  return serviceOf('listener', {
    async start(signal) {
      running = listen(database, clock, channel, events, signal);
    },
    stop: () => running,
  });
}

async function listen(
  database: Database,
  clock: Clock,
  channel: string,
  events: ListenerEvents,
  signal: AbortSignal,
): Promise<void> {
  let delay = RECONNECT_DELAY_MS_MIN;
  while (!signal.aborted) {
    const lost = Promise.withResolvers<void>();
    const client = await openChannel(database, channel, events, () => lost.resolve()).catch(() => null);
    if (client === null) {
      await clock.sleep(delay, signal);
      delay = Math.min(delay * 2, RECONNECT_DELAY_MS_MAX);
      continue;
    }
    delay = RECONNECT_DELAY_MS_MIN;
    events.onListening();
    const stop = () => lost.resolve();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await lost.promise;
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

async function openChannel(
  database: Database,
  channel: string,
  events: ListenerEvents,
  onLost: () => void,
): Promise<pg.Client> {
  const client = await database.dedicated('listen', onLost);
  client.on('notification', (notification) => events.onNotification(notification.payload ?? ''));
  try {
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
