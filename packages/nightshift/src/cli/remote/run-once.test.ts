import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys, jobQueue } from '../../platform/index.ts';
import { createServer, type NightshiftServer } from '../../server/index.ts';
import { codeunit } from '../../session/index.ts';
import { until } from '../../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { runCommandLine } from '../command-line.ts';
import { type Ran, run, type TestTerminal, testTerminal } from '../fixtures/test-terminal.ts';

const asking = codeunit({
  name: 'Asking',
  async onRun(session) {
    session.log.info('begins');
    const window = session.openDialog('1 of 3');
    session.log.warning('the shop is \u001b[31mslow');
    const answer = await session.confirm('Shall I go on?', true);
    window.close();
    session.message(answer ? 'I go on.' : 'I stop here.');
  },
});
const sleeper = codeunit({
  name: 'Sleeper',
  async onRun(session) {
    session.message('I sleep.');
    await session.sleep(3_600_000);
  },
});
const failing = codeunit({
  name: 'Failing',
  onRun: () => Promise.reject(new Error('no such order', { cause: new Error('refused') })),
});

let kit: TestPlatform;
let server: NightshiftServer;
let url: string;
let key: string;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [asking, sleeper, failing],
    taskScheduler: { enableTaskScheduler: false },
  });
  server = createServer(kit.platform, {
    checkAnswers: true,
    requestsPerMinute: { known: 1e9, unknown: 1e9 },
  });
  url = await server.listen();
  key = await keyFor('entry.read', 'entry.runOnce', 'session.stop', 'session.read');
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

const keyFor = async (...scopes: readonly string[]) =>
  (await apiKeys.create(kit.admin, { name: 'Terminal', scopes: scopes as never })).key;
const environmentOf = (at = url, by = key) => ({ NIGHTSHIFT_URL: at, NIGHTSHIFT_API_KEY: by });
const words = async (object: string, ...more: readonly string[]) => {
  const { id } = await jobQueue.create(kit.admin, { object });
  return ['entry', 'run-once', id, '--company', 'CRONUS', ...more];
};
const ns = async (object: string, ...more: readonly string[]): Promise<Ran> =>
  run(await words(object, ...more), { environment: environmentOf() });

/** Begins at a terminal with a person before it. */
async function begin(object: string, environment = environmentOf()) {
  const terminal = testTerminal({ interactive: true, environment });
  return { terminal, exit: runCommandLine(await words(object), terminal.surroundings) };
}

async function answer({ keyboard, screen }: TestTerminal, text: string): Promise<string> {
  const [prompt] = await once(screen, 'data');
  keyboard.write(`${text}\n`);
  return String(prompt);
}

test.each([
  ['y', 'I go on.'],
  ['n', 'I stop here.'],
])(
  'what it asks is answered at the terminal with %s, and what it shows is shown there, in order',
  async (typed, said) => {
    const { terminal, exit } = await begin('Asking');
    expect(await answer(terminal, typed)).toContain('Shall I go on?');
    expect(await exit).toBe(0);
    const shown = terminal.err.filter((text) => !text.startsWith('Running'));
    expect(shown.toSorted()).toEqual(['1 of 3', said, 'begins', 'warning: the shop is ␛[31mslow'].toSorted());
    expect(shown.at(-1)).toBe(said);
    expect(terminal.out.join('\n')).toMatch(
      /^Success after .+, log entry \d+\.\nIn the background it would differ:/,
    );
    expect(terminal.stopListeners()).toBe(0);
  },
);

test('--yes answers every question; without a person a question is an error, and the rest is shown', async () => {
  const yes = await ns('Asking', '--yes');
  expect([yes.exitCode, yes.err]).toEqual([0, expect.stringContaining('I go on.')]);
  const nobody = await ns('Asking');
  expect(nobody).toMatchObject({ exitCode: 1, out: expect.stringContaining('CALLBACK_NOT_ALLOWED') });
  expect(nobody.err).toContain('begins');
});

test('an error is told with its causes', async () => {
  const { exitCode, out } = await ns('Failing', '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    status: 'Error',
    error: { message: 'no such order', causes: [{ message: 'refused' }] },
  });
});

test('Ctrl-C has its session stopped', async () => {
  const { terminal, exit } = await begin('Sleeper');
  await until('it runs', () => terminal.err.includes('I sleep.'));
  terminal.stop('SIGINT');
  expect(await exit).toBe(1);
  expect(terminal.out.join('\n')).toMatch(
    /^Stopped after .+\nThe session was stopped: stopped at the terminal\./,
  );
  expect(kit.platform.instance.active?.size).toBe(0);
});

test('who leaves a question without an answer has the session stopped', async () => {
  const { terminal, exit } = await begin('Asking');
  await once(terminal.screen, 'data');
  terminal.keyboard.end();
  expect(await exit).toBe(1);
  expect(terminal.out.join('\n')).toMatch(/^Stopped after /);
});

test('a connection that is cut meanwhile is made again, and the question is still asked once', async () => {
  const links = new Set<Socket>();
  const proxy = createTcpServer((client) => {
    const target = connect(Number(new URL(url).port), '127.0.0.1');
    for (const end of [client, target]) links.add(end.on('error', () => undefined));
    client.pipe(target).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { terminal, exit } = await begin('Asking', environmentOf(through));
  const [prompt] = await once(terminal.screen, 'data');
  expect(String(prompt)).toContain('Shall I go on?');
  for (const link of links) link.destroy();
  terminal.keyboard.write('y\n');
  expect(await exit).toBe(0);
  expect(terminal.err.filter((text) => text === 'I go on.')).toHaveLength(1);
  proxy.close();
  for (const link of links) link.destroy();
});

test('what the key does not reach is refused, before anything runs', async () => {
  const reader = await keyFor('entry.read');
  const refused = await run(await words('Sleeper'), { environment: environmentOf(url, reader) });
  expect(refused).toMatchObject({ exitCode: 6, err: expect.stringContaining('entry.runOnce') });
  const missing = await run(['entry', 'run-once', '999', '--company', 'CRONUS'], {
    environment: environmentOf(),
  });
  expect(missing).toMatchObject({ exitCode: 3, err: expect.stringContaining('999') });
});
