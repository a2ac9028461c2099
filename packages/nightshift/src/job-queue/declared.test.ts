import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { companies, jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { checkDeclaredEntries, type DeclaredEntry } from './declared-entry.ts';
import { list, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const { declaration, resetToCode, modify } = jobQueue;
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const NIGHTLY: DeclaredEntry = {
  name: 'nightly sync',
  object: sync,
  parameterString: 'ORDERS',
  runOnMondays: true,
  startingTime: '02:00',
  earliestStart: new Date(Date.UTC(2026, 0, 1)),
  category: 'NIGHT',
  tags: ['shop'],
  recordToProcess: { table: 'shop', key: { no: 1 } },
};
let database: TestDatabase;
let kit: TestPlatform;
const start = (jobQueueEntries: readonly DeclaredEntry[]) =>
  startTestPlatform({
    codeunits: [sync],
    database,
    jobQueueEntries,
    taskScheduler: { enableTaskScheduler: false },
  });
beforeAll(async () => {
  database = await createTestDatabase();
  kit = await start([NIGHTLY, { name: 'other', object: 'Sync' }]);
});
afterAll(async () => {
  await kit.stop();
  await database.drop();
});

async function restart(...entries: readonly DeclaredEntry[]): Promise<void> {
  await kit.stop();
  kit = await start(entries);
}

async function declared(company = 'CRONUS', name = 'nightly sync'): Promise<JobQueueEntry | undefined> {
  const entries = await list(kit.platform.as({ user: 'ADMIN', company }));
  return entries.find(({ declaredName }) => declaredName === name);
}

async function nightly(): Promise<JobQueueEntry> {
  return (await declared()) as JobQueueEntry;
}

describe('entries declared in code', () => {
  test('are there in every company, also in one that comes later, On Hold', async () => {
    const expected = {
      ...{
        object: 'Sync',
        description: 'Sync',
        parameterString: 'ORDERS',
        status: 'On Hold',
        category: 'NIGHT',
      },
      ...{ tags: ['shop'], recordToProcess: { table: 'shop', key: { no: 1 } }, attempts: 0, taskId: null },
      schedule: { runOnMondays: true, startingTime: '02:00:00', timeZone: 'UTC' },
    };
    expect(await declared()).toMatchObject(expected);
    await companies.create(kit.admin, { name: 'LATER', timeZone: 'Europe/Berlin' });
    expect(await declared('LATER')).toMatchObject({
      ...expected,
      schedule: { ...expected.schedule, timeZone: 'Europe/Berlin' },
    });
    expect(await declaration(kit.admin, (await nightly()).id)).toEqual({
      ...{ application: 'test', name: 'nightly sync', isDeclared: true },
      ...{ changedByPeople: [], changedInCode: [] },
    });
  });

  test('are created once: people change them, delete them, and they stay so', async () => {
    const other = await declared('CRONUS', 'other');
    await kit.query('delete from nightshift.job_queue_entry where id = $1', [other?.id]);
    const { id } = await nightly();
    await modify(kit.admin, id, { description: 'Ours', category: null, runOnTuesdays: true });
    const entry = await nightly();
    await restart(NIGHTLY, { name: 'other', object: 'Sync' });
    expect(await nightly()).toEqual(entry);
    expect(await declared('CRONUS', 'other')).toBeUndefined();
    expect(await list(kit.admin)).toHaveLength(1);
    expect(await declaration(kit.admin, id)).toMatchObject({
      changedByPeople: ['category', 'description', 'runOnTuesdays'],
      changedInCode: [],
    });
  });

  test('what the code says since then is shown, and taken over when somebody says so', async () => {
    await restart({ ...NIGHTLY, startingTime: '03:00', maximumAttempts: 2 });
    const { id } = await nightly();
    const drift = { changedByPeople: ['category', 'description', 'runOnTuesdays'] };
    expect(await declaration(kit.admin, id)).toMatchObject({
      ...drift,
      changedInCode: ['maximumAttempts', 'startingTime'],
    });
    expect((await nightly()).schedule.startingTime).toBe('02:00:00');

    await setStatusToReady(kit.admin, id);
    await expect(resetToCode(kit.admin, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await setOnHold(kit.admin, id);
    expect(await resetToCode(kit.admin, id)).toMatchObject({
      ...{ description: 'Sync', category: 'NIGHT', maximumAttempts: 2 },
      schedule: { startingTime: '03:00:00', runOnTuesdays: false },
    });
    expect(await declaration(kit.admin, id)).toMatchObject({ changedByPeople: [], changedInCode: [] });
  });

  test('what is declared no more stays, and cannot be reset', async () => {
    await restart();
    const { id } = await nightly();
    expect(await declaration(kit.admin, id)).toMatchObject({ isDeclared: false, changedInCode: [] });
    await expect(resetToCode(kit.admin, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const plain = await jobQueue.create(kit.admin, { object: sync });
    expect(await declaration(kit.admin, plain.id)).toBeNull();
    await expect(resetToCode(kit.admin, plain.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

test.each<[string, readonly object[]]>([
  ['no name', [{ object: 'Sync' }]],
  ['a name that cannot be stored', [{ name: 'a\0', object: 'Sync' }]],
  ['two of a name', [NIGHTLY, NIGHTLY]],
  ['a bad field', [{ name: 'a', object: 'Sync', category: '' }]],
  ['an unknown field', [{ name: 'a', object: 'Sync', when: 'never' }]],
])('%s is refused', (_what, entries) => {
  expect(() => checkDeclaredEntries(entries as readonly DeclaredEntry[])).toThrow(
    expect.objectContaining({ code: 'APPLICATION_INVALID', field: 'jobQueueEntries' }),
  );
});
