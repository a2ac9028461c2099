import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const APP = fileURLToPath(new URL('./fixtures/app.ts', import.meta.url));

const REPORT_APP = fileURLToPath(new URL('./fixtures/report-app.ts', import.meta.url));

/** The real thing: a process of its own. */
function start(words: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=nightshift-source', MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...environment,
    },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function textOf(stream: AsyncIterable<unknown> | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

async function ns(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = start(words, environment);
  const [out, err, [exitCode]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { out, err, exitCode };
}

/** A server instance in a process of its own, with its lines. */
function serve(database: TestDatabase, ...words: string[]) {
  const child = start(['serve', '--app', APP, ...words], { NIGHTSHIFT_DATABASE_URL: database.url });
  const lines: string[] = [];
  const input = child.stdout;
  if (input === null) throw new Error('stdout is a pipe');
  const ended = once(child, 'close') as Promise<[number]>;
  createInterface({ input }).on('line', (line) => lines.push(line));
  const printed = (text: string) =>
    until(`serve prints "${text}"`, () => lines.some((line) => line.includes(text)));
  return { child, lines, ended, printed };
}

async function setup() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return { database, environment: { NIGHTSHIFT_DATABASE_URL: database.url, NIGHTSHIFT_APP: APP } };
}

describe('serve', () => {
  test('runs what is Ready, tells it in lines, and ends with 0 when told to', async () => {
    const { database, environment } = await setup();
    const { lines, printed, child, ended } = serve(database);
    await printed('Ready: runs up to 10 tasks at a time.');
    const created = await ns(['entry', 'create', '--object', 'Write Row', '--ready'], environment);
    expect(created.exitCode).toBe(0);
    await printed('AL0000E26');
    expect(await database.query('select by from co_1.row_written')).toEqual([{ by: 'background' }]);
    const doctor = await ns(['doctor'], environment);
    expect(doctor.out).toContain(`Instance 1 (process ${child.pid} on `);
    expect(doctor.exitCode).toBe(0);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(lines.at(-1)).toMatch(/information Stopped\.$/);
    expect(lines.join('\n')).toContain('Codeunits: Write Row, Ask First, Fail, Forget Await');
    expect(await database.query('select end_reason from nightshift.server_instance')).toEqual([
      { end_reason: 'stopped' },
    ]);
  });

  test('answers HTTP with an API key, logs it without secrets, and takes no more when told to stop', async () => {
    const { database, environment } = await setup();
    const { lines, printed, child, ended } = serve(database);
    await printed('Ready');
    const address = /HTTP: (http:\/\/127\.0\.0\.1:\d+)\/api\/docs/.exec(lines.join('\n'))?.[1] ?? '';
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    const made = await ns(['api-key', 'create', 'Test', '--scopes', 'entry.read', '--json'], environment);
    const { key } = JSON.parse(made.out);
    const headers = { authorization: `Bearer ${key}` };
    const list = await fetch(`${address}/api/v1/companies/CRONUS/jobQueueEntries`, { headers });
    expect(await list.json()).toMatchObject({ items: [] });
    await printed('HTTP GET jobQueueEntries.list 200');
    expect(lines.join('\n')).not.toContain(key.split('_')[2]);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await expect(fetch(`${address}/livez`)).rejects.toThrow();
  });

  test('listens on other addresses with TLS only, unless told', async () => {
    const { environment } = await setup();
    const refused = await ns(['serve', '--host', '0.0.0.0'], environment);
    expect(refused).toMatchObject({ exitCode: 2, err: expect.stringContaining('Without TLS') });
    expect((await ns(['serve', '--port', '99999'], environment)).exitCode).toBe(2);
    expect((await ns(['serve', '--tls-key', 'key.pem'], environment)).exitCode).toBe(2);
  });

  test('outlives a codeunit that forgot an await', async () => {
    const { database, environment } = await setup();
    await ns(['migrate'], environment);
    const { printed, child, ended } = serve(database, '--json', '--quiet');
    await ns(['entry', 'create', '--object', 'Forget Await', '--ready'], environment);
    await printed('nobody waits for me');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  test('hands back what runs when it is told twice, and another instance goes on with it', async () => {
    const { database, environment } = await setup();
    const one = serve(database, '--drain', '600');
    await one.printed('Ready');
    await ns(['entry', 'create', '--object', 'Never End', '--ready'], environment);
    await one.printed('I stay.');
    const other = serve(database);
    await other.printed('Ready');
    one.child.kill('SIGTERM');
    await one.printed('SIGTERM: takes no new tasks');
    // Sooner it would be taken for an echo of the first.
    const told = systemClock.monotonic();
    await until('some time has passed', () => systemClock.monotonic() - told > 400);
    const begun = systemClock.monotonic();
    one.child.kill('SIGTERM');
    expect(await one.ended).toEqual([0, null]);
    expect(systemClock.monotonic() - begun).toBeLessThan(2_500);
    expect(one.lines.at(-1)).toMatch(/Stopped\.$/);
    await other.printed('I stay.');
    const rows = await database.query('select attempt, losses, suspect from nightshift.scheduled_task');
    expect(rows).toEqual([{ attempt: 0, losses: 0, suspect: 0 }]);
    expect(await database.query('select from co_1.row_written')).toEqual([]);
    other.child.kill('SIGKILL');
  });

  test('fails by the reason when it cannot start', async () => {
    const { environment } = await setup();
    expect((await ns(['serve', '--concurrency', '0'], environment)).exitCode).toBe(2);
    expect((await ns(['serve', '--app', './nope.ts'], environment)).exitCode).toBe(2);
    const gone = { NIGHTSHIFT_DATABASE_URL: 'postgresql://a:secret@127.0.0.1:1/x', NIGHTSHIFT_APP: APP };
    const ran = await ns(['serve', '--json'], gone);
    expect(ran.exitCode).toBe(5);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'DATABASE_UNAVAILABLE' } });
    expect(ran.err).not.toContain('secret');
  });
});

describe('report', () => {
  test('a document goes to standard output byte for byte, and nothing else', async () => {
    const { database } = await setup();
    const environment = { NIGHTSHIFT_DATABASE_URL: database.url, NIGHTSHIFT_APP: REPORT_APP };
    expect((await ns(['migrate'], environment)).exitCode).toBe(0);
    const words = ['report', 'run', 'Sales List', '--parameters', '{"no":"A1"}'];
    const child = start([...words, '--output', 'XLSX', '--save', '-'], environment);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await once(child, 'close')).toEqual([0, null]);
    const [row] = await database.query<{ content: Buffer }>('select content from nightshift.report_inbox');
    expect(Buffer.concat(chunks).equals(row?.content ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('db', () => {
  test('starts, stays, is visited, is asked for, and is deleted', async () => {
    const scratch = await mkdtemp(path.join(tmpdir(), 'ns-cli-'));
    await chmod(scratch, 0o755);
    const data = path.join(scratch, 'pg');
    onTestFinished(async () => {
      await resetEmbeddedPostgres({ dataDirectory: data });
      await rm(scratch, { recursive: true, force: true });
    });
    const on = (...words: string[]) => ns(words, { NIGHTSHIFT_DATA: data });
    const missing = await on('entry', 'list');
    expect(missing.exitCode).toBe(5);
    expect(missing.err).toContain('There is no database in');
    expect((await on('db', 'status')).exitCode).toBe(1);
    expect((await on('db', 'url')).exitCode).toBe(5);
    expect((await on('db', 'start')).exitCode).toBe(0);
    expect((await on('migrate')).exitCode).toBe(0);
    expect((await on('entry', 'list')).exitCode).toBe(0);
    const status = await on('db', 'status', '--json');
    expect(JSON.parse(status.out)).toMatchObject({ state: 'running', initialised: true });
    const { out } = await on('db', 'url');
    expect(out).toMatch(/^postgresql:\/\/postgres@localhost:\d+\/postgres\?host=\S+\n$/);
    expect((await on('db', 'url', '--tcp')).exitCode).toBe(4);
    const asked = await on('db', 'reset');
    expect(asked.exitCode).toBe(2);
    expect(asked.err).toContain('--yes');
    expect((await on('db', 'stop')).out).toBe('PostgreSQL has stopped.\n');
    expect((await on('db', 'stop')).out).toBe('No PostgreSQL ran.\n');
    expect((await on('db', 'reset', '--yes')).exitCode).toBe(0);
    const other = { NIGHTSHIFT_DATABASE_URL: 'postgresql://h/d' };
    expect((await ns(['db', 'reset', '--yes'], other)).exitCode).toBe(2);
  });
});
