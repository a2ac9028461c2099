import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../job-queue/index.ts';
import { until } from '../testing/condition.ts';
import { EntryKit } from '../testing/entry-kit.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { orders, someOrders } from '../testing/item-orders.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { processAll, stage } from '../work-items/index.ts';
import { alerts, approvals, items, jobQueue, users } from './verbs.ts';

const MINUTE_MS = 60_000;
const staged = orders({ retryPolicy: 'never' });
const kit = new EntryKit();

beforeAll(async () => {
  await kit.start({ workItems: [staged] });
  await addSets(kit.platform, { Sync: { codeunits: ['Sync'] } });
  await addUsers(
    kit.platform,
    { name: 'CHIEF', sets: ['Job Queue Admin', 'Sync'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'OTHER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'DELEGATE', sets: ['Job Queue Run', 'Sync'], columns: { is_delegated: true } },
    { name: 'STRANGER', sets: [] },
    { name: 'SECURITY', sets: ['Job Queue Admin', 'Security Admin', 'Sync'] },
    { name: 'SECOND SECURITY', sets: ['Security Admin'] },
    { name: 'SHOP', sets: ['Sync'], columns: { kind: 'application' } },
  );
  await addCompany(kit.platform, 'FABRIKAM');
});
afterAll(() => kit.platform.stop());
beforeEach(async () => {
  await kit.platform.query('delete from nightshift.alert');
});

const as = (user: string, company = 'CRONUS') => kit.platform.platform.as({ user, company });
const seenBy = async (user: string) => (await alerts.list(as(user))).alerts;
const kinds = (found: readonly Alert[]) => found.map(({ kind }) => kind);

function failing(times: number) {
  let runs = 0;
  return () => {
    if (++runs <= times) throw new Error('the price list is missing');
  };
}

describe('of a run', () => {
  test('that fails: once, however often it is tried; then that it runs again', async () => {
    const entry = await kit.ready(failing(2), { maximumAttempts: 3, rerunDelaySeconds: 60 });
    await kit.ends(entry, 'Ready', 1);
    expect(await seenBy('ADMIN')).toMatchObject([
      {
        kind: 'retries',
        tone: 'wait',
        times: 1,
        overAt: null,
        isSeen: false,
        entryId: entry.id,
        text: `Entry ${entry.entryNo} (Sync) failed and tries again by itself: the price list is missing`,
      },
    ]);
    kit.at((await kit.get(entry)).earliestStart as Date);
    await kit.ends(entry, 'Ready', 2);
    const [again] = await seenBy('ADMIN');
    expect(again).toMatchObject({ kind: 'retries', times: 2, logEntryNo: (await kit.logsOf(entry))[0]?.no });
    kit.at((await kit.get(entry)).earliestStart as Date);
    await kit.ends(entry, 'Finished', 3);
    const [well, before] = await seenBy('ADMIN');
    expect(well).toMatchObject({ kind: 'recovered', tone: 'good', since: again?.since });
    expect(before).toMatchObject({ kind: 'retries', overAt: well?.lastAt });
  });

  test('that fails for good, once for each error, and anew when somebody has set it Ready', async () => {
    const entry = await kit.ready(failing(2), { maximumAttempts: 0 });
    await kit.ends(entry, 'Error', 1);
    expect(kinds(await seenBy('ADMIN'))).toEqual(['failed']);
    kit.pass(MINUTE_MS);
    await jobQueue.setStatusToReady(kit.platform.admin, entry.id);
    await kit.ends(entry, 'Error', 2);
    expect((await seenBy('ADMIN')).map(({ kind, overAt }) => [kind, overAt === null])).toEqual([
      ['failed', true],
      ['failed', false],
    ]);
  });

  test('of an entry that is deleted: it is so no more', async () => {
    const entry = await kit.create(failing(1), { maximumAttempts: 0 });
    await jobQueue.setStatusToReady(kit.platform.admin, entry.id);
    await kit.ends(entry, 'Error', 1);
    expect((await seenBy('ADMIN'))[0]?.overAt).toBeNull();
    await jobQueue.delete(kit.platform.admin, entry.id);
    expect((await seenBy('ADMIN'))[0]?.overAt).not.toBeNull();
  });

  test('that keeps failing and keeps its schedule is one alert', async () => {
    const entry = await kit.ready(failing(9), {
      ...EVERY_DAY,
      maximumAttempts: 0,
      minutesBetweenRuns: 60,
      afterFinalError: 'continue-schedule',
    });
    await kit.follow(entry, 3);
    await until('all are told of', async () => (await seenBy('ADMIN'))[0]?.times === 3);
    expect(kinds(await seenBy('ADMIN'))).toEqual(['failed']);
  });

  test('that went well, for those only who want to hear of it: the last one', async () => {
    const entry = await kit.ready(() => undefined, {
      ...EVERY_DAY,
      minutesBetweenRuns: 60,
      notifyOnSuccess: true,
    });
    await kit.follow(entry, 2);
    const told = await until('both are told of', async () => {
      const found = await seenBy('ADMIN');
      const [newest] = await kit.logsOf(entry);
      return found[0]?.logEntryNo === newest?.no && found;
    });
    expect(told).toMatchObject([{ kind: 'succeeded', tone: 'good' }]);
    expect(told[0]?.overAt).not.toBeNull();
    expect(await seenBy('CHIEF')).toEqual([]);
  });

  test('that went well and nobody wants to hear of leaves nothing', async () => {
    const entry = await kit.ready(() => undefined);
    await kit.ends(entry, 'Finished');
    expect(await seenBy('ADMIN')).toEqual([]);
  });
});

describe('who sees what', () => {
  const owned = async (user: string) => {
    const { id, entryNo } = await jobQueue.create(as(user), { object: kit.sync });
    await kit.platform.query(
      `select nightshift.tell_of_run(e, '{"fingerprint": "f"}', 'failed') from nightshift.job_queue_entry e where id = $1`,
      [id],
    );
    return entryNo;
  };
  const numbers = async (user: string) => (await seenBy(user)).map(({ entryNo }) => entryNo);

  test('his own; who answers for all of the company, all; nobody those of another company', async () => {
    const [mine, theirs] = [await owned('RUNNER'), await owned('OTHER')];
    expect(await numbers('RUNNER')).toEqual([mine]);
    expect(await numbers('OTHER')).toEqual([theirs]);
    expect(await numbers('CHIEF')).toEqual([theirs, mine]);
    expect((await alerts.list(as('ADMIN', 'FABRIKAM'))).alerts).toEqual([]);
    await expect(alerts.list(as('STRANGER'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('also who answers for an entry that is not his', async () => {
    const [chief] = await kit.platform.query<{ no: number }>(
      "select no from nightshift.app_user where name = 'OTHER'",
    );
    const { id } = await jobQueue.create(as('RUNNER'), { object: kit.sync });
    await kit.platform.query('update nightshift.job_queue_entry set owner_no = $2 where id = $1', [
      id,
      chief?.no,
    ]);
    await kit.platform.query(
      `select nightshift.tell_of_run(e, '{}', 'failed') from nightshift.job_queue_entry e where id = $1`,
      [id],
    );
    expect(await numbers('OTHER')).toHaveLength(1);
  });

  test('each marks what he has seen, for himself; what does not concern him he cannot', async () => {
    const [mine, theirs] = [await owned('RUNNER'), await owned('OTHER')];
    const [of] = await seenBy('OTHER');
    expect(await alerts.markSeen(as('RUNNER'), { numbers: [of?.no ?? 0] })).toBe(0);
    expect(await alerts.markSeen(as('CHIEF'), { upTo: (of?.no ?? 0) - 1 })).toBe(1);
    expect(await alerts.markSeen(as('CHIEF'), { upTo: (of?.no ?? 0) - 1 })).toBe(0);
    const unseen = await alerts.list(as('CHIEF'), { unseen: true });
    expect(unseen.alerts.map(({ entryNo }) => entryNo)).toEqual([theirs]);
    expect(unseen.total).toEqual({ value: 1, isExact: true });
    expect((await seenBy('CHIEF')).map(({ isSeen }) => isSeen)).toEqual([false, true]);
    expect((await alerts.list(as('RUNNER'), { unseen: true })).alerts).toMatchObject([{ entryNo: mine }]);
  });

  test('page by page, by kind, and only what is so still', async () => {
    for (let each = 0; each < 3; each++) await owned('RUNNER');
    const first = await alerts.list(as('RUNNER'), { limit: 2 });
    const second = await alerts.list(as('RUNNER'), { limit: 2, before: first.next ?? 0 });
    expect([first.alerts.length, second.alerts.length, second.next]).toEqual([2, 1, null]);
    expect((await alerts.list(as('RUNNER'), { kinds: ['overdue'] })).alerts).toEqual([]);
    await kit.platform.query('update nightshift.alert set over_at = now() where no = $1', [
      second.alerts[0]?.no,
    ]);
    expect((await alerts.list(as('RUNNER'), { present: true })).total.value).toBe(2);
    expect(await alerts.get(as('RUNNER'), first.alerts[0]?.no ?? 0)).toMatchObject({ kind: 'failed' });
    expect(await alerts.get(as('OTHER'), first.alerts[0]?.no ?? 0)).toBeNull();
    await expect(alerts.list(as('RUNNER'), { limit: 0 })).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});

test('a request for approval waits for whoever may decide, not for whoever asks, until it is decided', async () => {
  const { id } = await jobQueue.create(as('DELEGATE'), { object: kit.sync });
  const request = await jobQueue.requestApproval(as('DELEGATE'), id, { comment: 'before month end' });
  expect(await seenBy('DELEGATE')).toEqual([]);
  expect(await seenBy('CHIEF')).toMatchObject([
    { kind: 'approval', overAt: null, text: expect.stringContaining('before month end') },
  ]);
  await approvals.reject(as('CHIEF'), request.id);
  expect((await seenBy('CHIEF'))[0]?.overAt).not.toBeNull();
});

test('a request that asks an application waits for those who answer for applications', async () => {
  const { id } = await jobQueue.create(as('SECURITY'), { object: kit.sync });
  await jobQueue.reassign(as('SECURITY'), id, { user: 'SHOP' });
  expect(await seenBy('SECOND SECURITY')).toMatchObject([{ kind: 'approval', entryId: id, overAt: null }]);
  expect(await seenBy('RUNNER')).toEqual([]);
  expect(await seenBy('SECURITY')).toEqual([]);
  expect(await alerts.markSeen(as('SECOND SECURITY'), { upTo: Number.MAX_SAFE_INTEGER })).toBe(1);
});

test('work items that failed for good: once for each error of a table, with how many there are', async () => {
  await stage(kit.platform.admin, staged, someOrders(3));
  await kit.platform.open((session) =>
    processAll(session, staged, {}, async ({ payload }) => {
      throw new Error(payload.no === 'A1' ? 'no such customer' : 'no price');
    }),
  );
  const found = await seenBy('CHIEF');
  expect(found.map(({ kind, times, table }) => [kind, times, table]).toSorted()).toEqual([
    ['items-failed', 1, 'staged_order'],
    ['items-failed', 2, 'staged_order'],
  ]);
  await stage(kit.platform.admin, staged, someOrders(1, 9));
  await kit.platform.open((session) =>
    processAll(session, staged, {}, async () => {
      throw new Error('no price');
    }),
  );
  expect((await seenBy('CHIEF')).map(({ times }) => times).toSorted()).toEqual([1, 3]);
});

const RUNS_SINCE = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id,
    session_unique_id, user_no, object, parameter_string, description, status, attempt, started_at)
  select company_no, id, entry_no, gen_random_uuid(), 1, gen_random_uuid(), 1, object, '', '', 'In Process', 0, $2
  from nightshift.job_queue_entry where id = $1`;

const looksAgain = async (what: string, fits: (found: readonly Alert[]) => unknown) =>
  until(what, async () => {
    await kit.clock.advance(30_000);
    return fits(await seenBy('ADMIN'));
  });

test('work items that failed for good, until none of them is failed; then another one is something new', async () => {
  const { admin } = kit.platform;
  const fail = () =>
    kit.platform.open((session) =>
      processAll(session, staged, {}, async ({ payload }) => {
        throw new Error(payload.no === 'A20' ? 'no stock' : 'no carrier');
      }),
    );
  await stage(admin, staged, someOrders(3, 20));
  await fail();
  const overOf = (found: readonly Alert[]) =>
    found.map(({ times, overAt }) => `${times} ${overAt === null ? 'present' : 'over'}`).toSorted();
  expect(overOf(await seenBy('ADMIN'))).toEqual(['1 present', '2 present']);
  const idOf = async (externalId: string) => {
    const [item] = await items.list(admin, staged, { externalId });
    return item?.id ?? 0;
  };
  await items.skip(admin, staged, [await idOf('A21')], 'sold out');
  await items.retry(admin, staged, [await idOf('A20')]);
  await looksAgain('one is over', (found) => overOf(found).includes('1 over'));
  expect(overOf(await seenBy('ADMIN'))).toEqual(['1 over', '2 present']);
  await items.resolve(admin, staged, [await idOf('A22')], 'sent by hand');
  await looksAgain('both are over', (found) => overOf(found).includes('2 over'));
  await fail();
  expect(overOf(await seenBy('ADMIN'))).toEqual(['1 over', '1 present', '2 over']);
});

describe('of the watch', () => {
  test('an entry that is late, that nothing runs, until it is so no more', async () => {
    const { id } = await jobQueue.create(kit.platform.admin, { object: kit.sync });
    await kit.platform.query(
      "update nightshift.job_queue_entry set status = 'Ready', earliest_start = $2 where id = $1",
      [id, new Date(kit.clock.now().getTime() - 60 * MINUTE_MS)],
    );
    await kit.platform.query('delete from nightshift.job_queue_log_entry');
    await looksAgain('it is told', (found) => found.length >= 2);
    const found = await seenBy('ADMIN');
    expect(kinds(found).toSorted()).toEqual(['nothing-ran', 'overdue']);
    await jobQueue.setOnHold(kit.platform.admin, id);
    await looksAgain('it is over', (now) => now.every(({ overAt }) => overAt !== null));
    expect(await seenBy('ADMIN')).toHaveLength(2);
  });

  test('a run that takes longer than it should, until it has ended', async () => {
    const fields = { object: kit.sync, expectedDuration: 2 * MINUTE_MS };
    const { id } = await jobQueue.create(kit.platform.admin, fields);
    await kit.platform.query(RUNS_SINCE, [id, new Date(kit.clock.now().getTime() - 5 * MINUTE_MS)]);
    const isThere = (found: readonly Alert[]) => found.find(({ kind }) => kind === 'overrun');
    await looksAgain('it is told', isThere);
    expect(isThere(await seenBy('ADMIN'))).toMatchObject({ entryId: id, times: 1, overAt: null });
    const end =
      "update nightshift.job_queue_log_entry set status = 'Success', ended_at = started_at where entry_id = $1";
    await kit.platform.query(end, [id]);
    await looksAgain('it is over', (found) => isThere(found)?.overAt);
    expect((await seenBy('ADMIN')).filter(({ kind }) => kind === 'overrun')).toHaveLength(1);
  });

  test('an entry that runs as somebody who is gone, until he is back', async () => {
    for (let each = 0; each < 2; each++) {
      const { id } = await jobQueue.create(as('RUNNER'), { object: kit.sync });
      await kit.platform.query(
        `update nightshift.job_queue_entry set status = 'Ready', owner_no =
          (select no from nightshift.app_user where name = 'OTHER') where id = $1`,
        [id],
      );
    }
    await users.disable(kit.platform.admin, 'RUNNER');
    await looksAgain('it is told', (found) => found.some(({ kind }) => kind === 'user-gone'));
    const [gone] = (await seenBy('ADMIN')).filter(({ kind }) => kind === 'user-gone');
    expect(gone).toMatchObject({ times: 2, subject: 'RUNNER', entryId: null });
    expect((await seenBy('OTHER')).some(({ kind }) => kind === 'user-gone')).toBe(true);
    await users.enable(kit.platform.admin, 'RUNNER');
    await looksAgain('it is over', (found) =>
      found.some(({ kind, overAt }) => kind === 'user-gone' && overAt !== null),
    );
  });
});
