import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { apiKeys, jobQueue } from '../platform/index.ts';
import { createServer, type NightshiftServer } from '../server/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { runCommandLine } from './command-line.ts';
import { run, testTerminal } from './fixtures/test-terminal.ts';

let steps: PromiseWithResolvers<void>[];
beforeEach(() => {
  steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
});

const telling = codeunit({
  name: 'Telling',
  async onRun(session) {
    session.log.info('begins');
    await steps[0]?.promise;
    session.log.warning('the shop is slow');
    session.progress(3, 10, 'orders');
    await steps[1]?.promise;
  },
});
const failing = codeunit({
  name: 'Failing',
  onRun(session) {
    session.log.info('tries');
    session.error('no such order');
  },
});

let database: TestDatabase;
let kit: TestPlatform;
let server: NightshiftServer;
let byServer: Readonly<Record<string, string>>;
beforeAll(async () => {
  database = await createTestDatabase();
  kit = await startTestPlatform({ database, codeunits: [telling, failing] });
  server = createServer(kit.platform, { checkAnswers: true });
  const NIGHTSHIFT_URL = await server.listen();
  const { key } = await apiKeys.create(kit.admin, { name: 'Terminal', scopes: ['entry.read'] });
  byServer = { NIGHTSHIFT_URL, NIGHTSHIFT_API_KEY: key };
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
  await database?.drop();
});

/** A terminal at which the log of an entry is followed; its time goes on until something is so. */
function follow(environment: Readonly<Record<string, string>>, entryNo: number, ...more: readonly string[]) {
  const clock = new FakeClock(systemClock.now());
  const terminal = testTerminal({ clock, environment });
  const words = ['entry', 'log', String(entryNo), '--follow', ...more];
  const running = runCommandLine(words, terminal.surroundings);
  let exitCode: number | null = null;
  void running.then((code) => {
    exitCode = code;
  });
  const seen = (text: string) => [...terminal.out, ...terminal.err].some((line) => line.includes(text));
  return {
    terminal,
    sees: (text: string) =>
      until(text, async () => {
        await clock.advance(1_000);
        return seen(text);
      }),
    ends: async () => {
      await until('it ends', async () => {
        await clock.advance(1_000);
        return exitCode !== null;
      });
      return running;
    },
  };
}

const created = async (object: string) => {
  const { id, entryNo } = await jobQueue.create(kit.admin, { object });
  return { id, entryNo, ready: () => jobQueue.setStatusToReady(kit.admin, id) };
};

describe.each([
  ['on the database', () => ({ NIGHTSHIFT_DATABASE_URL: database.url })],
  ['by a server', () => byServer],
])('the log of an entry is followed %s', (_, environment) => {
  test('of the run that is under way, line by line, until it ends', async () => {
    const { id, entryNo, ready } = await created('Telling');
    await ready();
    await until('it runs', async () => (await jobQueue.get(kit.admin, id)).status === 'In Process');
    const { terminal, sees, ends } = follow(environment(), entryNo);
    await sees('information  begins');
    expect(terminal.out).toHaveLength(1);
    steps[0]?.resolve();
    await sees('warning      the shop is slow');
    await sees('Progress: 3 of 10 orders');
    steps[1]?.resolve();
    expect(await ends()).toBe(0);
    expect(terminal.out).toEqual([
      expect.stringMatching(/information {2}begins$/),
      expect.stringMatching(/warning {6}the shop is slow$/),
      'Progress: 3 of 10 orders',
      expect.stringMatching(new RegExp(`^Log \\d+ of entry ${entryNo} \\(Telling\\): Success after `)),
    ]);
    expect(terminal.stopListeners()).toBe(0);
  });

  test('of the next run, when none is under way; one that fails is told by the exit code', async () => {
    const { entryNo, ready } = await created('Failing');
    const { terminal, sees, ends } = follow(environment(), entryNo);
    await sees('its next run is waited for');
    await ready();
    expect(await ends()).toBe(1);
    expect(terminal.out).toEqual([
      expect.stringMatching(/information {2}tries$/),
      expect.stringMatching(/: Error after .*: no such order$/),
    ]);
  });
});

test('with --json each line is an object, and the end is another one', async () => {
  const { id, entryNo, ready } = await created('Telling');
  await ready();
  await until('it runs', async () => (await jobQueue.get(kit.admin, id)).status === 'In Process');
  const { terminal, sees, ends } = follow({ NIGHTSHIFT_DATABASE_URL: database.url }, entryNo, '--json');
  await sees('begins');
  for (const step of steps) step.resolve();
  expect(await ends()).toBe(0);
  expect(terminal.out.map((line) => JSON.parse(line))).toMatchObject([
    { line: { level: 'information', text: 'begins' } },
    { line: { level: 'warning', text: 'the shop is slow' } },
    { progress: { done: 3, total: 10, text: 'orders' } },
    { ended: { status: 'Success', entryNo } },
  ]);
  expect(terminal.err).toEqual([]);
});

test('Ctrl-C ends the waiting', async () => {
  const { entryNo } = await created('Telling');
  const { terminal, sees, ends } = follow({ NIGHTSHIFT_DATABASE_URL: database.url }, entryNo);
  await sees('its next run is waited for');
  terminal.stop('SIGINT');
  expect(await ends()).toBe(0);
});

test.each([
  [['--follow'], 'id'],
  [['1', '--follow', '--limit', '3'], 'limit'],
  [['1', '--follow', '--lines'], 'lines'],
])('%j is refused', async (words, field) => {
  const ran = await run(['entry', 'log', ...words, '--json', '--database-url', database.url]);
  expect(ran.exitCode).toBe(2);
  expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'VALIDATION', field } });
});
