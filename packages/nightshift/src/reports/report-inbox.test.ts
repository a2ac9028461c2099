import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HOUR_MS } from '../foundation/index.ts';
import { reportInbox } from '../platform/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import application, { SALES } from '../testing/fixtures/reports-app.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { reportOptions } from './report-options.ts';
import { removeOldDocuments } from './report-retention.ts';

const DAY_MS = 24 * HOUR_MS;
const clock = new FakeClock('2026-03-10T12:00:00');
let kit: TestPlatform;
beforeAll(async () => {
  const { codeunits, migrations } = application;
  kit = await startTestPlatform({
    codeunits,
    migrations,
    clock,
    applicationModule: new URL('../testing/fixtures/reports-app.ts', import.meta.url),
  });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'ONE', sets: ['Job Queue View'] },
    { name: 'OTHER', sets: ['Job Queue Admin'] },
  );
});
afterAll(() => kit.stop());
beforeEach(() => kit.query('delete from nightshift.report_inbox'));

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });
const ADD = `insert into nightshift.report_inbox (company_no, user_no, report, description, output_type, file_name, content,
    created_at, session_unique_id)
  select 1, no, $2, '', 'CSV', 'a.csv', 'abc', $3, gen_random_uuid() from nightshift.app_user where name = $1 returning no`;
async function add(user: string, report = 'Sales', daysAgo = 0): Promise<number> {
  const [row] = await kit.query<{ no: string }>(ADD, [
    user,
    report,
    new Date(clock.now().getTime() - daysAgo * DAY_MS),
  ]);
  return Number(row?.no);
}

test('everybody sees his own; SUPER everybody’s, when he wants to', async () => {
  const mine = await add('ONE');
  await add('OTHER');
  expect((await reportInbox.list(as('ONE'))).documents.map(({ no }) => no)).toEqual([mine]);
  for (const user of ['ONE', 'OTHER'])
    await expect(reportInbox.list(as(user), { everyone: true })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      field: 'everyone',
    });
  for (const verb of [reportInbox.get, reportInbox.fetch])
    await expect(verb(as('OTHER'), mine)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' });
  expect(await reportInbox.delete(as('OTHER'), { numbers: [mine] })).toBe(0);
  expect(await reportInbox.mark(as('OTHER'), { numbers: [mine], read: true })).toBe(0);
  expect((await reportInbox.list(kit.admin)).documents).toEqual([]);
  expect((await reportInbox.list(kit.admin, { everyone: true })).documents).toHaveLength(2);
  // That somebody else has looked at it does not make it read.
  expect(String((await reportInbox.fetch(kit.admin, mine)).content)).toBe('abc');
  expect((await reportInbox.get(as('ONE'), mine)).readAt).toBeNull();
  await expect(reportInbox.get(as('ADMIN', 'FABRIKAM'), mine)).rejects.toMatchObject({
    code: 'DOCUMENT_UNKNOWN',
  });
});

test('a document is read when it is fetched, or marked so, and can be unread again', async () => {
  const [one, two] = [await add('ONE'), await add('ONE')];
  await reportInbox.fetch(as('ONE'), one);
  const unread = async () =>
    (await reportInbox.list(as('ONE'), { unread: true })).documents.map(({ no }) => no);
  expect(await unread()).toEqual([two]);
  expect((await reportInbox.get(as('ONE'), one)).readAt).toEqual(clock.now());
  expect(await reportInbox.mark(as('ONE'), { numbers: [one, two, 999_999], read: true })).toBe(1);
  expect(await unread()).toEqual([]);
  expect(await reportInbox.mark(as('ONE'), { numbers: [one], read: false })).toBe(1);
  expect(await unread()).toEqual([one]);
});

test('pages go on where the one before ended; filters', async () => {
  const all = [];
  for (let at = 0; at < 7; at++) all.unshift(await add('ONE', at % 2 === 0 ? 'Sales' : 'Stock'));
  const seen: number[] = [];
  let before: number | null = null;
  do {
    const page = await reportInbox.list(as('ONE'), { limit: 3, ...(before === null ? {} : { before }) });
    seen.push(...page.documents.map(({ no }) => no));
    before = page.next;
    expect(page.total).toEqual({ value: 7, isExact: true });
  } while (before !== null);
  expect(seen).toEqual(all);
  expect((await reportInbox.list(as('ONE'), { report: 'Stock' })).documents).toHaveLength(3);
  const { sessionUniqueId = '' } = (await reportInbox.list(as('ONE'))).documents[0] ?? {};
  expect((await reportInbox.list(as('ONE'), { sessionUniqueId })).documents).toHaveLength(1);
});

test.each([
  ['limit', { limit: 0 }],
  ['limit', { limit: 501 }],
  ['before', { before: 1.5 }],
  ['entryId', { entryId: 'x' }],
  ['sessionUniqueId', { sessionUniqueId: "'; drop" }],
])('a list refuses a bad %s', async (field, query) => {
  await expect(reportInbox.list(kit.admin, query)).rejects.toMatchObject({ code: 'VALIDATION', field });
});

test('verbs refuse bad numbers', async () => {
  for (const no of [0, -1, 1.5, Number.NaN, '1' as never])
    await expect(reportInbox.get(kit.admin, no)).rejects.toMatchObject({ code: 'VALIDATION', field: 'no' });
  for (const numbers of [[], [1.5], Array.from({ length: 1_001 }, (_, at) => at), 'x' as never])
    await expect(reportInbox.delete(kit.admin, { numbers })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'numbers',
    });
  await expect(reportInbox.mark(kit.admin, { numbers: [1], read: 'x' as never })).rejects.toMatchObject({
    field: 'read',
  });
});

test('what is deleted is gone, and the audit log says what it was', async () => {
  const no = await add('ONE');
  expect(await reportInbox.delete(as('ONE'), { numbers: [no] })).toBe(1);
  await expect(reportInbox.get(as('ONE'), no)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' });
  const [row] = await kit.query<{ object_name: string }>(
    "select * from nightshift.audit_log where verb = 'document.delete' and result = 'allowed' order by at desc, id desc limit 1",
  );
  expect(row).toMatchObject({ object_kind: 'document', object_id: String(no) });
});

test('old ones are removed, chunk after chunk, within the hours for that', async () => {
  const [old, young] = [await add('ONE', 'Sales', 91), await add('ONE', 'Sales', 89)];
  for (let at = 0; at < 120; at++) await add('ONE', 'Sales', 200);
  const recorded = new RecordedTelemetry();
  const parts = {
    ...{ database: kit.platform.database, clock, telemetry: new Telemetry([recorded.receive]) },
    options: { taskSchedulerSystemTaskStartTime: '00:00', taskSchedulerSystemTaskEndTime: '23:59:59' },
    reports: reportOptions({}),
  };
  const closed = { taskSchedulerSystemTaskStartTime: '01:00', taskSchedulerSystemTaskEndTime: '02:00' };
  expect(await removeOldDocuments({ ...parts, options: closed })).toBe(0);
  expect(await removeOldDocuments(parts)).toBe(121);
  expect((await reportInbox.list(as('ONE'))).documents.map(({ no }) => no)).toEqual([young]);
  expect(old).toBeLessThan(young);
  expect(() => reportOptions({ retentionDays: 0 })).toThrow(
    expect.objectContaining({ field: 'reportInbox.retentionDays' }),
  );
});

test('inside a session the inbox is read apart from its transaction', async () => {
  await kit.open(async (session) => {
    await session.run(SALES.main, { outputType: 'CSV' });
    expect((await reportInbox.list(session)).documents).toEqual([]);
    await session.commit();
    expect((await reportInbox.list(session)).documents).toHaveLength(1);
  });
});
