import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { plain } from '../testing/verb-stage.ts';

const ADD_LOG = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id, user_no, object,
    parameter_string, description, status, attempt, started_at, ended_at, fingerprint)
  select e.company_no, e.id, e.entry_no, g, gen_random_uuid(), $2, e.object, '', '', (array['Success', 'Error'])[1 + g % 2], 0,
    now() - g * interval '1 minute', now(), case g % 2 when 1 then 'abc' end
  from nightshift.job_queue_entry e, generate_series(1, $3::integer) g where e.id = $1`;

let kit: TestPlatform;
let entryId: string;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  await addUsers(kit, { name: 'WORKER', sets: ['Job Queue Run'] });
  entryId = (await jobQueue.create(kit.admin, { object: 'Plain' })).id;
  await kit.query(ADD_LOG, [entryId, kit.platform.directory.user('ADMIN').no, 25]);
});
afterAll(() => kit.stop());

test('pages go on behind their last row, newest first, and count what fits', async () => {
  const seen: number[] = [];
  let before: number | undefined;
  do {
    const page = await jobQueue.logPage(kit.admin, {
      limit: 10,
      ...(before === undefined ? {} : { before }),
    });
    seen.push(...page.entries.map(({ no }) => no));
    expect(page.total).toEqual({ value: 25, isExact: true });
    before = page.next ?? undefined;
  } while (before !== undefined);
  expect(seen).toEqual([...seen].sort((one, other) => other - one));
  expect(new Set(seen).size).toBe(25);
  const [no = 0] = seen;
  expect(await jobQueue.logEntry(kit.admin, no)).toMatchObject({ no, entryId });
  expect(await jobQueue.logEntry(kit.admin, 0)).toBeNull();
});

test('filters narrow it', async () => {
  const count = async (query: Parameters<typeof jobQueue.logPage>[1]) =>
    (await jobQueue.logPage(kit.admin, query)).total.value;
  expect(await count({ statuses: ['Error'] })).toBe(13);
  expect(await count({ fingerprint: 'abc' })).toBe(13);
  expect(await count({ entryId, object: 'Plain' })).toBe(25);
  expect(await count({ object: 'Other' })).toBe(0);
  const [newest] = (await jobQueue.logPage(kit.admin, { limit: 1 })).entries;
  const startedFrom = newest?.startedAt ?? new Date(0);
  expect((await count({ startedFrom })) + (await count({ startedTo: startedFrom }))).toBe(25);
});

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 501 }, 'limit'],
  [{ before: 0.5 }, 'before'],
  [{ entryId: 'x' }, 'entryId'],
  [{ correlationId: 'x' }, 'correlationId'],
  [{ statuses: ['None'] as never }, 'statuses'],
])('%j is refused', async (query, field) => {
  await expect(jobQueue.logPage(kit.admin, query)).rejects.toMatchObject({ code: 'VALIDATION', field });
});
