import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ConnectionSettings } from '../database/index.ts';
import { NightshiftError, randomUuid, SECOND_MS, systemClock } from '../foundation/index.ts';

/** An instance without a beat for this long is dead. */
export const LEASE_MS = 15 * SECOND_MS;
/** An instance whose presence lock is gone is dead after this long without a beat. */
export const LOCK_LEASE_MS = 3 * SECOND_MS;
/** An instance that cannot beat stops its own work this long after the last beat, well before others take it. */
export const SELF_FENCE_MS = 10 * SECOND_MS;

/** What the heartbeat thread is told. */
export interface HeartbeatOrder {
  readonly settings: ConnectionSettings;
  readonly epoch: string;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
  readonly codeunits: readonly string[];
  readonly runsTasks: boolean;
}

/** What the heartbeat thread tells. */
export type HeartbeatReport =
  | { readonly kind: 'registered'; readonly place: number }
  | { readonly kind: 'beat' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly message: string };

/** What an instance says of itself. */
export interface InstanceFacts {
  readonly version: string;
  readonly codeunits: readonly string[];
  readonly runsTasks: boolean;
}

/** A registered server instance: alive in the eyes of the others while its heartbeat thread beats. */
export interface Presence {
  /** New at every start. */
  readonly epoch: string;
  /** A small number, reused; part of session ids. */
  readonly place: number;
  /** Milliseconds since the last beat that the database took. */
  silentMs(): number;
  /** Ends the thread; the row is ended by the caller. */
  stop(): Promise<void>;
}

/** TypeScript from sources, JavaScript from the build. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './heartbeat.worker.ts' : './heartbeat.worker.js',
  import.meta.url,
);

/**
 * Registers this process as a server instance and keeps it alive from a thread of its own, so that code which blocks
 * the event loop does not lose the lease. `onEnded` is called once when another instance has declared this one dead.
 */
export async function startPresence(
  settings: ConnectionSettings,
  facts: InstanceFacts,
  onEnded: () => void,
): Promise<Presence> {
  const order: HeartbeatOrder = {
    ...facts,
    settings,
    epoch: randomUuid(),
    host: hostname(),
    processId: process.pid,
  };
  const worker = new Worker(WORKER, { workerData: order, name: 'heartbeat' });
  const registered = Promise.withResolvers<number>();
  // Beats are real: a test that travels in time does not make the heart stop.
  let lastBeat = systemClock.monotonic();
  worker.on('message', (report: HeartbeatReport) => {
    if (report.kind === 'registered') registered.resolve(report.place);
    if (report.kind === 'beat') lastBeat = systemClock.monotonic();
    if (report.kind === 'failed')
      registered.reject(new NightshiftError('DATABASE_UNAVAILABLE', report.message));
    if (report.kind === 'ended') onEnded();
  });
  worker.on('error', (error) => {
    registered.reject(error);
    onEnded();
  });
  try {
    const place = await registered.promise;
    lastBeat = systemClock.monotonic();
    return {
      epoch: order.epoch,
      place,
      silentMs: () => systemClock.monotonic() - lastBeat,
      stop: async () => {
        await worker.terminate();
      },
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
