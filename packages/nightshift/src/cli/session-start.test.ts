import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { runCommandLine } from './command-line.ts';
import { type Ran, run, type TestTerminalOptions, testTerminal } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/session-app.ts', import.meta.url));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await run(['migrate', '--database-url', database.url]);
});
afterAll(() => database.drop());

const wordsOf = (words: readonly string[]) => [
  'session',
  'start',
  ...words,
  '--app',
  APP,
  '--database-url',
  database.url,
];
const start = (words: readonly string[], options: TestTerminalOptions = {}) => run(wordsOf(words), options);

interface Answer {
  readonly succeeded: boolean;
  readonly tookMs: number;
  readonly end: { id: number; uniqueId: string; type: string; comment: string | null; lines: unknown[] };
}
const answerOf = ({ out }: Ran) => JSON.parse(out) as Answer;
const codeOf = ({ err }: Ran) => (JSON.parse(err) as { error: { code: string; field: string } }).error;

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'ns-session-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe('a session that is started in the background', () => {
  test('tells its id, and when it has ended how, with its lines', async () => {
    const ran = await start(['Echo', '--record', '{"text":"ab","times":2}', '--timeout', '5m']);
    expect(ran.err).toMatch(/^Session \d+ \([0-9a-f-]{36}\) runs Echo in the background; Ctrl-C stops it\.$/);
    const [head, ...more] = ran.out.split('\n');
    expect(head).toMatch(/^Session \d+ \(Echo\) has ended: Stop, after \d+ ms\.$/);
    expect(more.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'T'))).toEqual([
      '  Progress: 1 of 2 half',
      '  T  information  client type background',
      '  T  information  abab',
    ]);
    expect(ran.exitCode).toBe(0);
    expect(await database.query('select from nightshift.server_instance where ended_at is null')).toEqual([]);
    expect(await database.query('select from nightshift.server_instance where runs_tasks')).toEqual([]);
  });

  test('by its number, with the record from a file, as another user in another company', async () => {
    await database.query("insert into nightshift.company (name) values ('Other')");
    const place = await folder();
    await writeFile(path.join(place, 'record.json'), '{"text":"from the file"}');
    const ran = await start(['50200', '--record-file', 'record.json', '--company', 'Other', '--json'], {
      workingDirectory: place,
    });
    expect(ran.err).toBe('');
    expect(answerOf(ran)).toMatchObject({
      succeeded: true,
      end: { type: 'Stop', codeunit: 'Echo', company: 'Other', user: 'ADMIN', origin: 'start-session' },
    });
    expect(JSON.stringify(answerOf(ran).end.lines)).toContain('from the file');
  });

  test('that fails says why, with the causes, and commands no terminal', async () => {
    const ran = await start(['Fail']);
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain('has ended: Error, after');
    expect(ran.out).toContain('  Error: no ␛]0;owned␇ orders\n    Error: forged');
    expect(ran.out).toContain('    caused by: the ␛[31mshop␛[0m is closed');
    expect(`${ran.out}${ran.err}`).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(ran.out).not.toContain('session-app.ts');
    expect((await start(['Fail', '--verbose'])).out).toContain('session-app.ts');
    const asJson = await start(['Fail', '--json']);
    expect(answerOf(asJson)).toMatchObject({ succeeded: false, end: { type: 'Error' } });
    expect(asJson.out).not.toContain('"stack"');
  });

  test('is stopped by Ctrl-C, and nothing goes on', async () => {
    const terminal = testTerminal();
    const running = runCommandLine(wordsOf(['Sleeper']), terminal.surroundings);
    await until('it runs', () => terminal.err.some((line) => line.includes('in the background')));
    terminal.stop('SIGINT');
    expect(await running).toBe(1);
    expect(terminal.out.join('\n')).toContain('has ended: Stopped, after');
    expect(terminal.out.join('\n')).toContain('  Comment: Ctrl-C');
    expect(terminal.stopListeners()).toBe(0);
    expect(await database.query('select from nightshift.active_session')).toEqual([]);
  });

  test('is ended by its timeout', async () => {
    const ran = await start(['Sleeper', '--timeout', '10ms', '--json']);
    expect(ran.exitCode).toBe(1);
    expect(answerOf(ran).end).toMatchObject({ type: 'Timeout' });
  });

  test('those that it has started are waited for', async () => {
    const ran = await start(['Start Other', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(
      await database.query(
        "select type from nightshift.every_session_event where parent_unique_id = $1 and type = 'Stop'",
        [answerOf(ran).end.uniqueId],
      ),
    ).toHaveLength(1);
  });

  test('a rejection that nobody awaits is told, and is a failure', async () => {
    const terminal = testTerminal();
    const running = runCommandLine(wordsOf(['Sleeper']), terminal.surroundings);
    await until('it runs', () => terminal.err.some((line) => line.includes('in the background')));
    terminal.fault({ kind: 'unhandledRejection', error: new Error('for\u001bgotten') });
    expect(terminal.err.at(-1)).toContain('A promise that nobody awaits was rejected: for␛gotten');
    terminal.fault({ kind: 'uncaughtException', error: new Error('thrown') });
    expect(await running).toBe(1);
    expect(terminal.out.join('\n')).toContain('  Comment: Exception');
  });

  test.each([
    [['Echo'], 'RECORD_INVALID', 'record', 2],
    [['Echo', '--record', '{"text":1}'], 'RECORD_INVALID', 'record.text', 2],
    [['Echo', '--record', '{text:1}'], 'VALIDATION', 'record', 2],
    [['Echo', '--record', '{}', '--record-file', 'x'], 'VALIDATION', 'recordFile', 2],
    [['Echo', '--record-file', 'nowhere.json'], 'VALIDATION', 'recordFile', 2],
    [['Sleeper', '--record', '1'], 'RECORD_INVALID', 'record', 2],
    [['Sleeper', '--timeout', '5'], 'VALIDATION', 'timeout', 2],
    [['Sleeper', '--timeout', '49h'], 'VALIDATION', 'timeout', 2],
    [['Sleeper', '--timeout', '49h', '--foreground'], 'VALIDATION', 'timeout', 2],
    [['Sleeper', '--timeout', '0s', '--foreground'], 'VALIDATION', 'timeout', 2],
    [['Nothing'], 'CODEUNIT_UNKNOWN', 'codeunit', 3],
    [['Sleeper', '--company', 'Nowhere'], 'COMPANY_UNKNOWN', 'company', 3],
  ])('%j is refused with %s', async (words, code, field, exitCode) => {
    const ran = await start([...words, '--json']);
    expect(codeOf(ran)).toMatchObject({ code, field });
    expect(ran.exitCode).toBe(exitCode);
  });
});

describe('a session that is started in the foreground', () => {
  test('has the person before it, in the main thread, and its events name the codeunit', async () => {
    const ran = await start(['Echo', '--foreground', '--record', '{"text":"hello"}']);
    expect(ran.exitCode).toBe(0);
    expect(ran.err.split('\n').slice(1)).toEqual(['hello']);
    expect(ran.out).toMatch(/^Session \d+ \(Echo\) has ended: Logoff, after/);
    expect(ran.out).toContain('client type web');
    // It was shown when it came.
    expect(ran.out).not.toContain('hello');
  });

  test('asks the person, takes a file, hands one over, and opens nothing', async () => {
    const place = await folder();
    await writeFile(path.join(place, 'in.csv'), 'a;b\n');
    const terminal = testTerminal({ interactive: true, workingDirectory: place });
    const running = runCommandLine(wordsOf(['Ask All', '--foreground']), terminal.surroundings);
    const answers = ['y', 'missing.csv', '.', 'in.csv', ''];
    for (const answer of answers) {
      await once(terminal.screen, 'data');
      terminal.keyboard.write(`${answer}\n`);
    }
    expect(await running).toBe(0);
    expect(await readFile(path.join(place, 'orders.csv'), 'utf8')).toBe('a;b\n');
    expect(terminal.err.slice(1)).toEqual([
      'Address: https://example.com/␛[31morders',
      `There is no such file or folder: ${path.join(place, 'missing.csv')}`,
      `${place} is a folder.`,
      `Saved as ${path.join(place, 'orders.csv')}.`,
    ]);
  });

  test('with --yes a file is saved beside one of that name, and none can be asked for', async () => {
    const place = await folder();
    const there = { workingDirectory: place };
    for (let times = 0; times < 2; times++) {
      expect((await start(['Report', '--foreground', '--yes'], there)).exitCode).toBe(0);
    }
    expect((await readdir(place)).sort()).toEqual(['report (2).txt', 'report.txt']);
    const asked = await start(['Ask All', '--foreground', '--yes', '--json'], there);
    expect(asked.exitCode).toBe(1);
    expect(answerOf(asked).end).toMatchObject({ error: { code: 'CALLBACK_NOT_ALLOWED' } });
    expect(answerOf(asked).end.comment).toContain('--yes cannot give one');
  });

  test('without a terminal what needs an answer is refused; a page always is', async () => {
    for (const [name, text] of [
      ['Ask All', 'nobody can answer'],
      ['Report', 'nobody can answer'],
      ['Show Page', 'this user interface cannot do that'],
    ] as const) {
      const ran = await start([name, '--foreground']);
      expect(ran.exitCode).toBe(1);
      expect(ran.out).toContain('CALLBACK_NOT_ALLOWED');
      expect(ran.out).toContain(text);
    }
  });

  test('that is told to end quietly is a success', async () => {
    const terminal = testTerminal({ interactive: true });
    const running = runCommandLine(wordsOf(['Ask All', '--foreground']), terminal.surroundings);
    await once(terminal.screen, 'data');
    terminal.keyboard.write('n\n');
    expect(await running).toBe(0);
    expect(terminal.out.join('\n')).toContain('  Comment: ended quietly');
  });

  test('is stopped by Ctrl-C', async () => {
    const terminal = testTerminal();
    const running = runCommandLine(wordsOf(['Sleeper', '--foreground']), terminal.surroundings);
    await until('it runs', () => terminal.err.includes('asleep'));
    terminal.stop('SIGINT');
    expect(await running).toBe(1);
    expect(terminal.out.join('\n')).toContain('has ended: Stopped, after');
    expect(terminal.out.join('\n')).toContain('  Comment: Ctrl-C');
  });
});
