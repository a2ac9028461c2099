import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const sync = codeunit({ name: 'Sync', onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({
    database,
    codeunits: [sync],
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (...words: readonly string[]) =>
  run(['entry', ...words, '--user', 'ADMIN', '--database-url', database.url]);
const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;
const far = { earliestStart: new Date('2999-01-01T00:00:00Z'), timeZone: 'UTC' };
const newEntry = async (fields: object = {}) => {
  const { entryNo } = await jobQueue.create(world.admin, { object: sync, ...far, ...fields });
  return String(entryNo);
};

describe('entry modify', () => {
  test('changes what is named, clears what is empty, and keeps the rest', async () => {
    const no = await newEntry({ parameterString: 'ORDERS', category: 'NIGHT' });
    const fields = [
      ['--parameters', '{"shop":[1]}'],
      ['--record', 'order:no=S-1,line=10000,open=true'],
      ['--cron', '30 2 * * MON-FRI'],
      ['--priority', 'high'],
      ['--missed-runs', 'skip'],
      ['--after-final-error', 'continue-schedule'],
      ['--tag', 'shop, nightly'],
      ['--expected-duration', '2m'],
      ['--inactivity-timeout', '1h'],
      ['--keep-log', '30d'],
      ['--category', ''],
      ['--expiration', ''],
    ];
    const changed = json(await ns('modify', no, ...fields.flat(), '--if-version', '1', '--json'));
    expect(changed).toMatchObject({
      parameterString: 'ORDERS',
      parameters: { shop: [1] },
      recordToProcess: { table: 'order', key: { no: 'S-1', line: 10_000, open: true } },
      schedule: { cron: '30 2 * * MON-FRI' },
      priority: 'High',
      missedRuns: 'skip',
      afterFinalError: 'continue-schedule',
      tags: ['shop', 'nightly'],
      expectedDuration: 120_000,
      inactivityTimeoutMinutes: 60,
      keepLogDays: 30,
      category: null,
      version: 2,
    });
    const stale = await ns('modify', no, '--description', 'x', '--if-version', '1');
    expect(stale.err).toContain('it is version 2 now, not 1');
  });

  test.each([
    [['--parameters', '{'], 'is not JSON'],
    [['--record', 'order'], 'write table:key=value'],
    [['--record', 'order:no'], 'write table:key=value'],
    [['--priority', 'urgent'], 'priority'],
    [['--inactivity-timeout', '90s'], 'inactivityTimeoutMinutes'],
    [['--keep-log', '36h'], 'keepLogDays'],
  ])('%j is refused', async (options, text) => {
    const { err, exitCode } = await ns('modify', await newEntry(), ...options);
    expect(err).toContain(text);
    expect(exitCode).not.toBe(0);
  });
});

describe('entry', () => {
  test('restart, run-now, stop, copy, priority, delete', async () => {
    const no = await newEntry();
    expect((await ns('run-now', no)).err).toContain('set it Ready');
    expect((await ns('restart', no)).out).toBe(
      `Entry ${no} (Sync) is Ready; it runs at 2999-01-01 00:00:00 UTC.`,
    );
    expect((await ns('run-now', no)).out).toMatch(/is Ready; it runs at 20[2-9]\d-/);
    expect((await ns('stop', no, '--comment', 'enough')).err).toContain('no run of it is under way');
    expect((await ns('priority', no, 'low')).out).toBe(`Entry ${no} (Sync) has priority Low.`);
    const [sentence, id] = (await ns('copy', no)).out.split('\n');
    expect(sentence).toMatch(/^Entry \d+ \(Sync\) is On Hold\.$/);
    expect((await ns('delete', id ?? '')).out).toMatch(/^Entry \d+ \(Sync\) is deleted\.$/);
    expect((await ns('delete', id ?? '')).err).toContain('ENTRY_UNKNOWN');
  });

  test('hold-all, release-all and remove-failed say what they did, and what they did not', async () => {
    const no = await newEntry({ category: 'MANY' });
    const { out: ready } = await ns('ready', no);
    expect(ready).toContain('Ready');
    const held = await ns('hold-all', '--category', 'MANY');
    expect(held.out).toBe(`1 entry was put On Hold: ${no}.`);
    expect((await ns('release-all', '--category', 'MANY')).out).toBe(`1 entry was set Ready: ${no}.`);
    await database.query(
      "update nightshift.job_queue_entry set status = 'In Process' where category_code = 'MANY'",
    );
    const refused = await ns('hold-all', '--category', 'MANY');
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toContain(`0 entries were put On Hold.\nNot: Job queue entry ${no} is In Process`);
    expect((await ns('hold-all')).err).toContain('wholeCompany');
    expect((await ns('remove-failed', '--older-than', '7d')).out).toBe('0 entries were deleted.');
  });
});
