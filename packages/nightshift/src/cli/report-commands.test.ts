import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { apiKeys } from '../platform/index.ts';
import { isReport } from '../reports/index.ts';
import { createServer, type NightshiftServer } from '../server/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { runCommandLine } from './command-line.ts';
import application from './fixtures/report-app.ts';
import { type Ran, run, type TestTerminalOptions, testTerminal } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/report-app.ts', import.meta.url));
const SALES = ['run', 'Sales List', '--output', 'csv', '--parameters', '{"no":"A1"}'];
const CSV = '\uFEFFNo.,text\r\nA1,all\r\n';

let kit: TestPlatform;
let server: NightshiftServer;
let url: string;
const keys = new Map<string, string>();
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: application.codeunits.filter((each) => !isReport(each)),
    reports: application.codeunits.filter(isReport),
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(kit, { Sales: { reports: ['Sales List'] } });
  await addUsers(kit, { name: 'ANNA', sets: ['Sales'] });
  server = createServer(kit.platform, { requestsPerMinute: { known: 1e9, unknown: 1e9 } });
  url = await server.listen();
  const scopes = ['company.open', 'session.start', 'session.read', 'session.stop', 'entry.read'];
  const more = ['document.read', 'document.delete', 'entry.create', 'entry.modify'];
  for (const user of ['ADMIN', 'ANNA']) {
    const caller = kit.platform.as({ user, company: 'CRONUS' });
    const { key } = await apiKeys.create(caller, { name: 'Reports', scopes: [...scopes, ...more] });
    keys.set(user, key);
  }
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'ns-report-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const errorOf = ({ err }: Ran) => (JSON.parse(err) as { error: { code: string; field: string } }).error;

/** The words and the surroundings of a command, on the database and by a server. */
const WAYS = {
  'on the database': (words: readonly string[], user: string) => ({
    words: [...words, '--user', user, '--app', APP, '--database-url', kit.database?.url ?? ''],
    environment: {},
  }),
  'by a server': (words: readonly string[], user: string) => ({
    words,
    environment: { NIGHTSHIFT_URL: url, NIGHTSHIFT_API_KEY: keys.get(user) ?? '' },
  }),
};

describe.each(Object.entries(WAYS))('%s', (_name, wayOf) => {
  const ask = (words: readonly string[], options: TestTerminalOptions = {}, user = 'ADMIN') => {
    const way = wayOf(words, user);
    return run(way.words, { ...options, environment: way.environment });
  };
  const ns = (...words: readonly string[]) => ask(['report', ...words]);
  /** Makes a document; its number. */
  const made = async (user = 'ADMIN'): Promise<string> => {
    const ran = await ask(['report', ...SALES, '--json'], {}, user);
    return String(JSON.parse(ran.out).document.no);
  };

  test('the reports of the application are listed', async () => {
    const { out } = await ns('list');
    expect(out).toMatch(/^Report +Number +Description +Output types +Parameters$/m);
    expect(out).toMatch(/^Sales List +50300 +What was sold +PDF, XLSX, CSV, HTML +no, text\?$/m);
    expect(out).not.toContain('Post');
    const listed = JSON.parse((await ns('list', '--json')).out);
    expect(listed).toHaveLength(5);
    expect(listed[1]).toMatchObject({ name: 'Letter', outputTypes: ['HTML'], parametersSchema: null });
  });

  test('a report is run, and it is said which document is in the inbox', async () => {
    const ran = await ns(...SALES);
    expect(ran.err).toMatch(/^Session \d+ \([0-9a-f-]{36}\) runs Sales List in the background; Ctrl-C/);
    const lines = ran.out.split('\n');
    expect(lines[0]).toMatch(/^Session \d+ \(Sales List\) has ended: Stop, after /);
    expect(lines.at(-1)).toMatch(
      /^Document \d+, Sales List \d{4}-\d\d-\d\d\.csv \(21 bytes\), is in the report inbox of ADMIN\.$/,
    );
    expect(ran.exitCode).toBe(0);
    const json = await ns('run', '50300', '--parameters', '{"no":"A1"}', '--json');
    expect(json.err).toBe('');
    expect(JSON.parse(json.out)).toMatchObject({
      succeeded: true,
      end: { type: 'Stop', codeunit: 'Sales List' },
      document: { report: 'Sales List', outputType: 'PDF', user: 'ADMIN', readAt: null },
      savedAs: null,
    });
  });

  test('with --save its document is written, and never over a file but with --force', async () => {
    const there = await folder();
    const options = { workingDirectory: there };
    const first = await ask(['report', ...SALES, '--save', 'sales.csv'], options);
    expect(first.out).toContain(`Saved as ${path.join(there, 'sales.csv')}.`);
    expect(await readFile(path.join(there, 'sales.csv'), 'utf8')).toBe(CSV);
    await writeFile(path.join(there, 'sales.csv'), 'mine');
    const second = await ask(['report', ...SALES, '--save', 'sales.csv', '--json'], options);
    expect([second.exitCode, errorOf(second)]).toMatchObject([4, { code: 'CONFLICT', field: 'save' }]);
    // Nothing has run for it.
    expect(second.out).toBe('');
    expect(await readFile(path.join(there, 'sales.csv'), 'utf8')).toBe('mine');
    const forced = await ask(['report', ...SALES, '--save', 'sales.csv', '--force', '--json'], options);
    expect(JSON.parse(forced.out)).toMatchObject({ savedAs: path.join(there, 'sales.csv') });
    expect(await readFile(path.join(there, 'sales.csv'), 'utf8')).toBe(CSV);
  });

  test('in a folder the document has its own name; where that is taken, it stays in the inbox', async () => {
    const there = await folder();
    expect((await ns('run', 'Letter', '--save', there)).exitCode).toBe(0);
    expect(await readdir(there)).toEqual(['hidden letter.html']);
    const taken = await ns('run', 'Letter', '--save', there);
    expect(taken.exitCode).toBe(4);
    expect(taken.err).toMatch(/Document \d+ is in the report inbox, but it is not saved\.\nCONFLICT: /);
    expect(taken.err).toContain('(--save)');
  });

  test('a document goes to standard output as it is, and alone; to a terminal it does not', async () => {
    const bytes: Uint8Array[] = [];
    const onBytes = (content: Uint8Array) => void bytes.push(content);
    const ran = await ask(['report', 'run', 'Letter', '--save', '-'], { onBytes });
    expect([ran.exitCode, ran.out, String(bytes[0])]).toEqual([0, '', '<p>\u001b[31mred</p>']);
    expect(ran.err).toMatch(/Document \d+, hidden letter\.html/);
    const fetched = await ask(['report', 'fetch', await made(), '--save', '-'], { onBytes });
    expect(fetched).toEqual({ exitCode: 0, out: '', err: '' });
    expect(String(bytes[1])).toBe(CSV);
    for (const [words, options] of [
      [['--json'], {}],
      [[], { outputIsTerminal: true }],
    ] as const) {
      const refused = await ask(['report', 'run', 'Letter', '--save', '-', ...words], {
        ...options,
        onBytes,
      });
      expect([refused.exitCode, refused.out]).toEqual([2, '']);
      expect(refused.err).toContain('save');
    }
    expect(bytes).toHaveLength(2);
  });

  test.each([
    [['run', 'Sales'], 'REPORT_UNKNOWN', 'report', 3],
    [['run', '4711'], 'REPORT_UNKNOWN', 'report', 3],
    [['run', 'Post'], 'REPORT_UNKNOWN', 'report', 3],
    [['run', 'Sales List', '--parameters', '{no:1}'], 'VALIDATION', 'parameters', 2],
    [['run', 'Sales List'], 'RECORD_INVALID', 'parameters.no', 2],
    [['run', 'Sales List', '--parameters', '{"no":"123456"}'], 'RECORD_INVALID', 'parameters.no', 2],
    [['run', 'Nothing', '--parameters', '{}'], 'RECORD_INVALID', 'parameters', 2],
    [['run', 'Letter', '--output', 'docx'], 'VALIDATION', 'outputType', 2],
    [['run', 'Letter', '--output', 'csv'], 'RECORD_INVALID', 'outputType', 2],
    [['run', 'Letter', '--output', 'none', '--save', '.'], 'VALIDATION', 'save', 2],
    [['run', 'Letter', '--save', 'nowhere/letter.html'], 'VALIDATION', 'save', 2],
    [['run', 'Letter', '--save', 'nowhere/'], 'VALIDATION', 'save', 2],
    [['inbox', '--limit', '0'], 'VALIDATION', 'limit', 2],
    [['inbox', '--before', 'x'], 'VALIDATION', 'before', 2],
    [['fetch', 'x'], 'VALIDATION', 'no', 2],
    [['fetch', '0'], 'VALIDATION', 'no', 2],
    [['fetch', '999999'], 'DOCUMENT_UNKNOWN', 'no', 3],
    [['mark', '999999', '--read'], 'DOCUMENT_UNKNOWN', 'no', 3],
    [['mark', '1'], 'VALIDATION', 'read', 2],
    [['mark', '1', '--read', '--unread'], 'VALIDATION', 'read', 2],
  ])('%j is refused with %s', async (words, code, field, exitCode) => {
    const ran = await ns(...words, '--json');
    // Of what is not there a server does not say which field named it.
    const told = exitCode === 3 ? { code } : { code, field };
    expect([ran.exitCode, errorOf(ran)]).toMatchObject([exitCode, told]);
    expect(ran.out).toBe('');
  });

  test('what yields nothing says so; a document that was to be saved is then missing', async () => {
    const there = await folder();
    const ran = await ns('run', 'Nothing');
    expect([ran.exitCode, ran.out]).toEqual([0, expect.stringContaining('It has yielded no document.')]);
    const only = await ns('run', 'Letter', '--output', 'None', '--json');
    expect([only.exitCode, JSON.parse(only.out)]).toMatchObject([0, { succeeded: true, document: null }]);
    expect((await ns('run', 'Nothing', '--save', there)).exitCode).toBe(1);
    expect(await readdir(there)).toEqual([]);
  });

  test('one that fails says why, and yields nothing', async () => {
    const ran = await ns('run', 'Fail Report');
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain('has ended: Error');
    expect(ran.out).toContain('Error: no sales today');
    expect(ran.out).not.toContain('ocument');
  });

  test('one is stopped by Ctrl-C', async () => {
    const { words, environment } = wayOf(['report', 'run', 'Sleeping Report'], 'ADMIN');
    const terminal = testTerminal({ environment });
    const running = runCommandLine(words, terminal.surroundings);
    await until('it runs', () => terminal.err.some((line) => line.includes('in the background')));
    terminal.stop('SIGINT');
    expect(await running).toBe(1);
    expect(terminal.out.join('\n')).toContain('has ended: Stopped, after');
    expect(terminal.stopListeners()).toBe(0);
  });

  test('a document is fetched into the working directory, and counts as read', async () => {
    const there = await folder();
    const no = await made();
    const inbox = async () => JSON.parse((await ns('inbox', '--json')).out)[0];
    expect(await inbox()).toMatchObject({ no: Number(no), readAt: null });
    await writeFile(path.join(there, (await inbox()).fileName), 'mine');
    const options = { workingDirectory: there };
    const refused = await ask(['report', 'fetch', no, '--json'], options);
    expect([refused.exitCode, errorOf(refused)]).toMatchObject([4, { code: 'CONFLICT', field: 'save' }]);
    expect(await inbox()).toMatchObject({ readAt: null });
    const fetched = await ask(['report', 'fetch', no, '--force'], options);
    expect(fetched.out).toMatch(/^Document \d+, Sales List .*\.csv \(21 bytes\), is saved as .*\.csv\.$/);
    expect(await readFile(path.join(there, (await inbox()).fileName), 'utf8')).toBe(CSV);
    expect((await inbox()).readAt).not.toBeNull();
    const other = await ask(['report', 'fetch', no, '--save', 'other.csv', '--json'], options);
    expect(JSON.parse(other.out)).toMatchObject({ no: Number(no), savedAs: path.join(there, 'other.csv') });
  });

  test('the inbox is listed page by page, by report, and without what was read', async () => {
    const older = await made();
    const newer = await made();
    const page = await ns('inbox', '--limit', '1', '--report', 'Sales List');
    expect(page.out).toMatch(/^No +Report +Description +File +Size +Made \(UTC\) +Entry +Read \(UTC\)$/m);
    expect(page.out).toMatch(
      new RegExp(`^${newer} +Sales List +What was sold +Sales List .*csv +21 bytes`, 'm'),
    );
    expect(page.out).toMatch(new RegExp(`^Older ones: --before ${newer}$`, 'm'));
    const next = JSON.parse((await ns('inbox', '--before', newer, '--limit', '1', '--json')).out);
    expect(next.map(({ no }: { no: number }) => no)).toEqual([Number(older)]);
    await ns('mark', newer, '--read');
    const unread = JSON.parse((await ns('inbox', '--unread', '--json')).out);
    expect(unread[0]).toMatchObject({ no: Number(older) });
    const none = await ns('inbox', '--report', 'Nothing', '--unread');
    expect(none.out).toBe('There are no unread documents of Nothing in the report inbox of ADMIN in CRONUS.');
  });

  test('documents are marked, and deleted after asking', async () => {
    const numbers = [await made(), await made()];
    expect((await ns('mark', ...numbers, ...numbers, '--read')).out).toBe('2 documents marked as read.');
    expect((await ns('mark', ...numbers, '--read')).out).toBe('0 documents marked as read.');
    expect((await ns('mark', '--unread', numbers[0] ?? '')).out).toBe('1 document marked as not read.');
    const unasked = await ns('delete', ...numbers, '--json');
    expect([unasked.exitCode, errorOf(unasked)]).toMatchObject([2, { field: 'yes' }]);
    expect((await ns('delete', ...numbers, '999999', '--yes')).exitCode).toBe(3);
    const { words, environment } = wayOf(['report', 'delete', ...numbers], 'ADMIN');
    const terminal = testTerminal({ environment, interactive: true });
    const running = runCommandLine(words, terminal.surroundings);
    const [question] = await once(terminal.screen, 'data');
    expect(String(question)).toMatch(
      /^Delete Sales List .*\.csv of ADMIN, Sales List .* of ADMIN, for good\?/,
    );
    terminal.keyboard.write('n\n');
    expect([await running, terminal.out]).toEqual([1, ['Nothing was deleted.']]);
    expect((await ns('delete', ...numbers, '--yes')).out).toBe('2 documents deleted.');
    expect((await ns('fetch', numbers[0] ?? '', '--save', '-')).exitCode).toBe(3);
  });

  test('a document of somebody else does not exist, but for who may do everything', async () => {
    const no = await made('ANNA');
    const hers = await ask(['report', 'inbox', '--limit', '1', '--json'], {}, 'ANNA');
    expect(JSON.parse(hers.out)).toMatchObject([{ no: Number(no), user: 'ANNA' }]);
    const his = await made();
    for (const words of [
      ['fetch', his],
      ['mark', his, '--read'],
      ['delete', his, '--yes'],
    ]) {
      const ran = await ask(['report', ...words, '--json'], {}, 'ANNA');
      expect([ran.exitCode, errorOf(ran)]).toMatchObject([3, { code: 'DOCUMENT_UNKNOWN' }]);
    }
    const everyone = await ask(['report', 'inbox', '--everyone', '--json'], {}, 'ANNA');
    expect([everyone.exitCode, errorOf(everyone).code]).toEqual([6, 'PERMISSION_DENIED']);
    const all = await ns('inbox', '--everyone', '--limit', '2');
    expect(all.out).toMatch(/ADMIN(.|\n)*ANNA/);
    expect((await ask(['report', 'run', 'Letter'], {}, 'ANNA')).exitCode).toBe(6);
  });

  test('an entry says what its report yields', async () => {
    const entry = (...words: readonly string[]) => ask(['entry', ...words]);
    const words = ['create', '--object', 'Sales List', '--parameters', '{"no":"A1"}', '--json'];
    const created = JSON.parse((await entry(...words, '--report-output-type', 'xlsx')).out);
    expect(created).toMatchObject({ objectType: 'report', reportOutputType: 'XLSX' });
    const shown = await entry('show', created.id);
    expect(shown.out).toMatch(/^Object type +report\nOutput type +XLSX$/m);
    const modified = await entry('modify', created.id, '--report-output-type', '', '--json');
    expect(JSON.parse(modified.out)).toMatchObject({ reportOutputType: 'PDF' });
    const none = await entry('modify', created.id, '--report-output-type', 'NONE', '--json');
    expect(JSON.parse(none.out)).toMatchObject({ reportOutputType: 'None' });
    const wrong = await entry('modify', created.id, '--report-output-type', 'docx');
    expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('(--report-output-type)')]);
    const codeunit = JSON.parse((await entry('create', '--object', 'Post', '--json')).out);
    expect((await entry('show', codeunit.id)).out).toMatch(/^Object type +codeunit\nParameter/m);
    const refused = await entry('create', '--object', 'Post', '--report-output-type', 'pdf', '--json');
    expect([refused.exitCode, errorOf(refused)]).toMatchObject([2, { field: 'reportOutputType' }]);
  });
});
