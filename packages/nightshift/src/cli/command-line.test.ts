import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Ran, run, type TestTerminalOptions } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/app.ts', import.meta.url));

/** The command line on a database of the test's own. */
async function setup(): Promise<{ database: TestDatabase; ns: (...words: string[]) => Promise<Ran> }> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  await run(['migrate', '--app', APP, '--database-url', database.url]);
  const ns = (...words: string[]) => run([...words, '--database-url', database.url]);
  return { database, ns };
}

const json = ({ out }: Ran) => JSON.parse(out) as never;
const errorOf = ({ err }: Ran) =>
  (JSON.parse(err) as { error: { code: string; field: string | null } }).error;
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('usage', () => {
  test('help and version are no errors', async () => {
    const help = await run(['--help']);
    expect(help.exitCode).toBe(0);
    expect(help.out).toContain('NIGHTSHIFT_DATABASE_URL');
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await run(['entry', 'create', '--help'])).out).toContain('--date-formula');
  });

  test('a missing command shows the help, an unknown one the near one', async () => {
    const missing = await run(['entry']);
    expect(missing.exitCode).toBe(2);
    expect(missing.err).toContain('run-once');
    const unknown = await run(['entry', 'lst']);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.err).toContain('Did you mean list?');
  });

  test.each([
    [['bogus', '--json']],
    [['entry', '--json']],
    [['entry', 'list', '--bogus', '--json']],
    [['entry', 'create', '--json']],
    [['serve', '--json']],
    [['entry', 'list', '--json', '--database-url', 'nowhere']],
    [['entry', 'log', '--json', '--limit', '0']],
    [['task', 'cancel', 'x', '--json']],
  ])('%j is bad input, told as JSON', async (words) => {
    const ran = await run(words);
    expect(ran.exitCode).toBe(2);
    expect(ran.out).toBe('');
    expect(errorOf(ran)).toEqual({
      code: 'VALIDATION',
      message: expect.any(String),
      field: errorOf(ran).field,
      help: expect.any(String),
    });
  });
});

describe('the environment', () => {
  const gone = 'postgresql://somebody:secret@127.0.0.1:1/nowhere';

  test('a database that does not answer is exit code 5, and its password is not told', async () => {
    const options: TestTerminalOptions = {
      environment: { NIGHTSHIFT_DATABASE_URL: gone, NIGHTSHIFT_VERBOSE: '1' },
    };
    const ran = await run(['entry', 'list'], options);
    expect(ran.exitCode).toBe(5);
    expect(ran.err).toContain('DATABASE_UNAVAILABLE');
    expect(ran.err).toContain('    at ');
    expect(ran.err).not.toContain('secret');
    const doctor = await run(['doctor', '--json', '--database-url', gone]);
    expect(doctor.exitCode).toBe(1);
    expect(json(doctor)).toMatchObject({ errors: 1, findings: [{ level: 'error', topic: 'database' }] });
    expect(doctor.out).not.toContain('secret');
  });

  test('without --verbose there is no stack', async () => {
    const { err } = await run(['entry', 'list', '--database-url', gone]);
    expect(err).not.toContain('    at ');
  });

  test('a database without a schema is exit code 6, until it was migrated', async () => {
    const database = await createEmptyDatabase();
    onTestFinished(() => database.drop());
    const on = (...words: string[]) => run([...words, '--database-url', database.url, '--json']);
    const before = await on('entry', 'list');
    expect(before.exitCode).toBe(6);
    expect(errorOf(before).code).toBe('SCHEMA_MISSING');
    expect(json(await on('doctor'))).toMatchObject({ errors: 1 });
    const migrated = await on('migrate', '--app', APP);
    expect(json(migrated)).toMatchObject({
      application: 'cli-test',
      applied: expect.arrayContaining(['0001_platform', 'CRONUS: 0001_row_written']),
    });
    expect(json(await on('migrate', '--app', APP))).toMatchObject({ applied: [] });
    expect((await on('entry', 'list')).out).toBe('[]');
  });
});

describe('entries', () => {
  test('are created, shown, set Ready, put On Hold', async () => {
    const { ns } = await setup();
    const created = await ns(
      'entry',
      'create',
      '--app',
      APP,
      '--object',
      'Write Row',
      '--days',
      'weekdays',
      '--starting-time',
      '08:00',
      '--ending-time',
      '17:00',
      '--minutes',
      '5',
      '--time-zone',
      'Europe/Berlin',
      '--parameter',
      'ORDERS',
      '--timeout',
      '1h30m',
      '--json',
    );
    expect(created.exitCode).toBe(0);
    expect(json(created)).toMatchObject({
      entryNo: 1,
      status: 'On Hold',
      object: 'Write Row',
      parameterString: 'ORDERS',
      timeoutMs: 5_400_000,
      runAs: 'ADMIN',
      scheduleText: 'Every 5 minutes, Monday to Friday, between 08:00 and 17:00 (Europe/Berlin)',
    });
    const { id } = json(created) as { id: string };
    const ready = await ns('entry', 'ready', '1');
    expect(ready.out).toMatch(/^Entry 1 \(Write Row\) is Ready; it runs at .* Europe\/Berlin\.$/);
    const shown = await ns('entry', 'show', id.toUpperCase());
    expect(shown.out).toMatch(/^Next runs:(?:\n {2}\S+ \S+ Europe\/Berlin){5}$/m);
    const list = await ns('entry', 'list', '--status', 'ready');
    expect(list.out).toMatch(/^No +Status +Object/);
    expect(list.out).toContain('Write Row');
    expect((await ns('entry', 'hold', '1', '--json')).out).toContain('"status": "On Hold"');
    expect((await ns('entry', 'list', '--status', 'ready')).out).toBe(
      'There are no job queue entries with status Ready in CRONUS.',
    );
  });

  test('what is wrong is named as the option', async () => {
    const { ns } = await setup();
    const create = (...words: string[]) => ns('entry', 'create', '--app', APP, '--object', 'Fail', ...words);
    const attempts = await create('--maximum-attempts', '11');
    expect(attempts.exitCode).toBe(2);
    expect(attempts.err).toContain('Field: maximumAttempts (--maximum-attempts)');
    expect((await create('--date-formula', '1X', '--json')).err).toContain('DATE_FORMULA_INVALID');
    expect((await create('--time-zone', 'Mars/Olympus')).exitCode).toBe(2);
    expect((await create('--interval-from', 'nowhere')).exitCode).toBe(2);
    const unknown = await ns('entry', 'create', '--app', APP, '--object', 'fail');
    expect(unknown.exitCode).toBe(3);
    expect(unknown.err).toContain('Did you mean "Fail"?');
    expect((await ns('entry', 'list', '--json')).out).toBe('[]');
  });

  test('unknown ones, users and companies are exit code 3', async () => {
    const { ns } = await setup();
    for (const words of [
      ['entry', 'show', '99'],
      ['entry', 'ready', '01890a5d-ac96-774b-bcce-b302099a8057'],
      ['entry', 'log', '99'],
      ['entry', 'list', '--user', 'NOBODY'],
      ['entry', 'list', '--company', 'NOWHERE'],
      ['task', 'cancel', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ]) {
      expect((await ns(...words)).exitCode, words.join(' ')).toBe(3);
    }
    expect((await ns('entry', 'show', 'first')).exitCode).toBe(2);
  });
});

describe('tasks', () => {
  test('are listed; the one of an entry is not cancelled behind its back', async () => {
    const { ns } = await setup();
    expect((await ns('task', 'list')).out).toBe('There are no scheduled tasks in CRONUS.');
    await ns(
      'entry',
      'create',
      '--app',
      APP,
      '--object',
      'Write Row',
      '--earliest-start',
      '2099-01-01',
      '--ready',
    );
    const [task] = json(await ns('task', 'list', '--json')) as { id: string }[];
    expect(task).toMatchObject({
      state: 'Pending',
      codeunit: 'Job Queue Dispatcher',
      due: '2099-01-01T00:00:00.000Z',
    });
    const refused = await ns('task', 'cancel', task?.id ?? '');
    expect(refused.exitCode).toBe(4);
    expect(refused.err).toContain('nightshift entry hold 1');
    expect((await ns('task', 'list')).out).toMatch(/^Id .*Due \(UTC\)/);
  });
});

describe('run once', () => {
  let database: TestDatabase;
  const ns = (words: readonly string[], options: TestTerminalOptions = {}) =>
    run([...words, '--database-url', database.url, '--app', APP], options);

  beforeAll(async () => {
    database = await createTestDatabase();
    await ns(['migrate']);
    for (const object of ['Write Row', 'Ask First', 'Fail'])
      await ns(['entry', 'create', '--object', object]);
    return () => database.drop();
  });

  test('does the work before the person, and leaves a log entry', async () => {
    const ran = await ns(['entry', 'run-once', '1', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(json(ran)).toMatchObject({ entryNo: 1, status: 'Success', error: null });
    expect(ran.err).toBe('one row written\nRow written.');
    expect(await database.query('select by from co_1.row_written')).toEqual([{ by: 'web' }]);
    expect((await ns(['entry', 'log', '1'])).out).toContain('run once in the foreground');
    expect(await database.query('select from nightshift.server_instance where ended_at is null')).toEqual([]);
  });

  test('without a terminal a question fails, with --yes it is answered', async () => {
    const refused = await ns(['entry', 'run-once', '2']);
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toContain('CALLBACK_NOT_ALLOWED');
    const answered = await ns(['entry', 'run-once', '2', '--yes']);
    expect(answered.exitCode).toBe(0);
    expect(answered.err).toContain('I shall.');
  });

  test('what a run says cannot command the terminal', async () => {
    const ran = await ns(['entry', 'run-once', '3']);
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain('no ␛[31mluck');
    const log = await ns(['entry', 'log', '3', '--lines']);
    expect(`${ran.out}${ran.err}${log.out}`).not.toMatch(/(?!\n)\p{Cc}/u);
    const asJson = await ns(['entry', 'log', '3', '--json']);
    expect(asJson.out).not.toContain('\u001b');
    expect(JSON.stringify(json(asJson))).toContain('\\u001b[31mluck');
    expect(asJson.out).not.toContain('stack');
  });
});

test('doctor says why an entry does not run', async () => {
  const { database, ns } = await setup();
  await ns(
    'entry',
    'create',
    '--app',
    APP,
    '--object',
    'Write Row',
    '--earliest-start',
    '2099-01-01',
    '--ready',
  );
  const alone = await ns('doctor');
  expect(alone.exitCode).toBe(1);
  expect(alone.out).toContain('1 entry is Ready, and no server instance runs tasks.');
  await database.query('delete from nightshift.scheduled_task');
  const without = json(await ns('doctor', '--json')) as { findings: { message: string }[] };
  expect(without.findings.map(({ message }) => message)).toContain(
    'Entry 1 (Write Row, CRONUS) is Ready, but has no task: it will not run.',
  );
  await ns('entry', 'hold', '1');
  expect((await ns('doctor')).exitCode).toBe(0);
  expect((await ns('entry', 'list')).out).not.toMatch(ID);
});
