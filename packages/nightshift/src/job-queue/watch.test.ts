import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import type { EventId } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { RecordedEvent } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { create, setOnHold, setStatusToReady } from './job-queue.ts';
import { watch } from './watch.ts';
import { WATCH_INTERVAL_MS, watchOnce } from './watch-service.ts';

const MINUTE = 60_000;
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const clock = new FakeClock();
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], clock, taskScheduler: { enableTaskScheduler: false } });
  await addUsers(kit, { name: 'STRANGER', sets: ['Task Admin'] });
  await addCompany(kit, 'OTHER');
});
afterAll(() => kit.stop());

const LOG = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id,
    session_unique_id, user_no, object, parameter_string, description, status, attempt, started_at, ended_at)
  select company_no, id, entry_no, gen_random_uuid(), 1, gen_random_uuid(), 1, object, '', '', $2, 0,
    $3, $3::timestamptz + $4 * interval '1 ms' from nightshift.job_queue_entry where id = $1`;
const ran = (id: string, status: string, startedAt: Date, ms: number | null) =>
  kit.query(LOG, [id, status, startedAt, ms]);

/** Moves the clock until the instance, which looks every half minute, has told of something. */
async function toldBy(id: EventId): Promise<readonly RecordedEvent[]> {
  await until(`${id} came`, async () => {
    await clock.advance(WATCH_INTERVAL_MS);
    return kit.telemetry.events(id).length > 0;
  });
  return kit.telemetry.events(id);
}

test('an entry that should have run, once for each time; nothing runs at all; each in its company', async () => {
  const entry = await create(kit.admin, { object: sync });
  await setStatusToReady(kit.admin, entry.id);
  expect(await watch(kit.admin)).toEqual([]);
  await clock.advance(6 * MINUTE);
  expect(await watch(kit.admin)).toMatchObject([
    { kind: 'overdue', entryId: entry.id, status: 'Ready', byMs: 6 * MINUTE },
  ]);
  expect(await watch(kit.platform.as({ user: 'ADMIN', company: 'OTHER' }))).toEqual([]);
  await clock.advance(10 * MINUTE);
  expect((await watch(kit.admin)).map(({ kind }) => kind)).toEqual(['nothing-ran', 'overdue']);

  // The instance has been looking all the while, every half minute.
  const [late] = await toldBy('NS0050');
  expect(late?.dimensions).toMatchObject({ entryId: entry.id, entryNo: entry.entryNo, company: 'CRONUS' });
  const [none] = await toldBy('NS0052');
  expect(none?.dimensions).toMatchObject({ company: 'CRONUS' });
  await setOnHold(kit.admin, entry.id);
  expect(await watch(kit.admin)).toEqual([]);
});

test('a run that takes longer than expected, or than three times the median of the last 50 good ones', async () => {
  const expected = await create(kit.admin, { object: sync, expectedDuration: 2 * MINUTE });
  const usual = await create(kit.admin, { object: sync });
  const first = await create(kit.admin, { object: sync });
  for (let run = 0; run < 60; run++) {
    // The first ten are long ago, and took long.
    await ran(usual.id, 'Success', clock.now(), run < 10 ? 1_000 * MINUTE : MINUTE);
  }
  await ran(usual.id, 'Error', clock.now(), 1_000 * MINUTE);
  for (const { id } of [expected, usual, first]) await ran(id, 'In Process', clock.now(), null);
  await clock.advance(2 * MINUTE);
  expect(await watch(kit.admin)).toEqual([]);
  await clock.advance(1);
  expect((await watch(kit.admin)).map(({ entryId }) => entryId)).toEqual([expected.id]);
  await clock.advance(MINUTE);
  expect(await watch(kit.admin)).toMatchObject([
    { kind: 'overrun', entryId: expected.id, byMs: MINUTE + 1 },
    { kind: 'overrun', entryId: usual.id, byMs: 1 },
  ]);
  await toldBy('NS0051');
  await kit.query("update nightshift.job_queue_log_entry set status = 'Success', ended_at = started_at");
});

describe('told once', () => {
  /** An instance that looks when it is told to. */
  function watcher() {
    const events: string[] = [];
    const emit = (id: string, dimensions: { entryId: string }) => events.push(`${id} ${dimensions.entryId}`);
    const parts = { database: kit.platform.database, clock, telemetry: { emit } as never };
    return { events, look: (pageSize?: number) => watchOnce(parts, pageSize) };
  }
  const ended = () =>
    kit.query(
      "update nightshift.job_queue_log_entry set status = 'Success', ended_at = started_at where status = 'In Process'",
    );
  // Nobody has looked, nothing was told, and the platform's own instance does not look: its clock stands still.
  beforeEach(async () => {
    await kit.query('delete from nightshift.job_queue_log_entry');
    await kit.query("update nightshift.job_queue_entry set status = 'On Hold'");
    await kit.query('delete from nightshift.alert');
    await kit.query("update nightshift.job_queue_watch set looked_at = null, told = '{}'");
  });
  const nobodyLooked = () => kit.query('update nightshift.job_queue_watch set looked_at = null');
  /** Entries that were due at that instant, which no clock here can name to the microsecond. */
  async function due(at: string, count: number): Promise<readonly string[]> {
    const entries = await Promise.all(
      Array.from({ length: count }, () => create(kit.admin, { object: sync })),
    );
    const ids = entries.toSorted((one, other) => one.entryNo - other.entryNo).map(({ id }) => id);
    await kit.query(
      "update nightshift.job_queue_entry set status = 'Ready', earliest_start = $2 where id = any($1)",
      [ids, at],
    );
    return ids;
  }

  test('and again only when it has gone and come back', async () => {
    const { id } = await create(kit.admin, { object: sync, expectedDuration: 1 });
    await ran(id, 'In Process', new Date(clock.now().getTime() - 1_000), null);
    const { events, look } = watcher();
    for (let times = 0; times < 3; times++) {
      await look();
      await nobodyLooked();
    }
    expect(events).toEqual([`NS0051 ${id}`]);
    await ended();
    await look();
    await nobodyLooked();
    await kit.query(
      "update nightshift.job_queue_log_entry set status = 'In Process', ended_at = null where entry_id = $1",
      [id],
    );
    await look();
    expect(events).toEqual([`NS0051 ${id}`, `NS0051 ${id}`]);
  });

  test('whichever instance looks, also one that starts later, and also when all look at once', async () => {
    const ids = await due('2025-12-31', 3);
    const all = [watcher(), watcher(), watcher()];
    await Promise.all(all.map(({ look }) => look()));
    await nobodyLooked();
    const late = watcher();
    await late.look();
    const told = [...all, late].flatMap(({ events }) => events);
    expect(told.toSorted()).toEqual([`NS0052 ${ids[0]}`, ...ids.map((id) => `NS0050 ${id}`)].toSorted());
    expect(late.events).toEqual([]);
    const alerts = await kit.query<{ kind: string }>('select kind from nightshift.alert order by kind');
    expect(alerts.map(({ kind }) => kind)).toEqual(['nothing-ran', 'overdue', 'overdue', 'overdue']);
  });

  test('an instance that comes just after another one does not look; a clock that was set back keeps none away', async () => {
    const one = watcher();
    await one.look();
    await due('2025-12-31', 1);
    await one.look();
    expect(one.events).toEqual([]);
    await kit.query('update nightshift.job_queue_watch set looked_at = $1', [
      new Date(clock.now().getTime() + 1),
    ]);
    await one.look();
    expect(one.events).toHaveLength(2);
  });

  test('one that dies while it tells leaves it to the next one', async () => {
    const [id] = await due('2025-12-31', 1);
    const emit = () => {
      throw new Error('dies');
    };
    const dying = { database: kit.platform.database, clock, telemetry: { emit } as never };
    await expect(watchOnce(dying)).rejects.toThrow('dies');
    await nobodyLooked();
    const next = watcher();
    await next.look();
    expect(next.events).toContain(`NS0050 ${id}`);
  });

  test('one that was overtaken does not unsay what the next one has told', async () => {
    await due('2025-12-31', 2);
    const overtaken = watcher();
    const next = watcher();
    const database = {
      run: async (...args: Parameters<typeof kit.platform.database.run>) => {
        if (args[0].name.includes('watch_end')) {
          await due('2025-12-30', 1);
          await nobodyLooked();
          await next.look();
        }
        return kit.platform.database.run(...args);
      },
    } as never;
    await watchOnce({ database, clock, telemetry: { emit: () => undefined } as never });
    await nobodyLooked();
    await overtaken.look();
    expect(overtaken.events).toEqual([]);
    expect(next.events).toHaveLength(4);
  });

  test.each([1, 2, 3, 7])('page by page of %i: none is left out, none comes twice', async (size) => {
    const ids = [
      ...(await due('2025-12-31T00:00:00.000001Z', 3)),
      ...(await due('2025-12-31T00:00:00.000002Z', 3)),
      ...(await due('2025-12-31T00:00:00.001Z', 1)),
    ];
    const [waits] = await due('2025-12-30', 1);
    await kit.query(
      "update nightshift.job_queue_entry set status = 'Waiting', status_since = '2025-12-31T00:00:00.0000015Z' where id = $1",
      [waits],
    );
    const { events, look } = watcher();
    await look(size);
    expect(events.filter((event) => event.startsWith('NS0050')).toSorted()).toEqual(
      [...ids, waits].map((id) => `NS0050 ${id}`).toSorted(),
    );
    expect(events[0]).toBe(`NS0052 ${ids[0]}`);
  });

  test('something runs, however many are due: then it is not so that nothing does', async () => {
    const ids = await due('2025-12-31', 5);
    await ran(ids[4] as string, 'In Process', clock.now(), null);
    const { events, look } = watcher();
    await look(2);
    expect(events).toEqual(ids.map((id) => `NS0050 ${id}`));
  });
});

test('only for those who may see entries', async () => {
  const stranger = kit.platform.as({ user: 'STRANGER', company: 'CRONUS' });
  await expect(watch(stranger)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});
