import { parentPort, workerData } from 'node:worker_threads';
import type pg from 'pg';
import { connect, executorOver } from '../database/index.ts';
import { SECOND_MS, storedErrorOf, systemClock } from '../foundation/index.ts';
import { lockEnvironment } from '../permissions/index.ts';
import { beat, holdPresenceLock, registerInstance } from './presence.sql.ts';
import type { HeartbeatOrder, HeartbeatReport } from './presence.ts';

// The heartbeat thread: registers the instance, then beats every second over a connection of its own, whatever the
// main thread is doing.

const BEAT_MS = SECOND_MS;
const RECONNECT_MS = 500;
const order = workerData as HeartbeatOrder;

function report(message: HeartbeatReport): void {
  parentPort?.postMessage(message);
}

async function open(onLost: () => void): Promise<pg.Client> {
  return connect(
    { ...order.settings, applicationName: `${order.settings.applicationName} heartbeat` },
    false,
    onLost,
  );
}

async function register(client: pg.Client): Promise<number> {
  const tx = executorOver(client);
  const { epoch, host, processId, version, codeunits, runsTasks } = order;
  await client.query('begin');
  await tx.run(lockEnvironment, []);
  const values = [epoch, host, processId, version, codeunits, runsTasks];
  const [row] = await tx.run<{ place: number }>(registerInstance, values);
  if (row === undefined) throw new Error('2047 server instances run already');
  await tx.run(holdPresenceLock, [row.place]);
  await client.query('commit');
  return row.place;
}

/** Beats until the connection breaks or the epoch has ended; says which. */
async function beatOver(client: pg.Client, isLost: () => boolean): Promise<'ended' | 'lost'> {
  const executor = executorOver(client);
  while (!isLost()) {
    const rows = await executor.run(beat, [order.epoch]).catch(() => null);
    if (rows?.length === 0) return 'ended';
    if (rows === null) return 'lost';
    report({ kind: 'beat' });
    await systemClock.sleep(BEAT_MS);
  }
  return 'lost';
}

async function main(): Promise<void> {
  let lost = false;
  let client = await open(() => {
    lost = true;
  });
  const place = await register(client);
  report({ kind: 'registered', place });
  while ((await beatOver(client, () => lost)) === 'lost') {
    await client.end().catch(() => undefined);
    await systemClock.sleep(RECONNECT_MS);
    lost = false;
    const next = await open(() => {
      lost = true;
    }).catch(() => null);
    if (next === null) continue;
    client = next;
    await executorOver(client)
      .run(holdPresenceLock, [place])
      .catch(() => undefined);
  }
  report({ kind: 'ended' });
  await client.end().catch(() => undefined);
}

main().catch((error: unknown) => report({ kind: 'failed', message: storedErrorOf(error).message }));
