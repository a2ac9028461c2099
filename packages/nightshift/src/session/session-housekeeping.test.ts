import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { HOUR_MS, systemClock } from '../foundation/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { keepHouse } from './session-housekeeping.ts';
import { sessionOptions } from './session-options.ts';

const DAY_MS = 24 * HOUR_MS;
let target: TestDatabase;
let database: Database;
const clock = new FakeClock('2026-03-10T10:00:00Z');

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openDatabase({ url: target.url, applicationName: 'housekeeping' });
});
afterAll(async () => {
  await database.close();
  await target.drop();
});

const options = sessionOptions({});
const keep = (more = {}) => keepHouse({ database, clock, options: { ...options, ...more } });
async function partitions(table: string): Promise<string[]> {
  const rows = await target.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where inhparent = ('nightshift.' || $1)::regclass order by c.relname`,
    [table],
  );
  return rows.map(({ name }) => name.slice(table.length + 1));
}
function addEvent(table: string, at: string) {
  const text = `insert into nightshift.${table} (at, id, type, epoch, session_id, unique_id, client_type, origin, user_no,
      company_no, codeunit, isolation, started_at)
    values ($1, gen_random_uuid(), 'Stop', gen_random_uuid(), 1, gen_random_uuid(), 'background', 'task', 1, 1, 'C',
      'main', $1)`;
  return target.query(text, [at]);
}
async function days(table: string): Promise<string[]> {
  const text = `select tableoid::regclass::text || ' ' || at::date as part from nightshift.${table} order by at`;
  const rows = await target.query<{ part: string }>(text);
  return rows.map(({ part }) => part.replace(`nightshift.${table}_`, ''));
}

describe('the partitions of events', () => {
  it('are made ahead, a day each, and what the default one had moves over', async () => {
    await addEvent('background_session_event', '2026-03-10T09:00:00Z');
    await addEvent('background_session_event', '2026-03-09T23:59:59Z');
    await keep();
    for (const table of ['background_session_event', 'session_event']) {
      expect(await partitions(table)).toEqual(['20260310', '20260311', '20260312', '20260313', 'default']);
    }
    expect(await days('background_session_event')).toEqual(['default 2026-03-09', '20260310 2026-03-10']);
    await addEvent('background_session_event', '2026-03-13T23:59:59.999Z');
    await addEvent('session_event', '2026-03-14T00:00:00Z');
    expect((await days('background_session_event')).at(-1)).toBe('20260313 2026-03-13');
    expect(await days('session_event')).toEqual(['default 2026-03-14']);
  });

  it('several instances may look after them at once', async () => {
    await clock.advance(DAY_MS);
    await Promise.all([keep(), keep(), keep()]);
    expect(await partitions('session_event')).toContain('20260314');
    expect(await days('session_event')).toEqual(['20260314 2026-03-14']);
  });

  it('are dropped when their time is over: five days in the background, ninety for the others', async () => {
    await clock.advance(5 * DAY_MS);
    await keep();
    expect((await partitions('background_session_event'))[0]).toBe('20260311');
    expect((await days('background_session_event'))[0]).toBe('20260313 2026-03-13');
    expect((await partitions('session_event'))[0]).toBe('20260310');
    await clock.advance(85 * DAY_MS);
    await keep();
    expect((await partitions('session_event'))[0]).toBe('20260311');
    await clock.advance(200 * DAY_MS);
    await keep();
    expect(await days('session_event')).toEqual([]);
    expect(await partitions('session_event')).toHaveLength(5);
  });
});

describe('options', () => {
  it('say how long events are kept', async () => {
    await clock.advance(DAY_MS);
    await keep();
    await clock.advance(2 * DAY_MS);
    await keep({ nonInteractiveSessionsLogRetainDays: 1, sessionEventTableRetainDays: 2 });
    const oldest = (days: number) => dayOf(clock.now().getTime() - days * DAY_MS);
    expect((await partitions('background_session_event'))[0]).toBe(oldest(1));
    expect((await partitions('session_event'))[0]).toBe(oldest(2));
  });
});

describe('housekeeping', () => {
  it('does all else when one thing fails: a reader who does not end holds up his table only, and not for long', async () => {
    await addEvent('background_session_event', '2026-03-10T09:00:00Z');
    const read = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const reading = database.exclusively(async (client) => {
      await client.query('begin');
      await client.query('select from nightshift.background_session_event_default');
      read.resolve();
      await go.promise;
      await client.query('commit');
    });
    await read.promise;
    await clock.advance(DAY_MS);
    await expect(keep()).rejects.toMatchObject({ code: '55P03' });
    const tomorrow = dayOf(clock.now().getTime() + 3 * DAY_MS);
    expect(await partitions('session_event')).toContain(tomorrow);
    expect(await partitions('background_session_event')).not.toContain(tomorrow);
    // What is too old in the default partition was deleted all the same.
    expect(await days('background_session_event')).toEqual([]);
    go.resolve();
    await reading;
    await keep();
    expect(await partitions('background_session_event')).toContain(tomorrow);
  });

  it('makes the partition of a day in which events come without pause', async () => {
    await clock.advance(10 * DAY_MS);
    const today = clock.now().toISOString();
    let written = 0;
    let isMade = false;
    const writers = Array.from({ length: 2 }, async () => {
      while (!isMade) {
        // One that was on its way to the default partition is refused; whoever writes events tries again.
        const error = await addEvent('session_event', today).then(
          () => null,
          ({ code }: { code: string }) => code,
        );
        if (error === null) written++;
        else expect(error).toBe('23514');
      }
    });
    await keep();
    isMade = true;
    await Promise.all(writers);
    const parts = await days('session_event');
    expect(parts).toHaveLength(written);
    expect(new Set(parts).size).toBe(1);
    expect(parts[0]).not.toContain('default');
  });

  it('goes by the clock of the server: an instance whose own is years ahead drops nothing', async () => {
    const now = systemClock.now();
    await keepHouse({ database, clock: systemClock, options });
    await addEvent('background_session_event', now.toISOString());
    const before = await partitions('background_session_event');
    const ahead = { ...systemClock, now: () => new Date(now.getTime() + 1_000 * DAY_MS) };
    await keepHouse({ database, clock: ahead, options });
    expect(await partitions('background_session_event')).toEqual(before);
    expect(await days('background_session_event')).toHaveLength(1);
  });
});

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}
