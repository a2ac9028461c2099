import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { PERSON } from '../testing/verb-stage.ts';
import { run } from './fixtures/test-terminal.ts';

const check = codeunit({
  name: 'Check',
  onRun(session) {
    session.reportError({
      message: 'Order S-1 has no lines.',
      code: 'NO_LINES',
      context: { table: 'order', key: { no: 'S-1', open: true } },
      field: 'lines',
      details: { lines: 0 },
    });
    session.reportError({ message: 'Two\nlines', context: { table: 'customer', key: 'C-7' } });
    session.reportError({ message: 'No key', context: { table: 'item' } });
  },
});
const good = codeunit({ name: 'Good', onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({ database, codeunits: [check, good] });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (...words: readonly string[]) =>
  run(['entry', ...words, '--user', 'ADMIN', '--database-url', database.url]);

async function logOf(object: typeof check): Promise<string> {
  const { id } = await jobQueue.create(world.admin, { object });
  return String((await jobQueue.runOnce(world.admin, id, PERSON)).logEntryNo);
}

test('entry errors lists what a run has reported', async () => {
  const no = await logOf(check);
  const { out } = await ns('errors', no);
  expect(out).toMatch(/^No +Error +Code +Record +Field +Codeunit +At/);
  expect(out).toMatch(
    /1 +Order S-1 has no lines\. +NO_LINES +order no=S-1 open=true +lines +Check .*\{"lines":0\}/,
  );
  expect(out).toMatch(/customer C-7/);
  expect(out).toMatch(/3 +No key +– +item +–/);
  const messages = JSON.parse((await ns('errors', no, '--json')).out) as unknown[];
  expect(messages).toHaveLength(3);
  expect(messages[0]).toMatchObject({ no: 1, code: 'NO_LINES', context: { table: 'order' } });
  expect((await ns('log', '--lines')).out).toContain(
    `Reported 3 errors; "nightshift entry errors ${no}" lists them`,
  );
});

test('entry errors of a run without any, and of one that is not there', async () => {
  const no = await logOf(good);
  expect((await ns('errors', no)).out).toContain(`The run of log entry ${no} has reported no errors.`);
  const unknown = await ns('errors', '999999');
  expect([unknown.exitCode, unknown.err]).toEqual([3, expect.stringContaining('LOG_ENTRY_UNKNOWN')]);
  for (const bad of ['0', 'x', '1.5']) expect((await ns('errors', bad)).exitCode).toBe(2);
});
