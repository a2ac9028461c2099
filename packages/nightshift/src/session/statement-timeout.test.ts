import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withinTime } from './statement-timeout.ts';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
  });
});
afterAll(() => world.stop());

const slow = { text: 'select pg_sleep(60)', timeoutMs: 30 };
const late = { code: 'STATEMENT_TIMEOUT' };
const notes = async (text: string) =>
  (await world.query('select from co_1.note where text = $1', [text])).length;

describe('a statement with a time of its own', () => {
  it('that keeps to it is like any other', async () => {
    const one = await world.open(async (session) => {
      const { rows } = await session.db.query<{ one: number }>({
        text: 'select 1 as one',
        timeoutMs: 60_000,
      });
      return rows[0]?.one;
    });
    expect(one).toBe(1);
  });

  it('that takes longer is cancelled, and fails its transaction', async () => {
    const failed = world.open(async (session) => {
      await session.db.query("insert into note values ('late')");
      await session.db.query(slow);
    });
    await expect(failed).rejects.toMatchObject(late);
    expect(await notes('late')).toBe(0);
  });

  it('also when the code has switched off every timeout of PostgreSQL', async () => {
    const failed = world.open(async (session) => {
      await session.db.query("select set_config('statement_timeout', '0', false)");
      await session.db.query(slow);
    });
    await expect(failed).rejects.toMatchObject(late);
  });

  it('is cancelled again until it has ended: a cancel that comes before the statement is lost', async () => {
    const clock = new FakeClock();
    const cancelled: number[] = [];
    const statement = Promise.withResolvers<void>();
    const cancel = async (backend: number) => void cancelled.push(backend);
    const failed = withinTime({ clock, cancel }, 30, statement.promise, { backend: 7, before: null });
    await clock.advance(29);
    expect(cancelled).toEqual([]);
    await clock.advance(1);
    expect(cancelled).toEqual([7]);
    await clock.advance(1_000);
    expect(cancelled).toEqual([7, 7, 7]);
    statement.reject(Object.assign(new Error('canceling statement'), { code: '57014' }));
    await expect(failed).rejects.toMatchObject(late);
    await clock.advance(60_000);
    expect(cancelled).toEqual([7, 7, 7]);
    expect(clock.sleeping).toBe(0);
  });

  it('behind a savepoint: that is undone, and the transaction goes on', async () => {
    await world.open(async (session) => {
      await session.db.query("insert into note values ('kept')");
      await expect(session.savepoint(() => session.db.query(slow))).rejects.toMatchObject(late);
      await session.db.query("insert into note values ('kept')");
    });
    expect(await notes('kept')).toBe(2);
  });

  it('whose failure is swallowed still fails the session', async () => {
    const failed = world.open(async (session) => {
      await session.db.query(slow).catch(() => undefined);
    });
    await expect(failed).rejects.toMatchObject(late);
  });

  it.each([0, -1, 1.5, Number.NaN, 48 * 3_600_000 + 1])('%d is no time', async (timeoutMs) => {
    const failed = world.open((session) => session.db.query({ text: 'select 1', timeoutMs }));
    await expect(failed).rejects.toMatchObject({ code: 'VALIDATION', field: 'timeoutMs' });
  });
});
