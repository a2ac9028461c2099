import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { run } from './fixtures/test-terminal.ts';

const MINUTE = 60_000;
const APP = fileURLToPath(new URL('fixtures/declaring-app.ts', import.meta.url));
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const other = codeunit({ name: 'Other', onRun: () => undefined });
const clock = new FakeClock();
let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({
    database,
    clock,
    codeunits: [sync, other],
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (...words: readonly string[]) =>
  run(['entry', ...words, '--user', 'ADMIN', '--database-url', database.url], { clock });

describe('entry explain', () => {
  test('the sentence, below it what else is known; as JSON with the facts', async () => {
    const entry = await jobQueue.create(world.admin, { object: sync });
    const { sentence, facts } = await jobQueue.explain(world.admin, entry.id);
    const { out, exitCode } = await ns('explain', String(entry.entryNo));
    expect([exitCode, out]).toEqual([
      0,
      [sentence, ...facts.slice(1).map(({ text }) => `  - ${text}`)].join('\n'),
    ]);
    expect(sentence).toContain('On Hold');
    expect(JSON.parse((await ns('explain', entry.id, '--json')).out)).toEqual({
      id: entry.id,
      entryNo: entry.entryNo,
      sentence,
      facts,
    });
  });

  test('with the application it is also known what the object needs', async () => {
    const entry = await jobQueue.create(world.admin, { object: sync });
    await jobQueue.setStatusToReady(world.admin, entry.id);
    const shown = await ns('explain', String(entry.entryNo), '--app', APP);
    expect([shown.exitCode, shown.out.split('\n')[0]]).toEqual([
      0,
      (await jobQueue.explain(world.admin, entry.id)).sentence,
    ]);
    await jobQueue.setOnHold(world.admin, entry.id);
  });

  test.each([
    [['explain', '999'], 'ENTRY_UNKNOWN'],
    [['explain', 'x'], 'VALIDATION'],
  ])('%j is %s', async (words, code) => {
    const { err, out, exitCode } = await ns(...words);
    expect([exitCode === 0, out]).toEqual([false, '']);
    expect(err).toContain(code);
  });
});

describe('entry overdue', () => {
  test('nothing is wrong', async () => {
    const { out, exitCode } = await ns('overdue');
    expect([exitCode, out]).toEqual([0, 'Every job queue entry in CRONUS runs as it should.']);
    expect(JSON.parse((await ns('overdue', '--json')).out)).toEqual([]);
  });

  test('what should have run, what runs too long, and that nothing runs', async () => {
    const late = await jobQueue.create(world.admin, { object: other });
    await jobQueue.setStatusToReady(world.admin, late.id);
    const long = await jobQueue.create(world.admin, { object: sync, expectedDuration: MINUTE });
    const began = clock.now();
    clock.at(new Date(began.getTime() + 20 * MINUTE));
    const lines = async () => (await ns('overdue')).out.split('\n').map((line) => line.split(/ {2,}/));
    expect(await lines()).toEqual([
      ['No', 'Status', 'Object', 'What', 'Since', 'By'],
      [String(late.entryNo), 'Ready', 'Other', 'nothing runs', '2026-01-05 08:00:00 UTC', '20 min'],
      [String(late.entryNo), 'Ready', 'Other', 'should have run', '2026-01-05 08:00:00 UTC', '20 min'],
    ]);
    await world.query(
      `select nightshift.add_log_entry(e, gen_random_uuid(), 1, jsonb_build_object('session_id', 1, 'session_unique_id',
        gen_random_uuid(), 'attempt', 0, 'started_at', $2::timestamptz, 'status', 'In Process'))
      from nightshift.job_queue_entry e where id = $1`,
      [long.id, began],
    );
    expect((await lines()).slice(1)).toEqual([
      [String(late.entryNo), 'Ready', 'Other', 'should have run', '2026-01-05 08:00:00 UTC', '20 min'],
      [String(long.entryNo), 'On Hold', 'Sync', 'runs too long', '2026-01-05 08:00:00 UTC', '19 min'],
    ]);
    expect(JSON.parse((await ns('overdue', '--json')).out)).toMatchObject([
      { kind: 'overdue', entryId: late.id, byMs: 20 * MINUTE },
      { kind: 'overrun', entryId: long.id, byMs: 19 * MINUTE },
    ]);
  });
});
