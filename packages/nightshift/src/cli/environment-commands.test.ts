import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import type { Codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { runCommandLine } from './command-line.ts';
import { default as application } from './fixtures/app.ts';
import { type Ran, run, type TestTerminalOptions, testTerminal } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/app.ts', import.meta.url));

/** A database that an instance for `production` has run on. */
async function setup() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  await run(['migrate', '--app', APP, '--database-url', database.url]);
  const first = await instance(database, 'production');
  await first.stop();
  const ns = (words: string[], options?: TestTerminalOptions) =>
    run([...words, '--database-url', database.url], options);
  return { database, ns };
}

async function instance(database: TestDatabase, environment: string): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    codeunits: application.codeunits,
    database,
    environment,
  });
  onTestFinished(() => kit.stop());
  return kit;
}

const [writeRow] = application.codeunits as readonly [Codeunit];
const json = ({ out }: Ran) => JSON.parse(out) as never;
const errorOf = ({ err }: Ran) => (JSON.parse(err) as { error: unknown }).error;
const nameIn = async (database: TestDatabase) =>
  (await database.query<{ name: string }>('select name from nightshift.environment'))[0]?.name;

test('show tells the name, whether it is approved, and who is held', async () => {
  const { database, ns } = await setup();
  const quiet = await ns(['environment', 'show']);
  expect(quiet.exitCode).toBe(0);
  expect(quiet.out).toMatch(/Environment +production\nApproved +yes/);
  expect(quiet.out).toContain('No server instance runs.');
  const kit = await instance(database, 'staging');
  await taskScheduler.createTask(kit.admin, writeRow);
  const shown = await ns(['environment', 'show']);
  expect(shown.exitCode).toBe(1);
  expect(shown.out).toMatch(/Due tasks +1\n/);
  expect(shown.out).toMatch(/1 +\S+:\d+ +staging +held\n/);
  expect(shown.out).toContain(`Instance 1 is held: ${kit.platform.instance.held}`);
  expect(shown.out).toContain('nightshift environment release');
  expect(json(await ns(['environment', 'show', '--json']))).toMatchObject({
    name: 'production',
    unapproved: null,
    held: true,
    dueTasks: 1,
    instances: [{ place: 1, environment: 'staging', held: kit.platform.instance.held }],
  });
  expect((await ns(['session', 'list'])).err).toContain('is held and runs no tasks: The database belongs');
  const doctor = await ns(['doctor']);
  expect(doctor.exitCode).toBe(1);
  expect(doctor.out).toMatch(/ERROR +environment: Instance 1 .* is held and runs no tasks/);
});

test('release takes the name of those that are held, and they begin', async () => {
  const { database, ns } = await setup();
  const kit = await instance(database, 'staging');
  const released = await ns(['environment', 'release', '--yes']);
  expect(released.exitCode).toBe(0);
  expect(released.out).toContain('released as environment "staging"');
  expect(released.out).not.toContain('Instance 1');
  await until('it begins', () => kit.platform.instance.held === null);
  expect((await ns(['environment', 'release', '--yes'])).out).toBe('Nothing is held.');
  expect(await nameIn(database)).toBe('staging');
});

test('release with a name renames, and says who is held by that', async () => {
  const { database, ns } = await setup();
  await instance(database, 'production');
  const released = await ns(['environment', 'release', '--name', 'archive', '--yes', '--json']);
  expect(json(released)).toMatchObject({ released: true, name: 'archive' });
  const again = await ns(['environment', 'release', '--name', 'attic', '--yes']);
  expect(again.out).toContain('Instance 1 is held: it is configured for environment "production".');
});

test('release asks a person, who sees what will begin, and does nothing without an answer', async () => {
  const { database, ns } = await setup();
  const kit = await instance(database, 'staging');
  await taskScheduler.createTask(kit.platform.as(ADMIN), writeRow);
  const refused = await ns(['environment', 'release', '--json']);
  expect(refused.exitCode).toBe(2);
  expect(errorOf(refused)).toMatchObject({ code: 'VALIDATION', field: 'yes' });
  for (const [answer, exitCode] of [
    ['n', 1],
    ['', 1],
    ['y', 0],
  ] as const) {
    expect(await nameIn(database)).toBe('production');
    const terminal = testTerminal({ interactive: true });
    terminal.keyboard.write(`${answer}\n`);
    const words = ['environment', 'release', '--database-url', database.url];
    expect(await runCommandLine(words, terminal.surroundings)).toBe(exitCode);
    expect(String(terminal.screen.read())).toMatch(/as environment "staging"\?.*1 task due/);
  }
  expect(await nameIn(database)).toBe('staging');
});

test('release without a name is refused when instances of several names are held', async () => {
  const { database, ns } = await setup();
  await instance(database, 'one');
  await instance(database, 'two');
  const refused = await ns(['environment', 'release', '--yes', '--json']);
  expect(refused.exitCode).toBe(2);
  expect(errorOf(refused)).toMatchObject({ code: 'VALIDATION', field: 'name' });
  const bad = await ns(['environment', 'release', '--yes', '--json', '--name', '']);
  expect(bad.exitCode).toBe(2);
  const own = { environment: { NIGHTSHIFT_ENVIRONMENT: 'two' } };
  expect((await ns(['environment', 'release', '--yes'], own)).out).toContain('environment "two"');
  expect(
    (await ns(['environment', 'show'], { environment: { NIGHTSHIFT_ENVIRONMENT: '\n' } })).exitCode,
  ).toBe(2);
});

test('serve says that it is held, and why, and begins when it is released', async () => {
  const { database, ns } = await setup();
  const terminal = testTerminal({ environment: { NIGHTSHIFT_ENVIRONMENT: 'ignored' } });
  const words = ['serve', '--app', APP, '--environment', 'staging', '--database-url', database.url];
  const served = runCommandLine(words, terminal.surroundings);
  const printed = (text: string) =>
    until(`it prints ${text}`, () => terminal.out.some((line) => line.includes(text)));
  await printed('Held: runs no tasks. When its tasks may run here, release it with');
  await printed('belongs to environment "production", and this server instance is configured for "staging"');
  expect(terminal.out.some((line) => line.includes('Ready: runs up to'))).toBe(false);
  const created = await ns(['entry', 'create', '--app', APP, '--object', 'Write Row', '--ready']);
  expect(created).toMatchObject({ exitCode: 0 });
  expect((await ns(['environment', 'release', '--yes'])).exitCode).toBe(0);
  await printed('NS0023');
  await until(
    'the entry ran',
    async () => (await database.query('select from co_1.row_written')).length === 1,
  );
  terminal.stop('SIGTERM');
  expect(await served).toBe(0);
});
