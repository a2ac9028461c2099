import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { modify } from './entry-modify.ts';
import { create, get, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const other = codeunit({ name: 'Other', onRun: () => undefined });
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync, other], taskScheduler: { enableTaskScheduler: false } });
  await addUsers(kit, { name: 'CLERK' });
});
afterAll(() => kit.stop());

function entry(more: object = {}): Promise<JobQueueEntry> {
  return create(kit.admin, { object: sync, ...more });
}

describe('an entry', () => {
  test('keeps every field that it is given', async () => {
    const fields = {
      parameterString: 'ORDERS',
      parameters: { shop: ['a', 1, null, { deep: true }] },
      recordToProcess: { table: 'sales_order', key: { no: 'S-1', line: 10_000 } },
      description: 'Ünïcode 😀',
      cron: '30 2 * * MON-FRI',
      timeZone: 'Europe/Berlin',
      missedRuns: 'skip',
      afterFinalError: 'continue-schedule',
      inactivityTimeoutMinutes: 720,
      manualRecurrence: true,
      category: 'NIGHT',
      priority: 'High',
      notifyOnSuccess: true,
      expectedDuration: 60_000,
      tags: ['shop', 'nightly'],
      maximumAttempts: 3,
      rerunDelaySeconds: 60,
      timeout: 1_000,
    } as const;
    const { cron, timeZone, ...plain } = fields;
    const made = await entry(fields);
    expect(made).toMatchObject({ ...plain, schedule: { cron, timeZone }, status: 'On Hold', owner: null });
    expect(await get(kit.admin, made.id)).toEqual(made);
    expect(
      await kit.query("select code, parallelism from nightshift.job_queue_category where code = 'NIGHT'"),
    ).toEqual([{ code: 'NIGHT', parallelism: 1 }]);
  });

  test.each<[field: string, input: object]>([
    ['parameters', { parameters: 'x'.repeat(8_191) }],
    ['parameters', { parameters: { nul: '\0' } }],
    ['parameters', { parameters: { half: '\ud800' } }],
    ['parameters', { parameters: { now: new Date(0) } }],
    ['recordToProcess', { recordToProcess: { table: 't', key: { long: 'x'.repeat(3_000) } } }],
    ['recordToProcess.table', { recordToProcess: { table: '', key: {} } }],
    ['category', { category: '' }],
    ['category', { category: 'x'.repeat(21) }],
    ['category', { category: ' A' }],
    ['priority', { priority: 'Urgent' }],
    ['inactivityTimeoutMinutes', { inactivityTimeoutMinutes: 4 }],
    ['expectedDuration', { expectedDuration: 0 }],
    ['tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
    ['tags.0', { tags: ['x'.repeat(51)] }],
    ['missedRuns', { missedRuns: 'all' }],
    ['afterFinalError', { afterFinalError: 'restart' }],
    ['cron', { cron: 'never' }],
  ])('is refused for %s', async (field, input) => {
    await expect(entry(input)).rejects.toMatchObject({ code: 'VALIDATION', field });
  });
});

describe('modify', () => {
  test('changes what is given, leaves the rest, and writes down what differs', async () => {
    const made = await entry({ parameterString: 'ORDERS', runOnMondays: true, category: 'A' });
    const after = await modify(kit.admin, made.id, {
      description: 'New',
      category: null,
      version: made.version,
    });
    const { statusSince } = made;
    expect(after).toEqual({
      ...made,
      statusSince,
      description: 'New',
      category: null,
      version: made.version + 1,
    });
    expect(
      await kit.query('select before, after from nightshift.audit_log where object_id = $1 and verb = $2', [
        made.id,
        'entry.modify',
      ]),
    ).toEqual([
      { before: { description: 'Sync', category: 'A' }, after: { description: 'New', category: null } },
    ]);
  });

  test.each<[before: object, changes: object, schedule: object]>([
    [
      { runOnMondays: true, minutesBetweenRuns: 30 },
      { nextRunDateFormula: '1D' },
      { runOnMondays: false, minutesBetweenRuns: 0 },
    ],
    [
      { nextRunDateFormula: '1D' },
      { runOnFridays: true },
      { nextRunDateFormula: null, minutesBetweenRuns: 1440 },
    ],
    [
      { runOnMondays: true, startingTime: '08:00', endingTime: '09:00' },
      { cron: '0 2 * * *' },
      { runOnMondays: false, startingTime: null, endingTime: null, minutesBetweenRuns: 0 },
    ],
    [
      { cron: '0 2 * * *' },
      { runOnSundays: true, minutesBetweenRuns: 60 },
      { cron: null, minutesBetweenRuns: 60 },
    ],
    [{ cron: '0 2 * * *' }, { nextRunDateFormula: '1M' }, { cron: null }],
  ])('%j with %j: what is new replaces what it excludes', async (before, changes, schedule) => {
    const made = await entry(before);
    expect((await modify(kit.admin, made.id, changes)).schedule).toMatchObject(schedule);
  });

  test('whoever changes what runs is whom it runs as; other changes leave that alone', async () => {
    const clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
    const made = await entry();
    const described = await modify(clerk, made.id, { description: 'New' });
    expect(described.runAs).toBe(made.runAs);
    const reparametrised = await modify(clerk, made.id, { parameterString: 'B' });
    expect(reparametrised.runAs).not.toBe(made.runAs);
    expect(reparametrised.attempts).toBe(0);
  });

  test('of one that is Ready, that somebody else changed, or that is not there is refused', async () => {
    const made = await entry();
    await setStatusToReady(kit.admin, made.id);
    await expect(modify(kit.admin, made.id, { description: 'x' })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Ready' },
    });
    const held = await setOnHold(kit.admin, made.id);
    await expect(
      modify(kit.admin, made.id, { description: 'x', version: made.version }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`version ${held.version}`),
    });
    const unknown = { code: 'ENTRY_UNKNOWN' };
    await expect(modify(kit.admin, made.id.replace(/^./, 'f'), {})).rejects.toMatchObject(unknown);
    await expect(modify(kit.admin, made.id, { object: 'Nothing' })).rejects.toMatchObject({
      code: 'CODEUNIT_UNKNOWN',
    });
    expect((await modify(kit.admin, made.id, { object: other })).object).toBe('Other');
  });

  test('of two with the same version one wins', async () => {
    const made = await entry();
    const { version } = made;
    const tries = await Promise.allSettled(
      ['one', 'two'].map((description) => modify(kit.admin, made.id, { description, version })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
