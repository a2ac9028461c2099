import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../database/index.ts';
import { HOUR_MS, MINUTE_MS } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { JobQueueEntryInput } from './entry-input.ts';
import { jobQueueOptions } from './job-queue-options.ts';
import { removeOldAlerts, removeOldOfJobQueue } from './job-queue-retention.ts';

const DAY_MS = 24 * HOUR_MS;
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const fail = codeunit({ name: 'Fail', onRun: (session) => session.error('no luck') });
// Noon in the time zone of this process, whichever that is.
const clock = new FakeClock('2026-03-10T12:00:00');
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync, fail], clock, jobQueue: { logRetentionDays: 30 } });
});
afterAll(() => kit.stop());
afterEach(async () => {
  await kit.query('delete from nightshift.job_queue_entry');
  await kit.query('delete from nightshift.job_queue_log_entry');
});

function partsOf(logRetentionDays = 30) {
  const recorded = new RecordedTelemetry();
  const telemetry = new Telemetry([recorded.receive]);
  const options = { taskSchedulerSystemTaskStartTime: '00:00', taskSchedulerSystemTaskEndTime: '23:59:59' };
  const parts = { database: kit.platform.database, clock, telemetry, options };
  return { recorded, parts: { ...parts, jobQueue: jobQueueOptions({ logRetentionDays }) } };
}
const remove = (chunkSize?: number) => removeOldOfJobQueue(partsOf().parts, undefined, chunkSize);
const ago = (days: number) => new Date(clock.now().getTime() - days * DAY_MS);
const newEntry = (more: Partial<JobQueueEntryInput> = {}) =>
  jobQueue.create(kit.admin, { object: sync, ...more });

/** Log entries of an entry as its runs write them, that ended so many days ago; null: they are under way. */
function addLog(id: string, days: number | null, runs = 1): Promise<unknown> {
  return kit.query(
    `select nightshift.add_log_entry(e, gen_random_uuid(), 1, jsonb_build_object('session_id', 1, 'session_unique_id',
      gen_random_uuid(), 'attempt', 0, 'started_at', $2::timestamptz, 'ended_at', $3::timestamptz, 'status', $4::text))
    from nightshift.job_queue_entry e, generate_series(1, $5) where e.id = $1`,
    [id, ago(days ?? 400), days === null ? null : ago(days), days === null ? 'In Process' : 'Success', runs],
  );
}
const finish = (id: string, days: number) =>
  kit.query("update nightshift.job_queue_entry set status = 'Finished', status_since = $2 where id = $1", [
    id,
    ago(days),
  ]);
const logsOf = async (id?: string) =>
  (await jobQueue.logEntries(kit.admin, { entryId: id, limit: 1_000 } as never)).length;
const logs = async () => (await kit.query('select from nightshift.job_queue_log_entry')).length;
const ids = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id);

describe('log entries', () => {
  test('go when they are older than the option says, in chunks; those of a run under way never', async () => {
    const { recorded, parts } = partsOf();
    const { id } = await newEntry();
    await addLog(id, 31, 7);
    await addLog(id, 29, 2);
    await addLog(id, null, 1);
    expect(await removeOldOfJobQueue(parts, undefined, 3)).toEqual({ logEntries: 7, entries: 0 });
    expect(await logs()).toBe(3);
    expect(recorded.events('NS0054').map(({ dimensions }) => dimensions)).toEqual([
      { logEntries: 7, entries: 0, days: 30 },
    ]);
    expect(await removeOldOfJobQueue(parts, undefined, 3)).toEqual({ logEntries: 0, entries: 0 });
    expect(recorded.events()).toHaveLength(1);
  });

  test('go after as many days as their entry says, also when it is no more', async () => {
    const short = await newEntry({ keepLogDays: 2 });
    const long = await newEntry({ keepLogDays: 365 });
    for (const { id } of [short, long]) {
      for (const days of [1, 3, 100, 366]) await addLog(id, days);
      await addLog(id, null);
    }
    await jobQueue.delete(kit.admin, long.id);
    expect(await remove(1)).toEqual({ logEntries: 4, entries: 0 });
    expect([await logsOf(short.id), await logsOf(long.id)]).toEqual([2, 4]);
  });

  test('follow what their entry says later, in chunks; the last word counts', async () => {
    const { id } = await newEntry({ keepLogDays: 365 });
    await addLog(id, 10, 5);
    await jobQueue.modify(kit.admin, id, { keepLogDays: 5 });
    await jobQueue.modify(kit.admin, id, { keepLogDays: null });
    await remove(2);
    expect(await logsOf(id)).toBe(5);
    await addLog(id, 31, 1);
    await jobQueue.modify(kit.admin, id, { description: 'the days stay' });
    await remove(2);
    expect(await logsOf(id)).toBe(5);
    await jobQueue.modify(kit.admin, id, { keepLogDays: 5 });
    // Exactly as many as fit into chunks, and not one more.
    expect(await remove(5)).toEqual({ logEntries: 5, entries: 0 });
  });

  test('of the most days, and to the millisecond', async () => {
    const { id } = await newEntry({ keepLogDays: 3_650 });
    await addLog(id, 3_650);
    expect(await remove()).toEqual({ logEntries: 0, entries: 0 });
    await clock.advance(1);
    expect(await remove()).toEqual({ logEntries: 1, entries: 0 });
  });

  test('that somebody holds are left to the next round, and nobody waits', async () => {
    const { id } = await newEntry();
    await addLog(id, 40, 3);
    await kit.platform.database.exclusively(async (client) => {
      await client.query('begin');
      await client.query('select from nightshift.job_queue_log_entry order by no limit 1 for update');
      expect(await remove()).toEqual({ logEntries: 2, entries: 0 });
      await client.query('rollback');
    });
    expect(await remove()).toEqual({ logEntries: 1, entries: 0 });
  });

  test('go once each when several instances remove them at the same time', async () => {
    const { id } = await newEntry();
    const own = await newEntry({ keepLogDays: 1 });
    await addLog(id, 40, 30);
    await addLog(own.id, 40, 30);
    const removed = await Promise.all([remove(3), remove(3), remove(3), remove(3)]);
    const sum = removed.reduce((all, { logEntries }) => all + logEntries, 0);
    expect(sum + (await remove()).logEntries).toBe(60);
    expect(await logs()).toBe(0);
  });

  test('a round that is stopped has removed what it has removed; the next one goes on', async () => {
    const { id } = await newEntry();
    await addLog(id, 40, 5);
    const stop = new AbortController();
    const { parts } = partsOf();
    const database = {
      run: async (...args: Parameters<Database['run']>) => {
        const rows = await kit.platform.database.run(...args);
        if (args[0].name.includes('delete')) stop.abort();
        return rows;
      },
    } as Database;
    expect(await removeOldOfJobQueue({ ...parts, database }, stop.signal, 2)).toMatchObject({
      logEntries: 2,
    });
    expect(await remove(2)).toMatchObject({ logEntries: 3 });
  });
});

describe('Finished entries', () => {
  test('go after the same days; all others stay, however old', async () => {
    const gone = await newEntry();
    const kept = await newEntry({ keepLogDays: 365 });
    const soon = await newEntry({ keepLogDays: 1 });
    const held = await newEntry();
    const fresh = await newEntry();
    for (const { id } of [gone, kept]) await finish(id, 31);
    await finish(soon.id, 2);
    await finish(fresh.id, 29);
    await kit.query("update nightshift.job_queue_entry set status_since = '2000-01-01' where id = $1", [
      held.id,
    ]);
    expect(await remove(1)).toEqual({ logEntries: 0, entries: 2 });
    expect(ids(await jobQueue.list(kit.admin, { finished: true }))).toEqual(ids([kept, held, fresh]));
  });

  test('one that somebody takes up again meanwhile stays', async () => {
    const { id } = await newEntry();
    await finish(id, 31);
    await kit.platform.database.exclusively(async (client) => {
      await client.query('begin');
      await client.query("update nightshift.job_queue_entry set status = 'On Hold' where id = $1", [id]);
      expect(await remove()).toEqual({ logEntries: 0, entries: 0 });
      await client.query('commit');
    });
    expect(await remove()).toEqual({ logEntries: 0, entries: 0 });
    expect(ids(await jobQueue.list(kit.admin))).toEqual([id]);
  });

  test('the list shows them when it is asked for them, by the status or with all', async () => {
    const done = await newEntry();
    const other = await newEntry();
    await finish(done.id, 1);
    expect(ids(await jobQueue.list(kit.admin))).toEqual([other.id]);
    expect(ids(await jobQueue.list(kit.admin, { status: 'Finished' }))).toEqual([done.id]);
    expect(ids(await jobQueue.list(kit.admin, { finished: true }))).toEqual(ids([done, other]));
    expect(await jobQueue.get(kit.admin, done.id)).toMatchObject({ status: 'Finished' });
  });
});

test('an instance removes them by itself, by the clock: what ran once, and its log, 30 days later', async () => {
  const entry = await newEntry();
  await jobQueue.setStatusToReady(kit.admin, entry.id);
  await kit.waitFor('AL0000E26', ({ entryId }) => entryId === entry.id);
  const { status, statusSince } = await jobQueue.get(kit.admin, entry.id);
  expect({ status, statusSince }).toEqual({ status: 'Finished', statusSince: clock.now() });
  clock.at(new Date(statusSince.getTime() + 30 * DAY_MS));
  expect(await remove()).toEqual({ logEntries: 0, entries: 0 });
  await until('they are gone', async () => {
    await clock.advance(MINUTE_MS);
    return (await logs()) === 0 && (await jobQueue.list(kit.admin, { finished: true })).length === 0;
  });
});

test('what failed is as old as the clock says: to remove-failed, too', async () => {
  const { id } = await newEntry({ object: fail });
  await jobQueue.setStatusToReady(kit.admin, id);
  await kit.waitFor('AL0000JRG', ({ entryId }) => entryId === id);
  const { status, statusSince } = await jobQueue.get(kit.admin, id);
  expect({ status, statusSince }).toEqual({ status: 'Error', statusSince: clock.now() });
  const olderThan = DAY_MS;
  expect((await jobQueue.removeFailed(kit.admin, { olderThan })).done).toEqual([]);
  clock.at(new Date(statusSince.getTime() + DAY_MS - 1));
  expect((await jobQueue.removeFailed(kit.admin, { olderThan })).done).toEqual([]);
  clock.at(new Date(statusSince.getTime() + DAY_MS));
  expect(ids((await jobQueue.removeFailed(kit.admin, { olderThan })).done)).toEqual([id]);
});

test('the event of a good run says whether somebody wants to know of it', async () => {
  for (const notifyOnSuccess of [true, false]) {
    const { id } = await newEntry({ notifyOnSuccess });
    await jobQueue.setStatusToReady(kit.admin, id);
    const { dimensions } = await kit.waitFor('AL0000E26', ({ entryId }) => entryId === id);
    expect(dimensions).toMatchObject({ notifyOnSuccess });
  }
});

test('alerts go as log entries do, with who has seen them', async () => {
  await kit.query(
    `with told as (
      insert into nightshift.alert (company_no, kind, key, subject, since, last_at, for_users)
      select 1, 'failed', d, d, now(), $1::timestamptz - d::integer * interval '1 day', '{}' from unnest('{29,31}'::text[]) d
      returning no
    ) insert into nightshift.alert_seen select no, 1 from told`,
    [clock.now()],
  );
  await removeOldAlerts(partsOf().parts);
  expect(await kit.query("select subject from nightshift.alert where subject in ('29', '31')")).toEqual([
    { subject: '29' },
  ]);
});

test('no more is read than what goes: neither log entries nor entries', async () => {
  const keptByOption = await newEntry();
  const keptLong = await newEntry({ keepLogDays: 3_650 });
  /** Finished entries like this one. */
  const addFinished = (id: string, days: number, entries: number) =>
    kit.query(
      `insert into nightshift.job_queue_entry overriding user value
      select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'status', 'Finished',
        'status_since', $2::timestamptz))).*
      from nightshift.job_queue_entry e, generate_series(1, $3) where e.id = $1`,
      [id, ago(days), entries],
    );
  for (const add of [addLog, addFinished]) {
    await add(keptByOption.id, 1, 1_000);
    await add(keptLong.id, 100, 1_000);
    await add(keptByOption.id, 40, 3);
    await add(keptLong.id, 4_000, 3);
  }
  await kit.query('analyze nightshift.job_queue_log_entry, nightshift.job_queue_entry');
  const { parts } = partsOf();
  await kit.platform.database.exclusively(async (client) => {
    await client.query('begin');
    await client.query('set local plan_cache_mode = force_generic_plan');
    const database = {
      run: async ({ name, text }: { name: string; text: string }, values: readonly unknown[]) => {
        const explained = `explain (analyze, costs off, timing off, format json) ${text}`;
        const { rows } = await client.query(explained, [...values]);
        const plan = JSON.stringify(rows);
        const read = [...plan.matchAll(/"Actual Rows":\s*([\d.]+)/g)].map(([, count]) => Number(count));
        // Three, and what the tests before have left; not the thousands.
        expect(Math.max(...read), name).toBeLessThan(200);
        const filtered = /"Rows Removed by (Filter|Index Recheck)":\s*[1-9]/.test(plan);
        expect([name, filtered ? plan : 'reads no more']).toEqual([name, 'reads no more']);
        return [];
      },
    } as unknown as Database;
    await removeOldOfJobQueue({ ...parts, database });
    await client.query('rollback');
  });
});

test.each([0, 3_651, 1.5, '30', null])('the option logRetentionDays refuses %j', (days) => {
  expect(() => jobQueueOptions({ logRetentionDays: days as number })).toThrow(
    expect.objectContaining({ code: 'VALIDATION', field: 'jobQueue.logRetentionDays' }),
  );
});

test.each([0, 3_651, 1.5, '30'])('an entry refuses to keep its log for %j days', async (keepLogDays) => {
  await expect(newEntry({ keepLogDays: keepLogDays as number })).rejects.toMatchObject({
    code: 'VALIDATION',
    field: 'keepLogDays',
  });
});
