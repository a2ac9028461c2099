import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Service } from '../foundation/index.ts';
import { type ChaosProxy, startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Database, openDatabase } from './database.ts';
import { listenerOf } from './listener.ts';

let target: TestDatabase;
let proxy: ChaosProxy;
let database: Database;
let channels = 0;

beforeAll(async () => {
  target = await createTestDatabase();
  proxy = await startChaosProxy(target.tcpUrl);
  database = await openDatabase({ url: proxy.url, applicationName: 'listener' });
});
afterAll(async () => {
  await database.close();
  await proxy.stop();
  await target.drop();
});

async function listening(options: { readonly start: boolean } = { start: true }) {
  const channel = `odd "channel" ${++channels}`;
  const clock = new FakeClock();
  const heard: string[] = [];
  const counted = { listening: 0 };
  const service: Service = listenerOf({
    database,
    clock,
    channels: [channel],
    onNotification: (payload) => heard.push(payload),
    onListening: () => counted.listening++,
  });
  onTestFinished(() => service.stop());
  if (options.start) {
    await service.start();
    await until('it listens', () => counted.listening === 1);
  }
  const notify = (payload: string) => target.query('select pg_notify($1, $2)', [channel, payload]);
  return { clock, heard, counted, service, notify };
}

async function killListeners(): Promise<number> {
  const rows = await target.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'listener listen' and datname = current_database()`,
  );
  return rows.length;
}

describe('a listener', () => {
  it('hears what is said on its channel, in order', async () => {
    const { heard, notify } = await listening();
    for (const payload of ['one', '', "it's three"]) await notify(payload);
    await until('all three came', () => heard.length === 3);
    expect(heard).toEqual(['one', '', "it's three"]);
  });

  it('comes back when its backend is ended, says so, and hears again', async () => {
    const { heard, counted, notify } = await listening();
    expect(await killListeners()).toBeGreaterThanOrEqual(1);
    await until('it listens again', () => counted.listening === 2);
    await notify('after');
    await until('it hears', () => heard.includes('after'));
  });

  it('waits longer and longer while the server is away, and tells when it is back', async () => {
    const { clock, counted, heard, notify } = await listening();
    proxy.refuse(true);
    proxy.cutAll();
    for (const delay of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      await until('it waits for its next try', () => clock.sleeping === 1);
      await clock.advance(delay - 1);
      expect(clock.sleeping).toBe(1);
      await clock.advance(1);
    }
    expect(counted.listening).toBe(1);
    await until('it waits for its next try', () => clock.sleeping === 1);
    proxy.refuse(false);
    await clock.advance(5_000);
    await until('it listens again', () => counted.listening === 2);
    await notify('back');
    await until('it hears', () => heard.includes('back'));
  });

  it('stops while it listens, while it waits, and before it began', async () => {
    const never = await listening({ start: false });
    await never.service.stop();
    const listener = await listening();
    await listener.service.stop();
    await listener.notify('too late');
    expect(listener.heard).toEqual([]);
    const waiting = await listening();
    proxy.refuse(true);
    proxy.cutAll();
    await until('it waits for its next try', () => waiting.clock.sleeping === 1);
    await waiting.service.stop();
    proxy.refuse(false);
    expect(waiting.clock.sleeping).toBe(0);
    await until('no listener is left', async () => (await killListeners()) === 0);
  });
});
