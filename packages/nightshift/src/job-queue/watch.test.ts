import { afterAll, beforeAll, expect, test } from 'vitest';
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

const parts = () => ({ database: kit.platform.database, clock, telemetry: kit.telemetry as never });
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

test('what was told of is told again only when it comes back', async () => {
  const entry = await create(kit.admin, { object: sync, expectedDuration: 1 });
  const events: string[] = [];
  const telemetry = { emit: (id: string) => events.push(id) } as never;
  await ran(entry.id, 'In Process', new Date(clock.now().getTime() - 1_000), null);
  const told = await watchOnce({ ...parts(), telemetry }, new Set());
  expect(await watchOnce({ ...parts(), telemetry }, told)).toEqual(told);
  expect(events).toEqual(['NS0051']);
  await kit.query("update nightshift.job_queue_log_entry set status = 'Success' where status = 'In Process'");
  expect(await watchOnce({ ...parts(), telemetry }, told)).toEqual(new Set());
});

test('only for those who may see entries', async () => {
  const stranger = kit.platform.as({ user: 'STRANGER', company: 'CRONUS' });
  await expect(watch(stranger)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});
