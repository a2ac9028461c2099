import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERBS } from '../../contract/permissions.ts';
import { apiKeys, categories, companies, jobQueue, sessions, users } from '../../platform/index.ts';
import { isReport } from '../../reports/index.ts';
import { createServer, type NightshiftServer } from '../../server/index.ts';
import { stagedOrders } from '../../testing/fixtures/items-app.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addSets, addUsers } from '../../testing/test-rights.ts';
import { PERSON, VerbStage } from '../../testing/verb-stage.ts';
import { externalCall, processChunk, stage as stageItems } from '../../work-items/index.ts';
import { addCommands } from '../command-line.ts';
import { COMMAND_PLACES } from '../command-places.ts';
import application from '../fixtures/app.ts';
import reportApplication from '../fixtures/report-app.ts';
import { type Ran, run } from '../fixtures/test-terminal.ts';

// Every command that is said to work either way is run on the database and by a server, and says the same.

let kit: TestPlatform;
let server: NightshiftServer;
let stage: VerbStage;
let url: string;
let key: string;
let folder: string;
let app: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remote-'));
  app = path.join(folder, 'app.ts');
  const origin = new URL('../fixtures/app.ts', import.meta.url).href;
  // The same application as that of the platform below.
  const items = new URL('../../testing/fixtures/items-app.ts', import.meta.url).href;
  const reports = new URL('../fixtures/report-app.ts', import.meta.url).href;
  const platform = new URL('../../platform/index.ts', import.meta.url).href;
  await writeFile(
    app,
    `import app from ${JSON.stringify(origin)}; import items from ${JSON.stringify(items)};
    import { default as others } from ${JSON.stringify(reports)};
    import { defineApp } from ${JSON.stringify(platform)};
    const { codeunits, migrations } = app;
    const reports = others.codeunits.filter(({ objectType }) => objectType === 'report');
    export default defineApp({ name: 'test', codeunits, reports, migrations, workItems: items.workItems });`,
  );
  kit = await startTestPlatform({
    codeunits: application.codeunits,
    reports: reportApplication.codeunits.filter(isReport),
    migrations: application.migrations,
    workItems: [stagedOrders],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(kit, { name: 'ANNA', sets: ['Job Queue Admin', 'Work'] });
  stage = new VerbStage(kit, kit.platform.directory.user('ADMIN').no);
  server = createServer(kit.platform, {
    checkAnswers: true,
    requestsPerMinute: { known: 1e9, unknown: 1e9 },
  });
  url = await server.listen();
  await kit.platform.environment.release(kit.admin, { name: 'test' });
  // An API key neither creates nor holds what creates keys.
  const scopes = Object.keys(VERBS).filter((verb) => verb !== 'apiKey.create');
  ({ key } = await apiKeys.create(kit.admin, { name: 'Remote', scopes }));
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
  await rm(folder, { recursive: true });
});

const databaseUrl = () => kit.database?.url ?? '';
const onDatabase = (words: readonly string[]) =>
  run([...words, '--company', 'CRONUS', '--app', app, '--database-url', databaseUrl()]);
const byServer = (words: readonly string[]) =>
  run([...words, '--company', 'CRONUS'], { environment: { NIGHTSHIFT_URL: url, NIGHTSHIFT_API_KEY: key } });

/** The words behind the command; made anew for each way, since a change can be made once. */
type Case = () => Promise<readonly string[]>;

const at = () => {
  const { directory } = kit.platform;
  const { no: userNo } = directory.user('ADMIN');
  const place = { company: 'CRONUS', companyNo: directory.company('CRONUS').no };
  return { caller: kit.admin, user: 'ADMIN', userNo, owner: 'ADMIN', ownerNo: userNo, ...place };
};
/** An item that has failed, with a call whose answer was lost. */
const item: Case = async () => {
  const no = stage.name('A').replace(' ', '');
  await stageItems(kit.admin, stagedOrders, [{ no, total: 1 }]);
  await kit.open((session) =>
    processChunk(session, stagedOrders, { maxAttempts: 1 }, async (each, own) => {
      if (each.externalId === no) await externalCall(own, each, 'shipment', () => Promise.reject('lost'));
    }),
  );
  return ['staged_order', no];
};
const RUN_REPORT = ['Sales List', '--parameters', '{"no":"A1"}', '--output', 'csv'];
/** The number of a document. */
const document: Case = async () => {
  const { out } = await onDatabase(['report', 'run', ...RUN_REPORT, '--json']);
  return [String(JSON.parse(out).document.no)];
};
let shown: Promise<readonly string[]> | null = null;
const none: Case = async () => [];
const entry = async (status = 'On Hold') => {
  const { id } = await jobQueue.create(kit.admin, {
    object: 'Write Row',
    description: 'nightly',
    runOnMondays: true,
  });
  if (status === 'Ready') await jobQueue.setStatusToReady(kit.admin, id);
  if (status === 'Error')
    await kit.query("update nightshift.job_queue_entry set status = 'Error' where id = $1", [id]);
  return [id];
};
const task: Case = async () => [await stage.task(at())];
const failedTask: Case = async () => [await stage.failedTask(at())];
const ran = async () => {
  const [id = ''] = await entry();
  return jobQueue.runOnce(kit.admin, id, PERSON);
};
const category = async () => {
  const { code } = await categories.create(kit.admin, { code: stage.name('C'), description: 'one' });
  return [code];
};
const approval: Case = async () => [await stage.approval(at(), kit.platform.directory.user('ANNA').no, null)];
const ownApproval: Case = async () => [await stage.approval(at(), at().userNo, null)];
const user: Case = async () => {
  const { name } = await users.create(kit.admin, { name: stage.name('U') });
  return [name];
};
const set: Case = async () => {
  const name = stage.name('Set');
  await addSets(kit, { [name]: { tables: { staged_order: 'R' } } });
  return [name];
};

const CASES: Readonly<Record<string, Case>> = {
  'entry list': none,
  'entry show': () => entry('Ready'),
  'entry explain': () => entry(),
  'entry overdue': none,
  'entry create': async () => [
    '--object',
    'Write Row',
    '--days',
    'mon',
    '--timeout',
    '5m',
    '--tag',
    'a,b',
    '--ready',
  ],
  'entry modify': async () => [...(await entry()), '--description', 'weekly', '--keep-log', '30d'],
  'entry reset-to-code': () => entry(),
  'entry copy': () => entry(),
  'entry delete': () => entry(),
  'entry priority': async () => [...(await entry()), 'high'],
  'entry restart': () => entry('Error'),
  'entry run-now': () => entry('Ready'),
  'entry stop': () => entry(),
  'entry hold-all': async () => ['--object', 'Fail'],
  'entry release-all': async () => ['--object', 'Fail'],
  'entry remove-failed': async () => ['--older-than', '40d'],
  'entry ready': () => entry(),
  'entry hold': () => entry('Ready'),
  'entry reassign': async () => [...(await entry()), 'ANNA', '--comment', 'yours'],
  'entry run-once': () => entry(),
  'entry errors': async () => [String((await ran()).logEntryNo)],
  'entry log': async () => ['--lines'],
  'category list': none,
  'category create': async () => [stage.name('C'), '--parallelism', '2'],
  'category modify': async () => [...(await category()), '--parallelism', '3'],
  'category delete': category,
  'items list': async () => ['staged_order'],
  'items show': () => {
    shown ??= item();
    return shown;
  },
  'items errors': async () => ['staged_order'],
  'items retry': item,
  'items skip': async () => [...(await item()), '--reason', 'a test'],
  'items resolve': async () => [...(await item()), '--note', 'by hand'],
  'items assign': async () => [...(await item()), '--to', 'ANNA'],
  'items edit': async () => {
    const [table = '', no = ''] = await item();
    return [table, no, '--payload', JSON.stringify({ no, total: 7 })];
  },
  'items settle': async () => [...(await item()), 'shipment', '--answer', '{"parcel":1}'],
  'report list': none,
  'report run': async () => [...RUN_REPORT, '--save', folder, '--force'],
  'report inbox': async () => ['--everyone', '--unread', '--limit', '1'],
  'report fetch': async () => [...(await document()), '--save', folder, '--force'],
  'report mark': async () => [...(await document()), '--read'],
  'report delete': async () => [...(await document()), ...(await document()), '--yes'],
  'alert list': async () => {
    await kit.query(`insert into nightshift.alert (company_no, kind, key, subject, since, last_at, for_users)
      values (1, 'items-failed', 'remote', 'orders', '2026-01-01', '2026-01-01', '{}')
      on conflict (key) where over_at is null do nothing`);
    return ['--all', '--kind', 'items-failed,overdue', '--limit', '1'];
  },
  'approval list': none,
  'approval show': approval,
  'approval request': () => entry(),
  'approval approve': approval,
  'approval reject': async () => [...(await approval()), '--comment', 'no'],
  'approval withdraw': ownApproval,
  'task list': none,
  'task show': task,
  'task ready': task,
  'task cancel': task,
  'task retry': failedTask,
  'task delete': failedTask,
  'task reassign': async () => [...(await task()), 'ANNA'],
  'session list': none,
  'session show': async () => {
    await ran();
    const filter = { codeunit: 'Write Row', oldestFirst: true, limit: 1 };
    let [event] = await sessions.events(kit.admin, filter);
    while (event === undefined) [event] = await sessions.events(kit.admin, filter);
    return [event.uniqueId];
  },
  'session stop': async () => ['4711', '--yes'],
  'session kill': async () => ['4711', '--yes'],
  'session start': async () => ['Write Row', '--timeout', '5m'],
  'session events': async () => ['--since', '1h', '--foreground'],
  'environment show': none,
  'environment release': async () => ['--name', 'test', '--yes'],
  'company list': none,
  // Of the last company; in front of those that make more.
  'company delete': async () => ['CRONUS', '--yes'],
  'company create': async () => [stage.name('Made')],
  'company copy': async () => ['CRONUS', stage.name('Copied')],
  'company show': async () => ['CRONUS'],
  // A key reaches the company that it was made for.
  'company rename': async () => ['CRONUS', 'CRONUS'],
  'company calendar': async () => ['CRONUS', '--hours', 'mon-fri 08:00-16:30'],
  'company holiday add': async () => ['CRONUS', '2026-12-24', 'Christmas Eve'],
  'company holiday remove': async () => {
    const { version: _, ...calendar } = await companies.workCalendar(kit.admin, 'CRONUS');
    const holidays = [{ day: '2026-12-26', name: 'x' }];
    await companies.setWorkCalendar(kit.admin, 'CRONUS', { ...calendar, holidays });
    return ['CRONUS', '2026-12-26'];
  },
  'user create': async () => [stage.name('U'), '--full-name', 'Somebody', '--valid-until', '2999-01-01'],
  'user sign-ins': async () => ['ANNA'],
  'user sign-out': async () => ['ANNA'],
  'user reset-authenticator': async () => ['ANNA'],
  'user list': none,
  'user show': async () => ['ANNA'],
  'user modify': async () => [...(await user()), '--full-name', 'Somebody else'],
  'user disable': user,
  'user enable': user,
  'user assign': async () => [...(await user()), 'Work'],
  'user unassign': async () => [...(await user()), 'Work'],
  'permission-set list': none,
  'permission-set show': async () => ['Work'],
  'permission-set create': async () => [stage.name('Set'), '--tables', 'nowhere=R', '--codeunits', 'Fail'],
  'permission-set modify': async () => [...(await set()), '--description', 'x'],
  'permission-set delete': set,
  'api-key list': none,
  'api-key revoke': async () => [await stage.apiKey(at())],
  'rights explain': async () => ['ANNA', 'CRONUS', 'Write Row'],
  'audit list': async () => ['--verb', 'category.change,entry.create', '--limit', '5'],
};

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** What differs from one run to the next by itself. */
function settled({ out, err, exitCode }: Ran, words: readonly string[]) {
  const names = words
    .flatMap((word) => word.split(' '))
    .filter((word) => /\d/.test(word) && !/^\d|-/.test(word));
  const text = (printed: string) =>
    [...names, ...words.filter((word) => /[A-Za-z]+ ?\d+$/.test(word))]
      .sort((one, other) => other.length - one.length)
      .reduce((rest, name) => rest.replaceAll(name, '<name>'), printed.replaceAll(UUID, '<id>'))
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?/g, '<at>')
      .replaceAll(/"(entryNo|no|logEntryNo|id|version|processId|place|ms|tookMs|wait)": \d+/g, '"$1": 0')
      .replaceAll(/\b(Entry|entry|co_|No\.|Log|Session|Document) *\d+/g, '$1 <n>')
      .replaceAll(/[\d.]+ (ms|s|min)\b/g, '<time>');
  const plain = text(out);
  // What stands in front of what, no program reads.
  return {
    exitCode,
    out: plain.startsWith('{') || plain.startsWith('[') ? JSON.parse(plain) : plain,
    err: text(err),
  };
}

test('items below a number are listed by a server as well', async () => {
  await item();
  await item();
  const listed = async (way: typeof byServer, ...words: readonly string[]): Promise<{ id: number }[]> =>
    JSON.parse((await way(['items', 'list', 'staged_order', '--json', ...words])).out);
  const [last = { id: 0 }, ...others] = await listed(onDatabase);
  expect(others.length).toBeGreaterThan(0);
  expect(await listed(byServer, '--before', String(last.id))).toEqual(others);
  expect(await listed(byServer, '--before', String(others.at(-1)?.id))).toEqual([]);
});

test('a page of items begins below both what it goes on behind and the number that is given', async () => {
  await item();
  await item();
  const page = async (query: string) => {
    const address = `${url}/api/v1/companies/CRONUS/workItems/staged_order/items?${query}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
    return (await answer.json()) as { items: { id: number }[]; page: { next: string } };
  };
  const numbers = async (query: string) => (await page(query)).items.map(({ id }) => id);
  const [last, ...rest] = await numbers('');
  const { next: behindLast } = (await page('limit=1')).page;
  expect(await numbers(`after=${behindLast}&before=${rest[0]}`)).toEqual(rest.slice(1));
  expect(await numbers(`after=${behindLast}&before=${last}`)).toEqual(rest);
  expect(await numbers(`after=${behindLast}&before=${Number(last) + 1}`)).toEqual(rest);
});

test('every command is said to work either way or not, and nothing is said of others', () => {
  const program = new Command();
  addCommands(program, () => async () => undefined);
  const leaves = (command: Command, words: readonly string[]): string[] =>
    command.commands.length === 0
      ? [words.join(' ')]
      : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));
  expect(leaves(program, []).sort()).toEqual(Object.keys(COMMAND_PLACES).sort());
  const either = Object.entries(COMMAND_PLACES).filter(([, place]) => place === 'either way');
  expect(Object.keys(CASES).sort()).toEqual(either.map(([words]) => words).sort());
});

test.each(Object.entries(CASES))('%s says the same by a server as on the database', async (command, make) => {
  for (const more of [[], ['--json']]) {
    const here = await make();
    const one = await onDatabase([...command.split(' '), ...here, ...more]);
    const there = await make();
    const other = await byServer([...command.split(' '), ...there, ...more]);
    expect(settled(other, there)).toEqual(settled(one, here));
  }
});

test('a company is deleted by a server, with a key for it; and what a session was stopped for is said', async () => {
  await companies.create(kit.admin, { name: 'GONE' });
  const there = kit.platform.as({ user: 'ADMIN', company: 'GONE' });
  const made = await apiKeys.create(there, { name: 'Gone', scopes: ['company.read', 'company.delete'] });
  const environment = { NIGHTSHIFT_URL: url, NIGHTSHIFT_API_KEY: made.key };
  const deleted = await run(['company', 'delete', 'GONE', '--yes', '--json'], { environment });
  expect([deleted.exitCode, JSON.parse(deleted.out)]).toMatchObject([0, { deleted: true, name: 'GONE' }]);
  expect((await companies.list(kit.admin)).map(({ name }) => name)).not.toContain('GONE');
  const failed = await byServer(['session', 'start', 'Fail']);
  expect(failed).toMatchObject({ exitCode: 1, out: expect.stringContaining('has ended: Error') });
  const before = await byServer(['session', 'start', 'Write Row', '--foreground']);
  expect(before).toMatchObject({ exitCode: 2, err: expect.stringContaining('before the person') });
});

test('what no server carries out is refused, and why is said', async () => {
  for (const [command, place] of Object.entries(COMMAND_PLACES)) {
    if (typeof place === 'string') continue;
    const { exitCode, err } = await byServer([...command.split(' '), ...neededBy(command)]);
    expect([command, exitCode, err]).toEqual([command, 2, expect.stringContaining(place.here)]);
  }
  const administrator = await byServer(['user', 'create', 'BOSS', '--administrator']);
  expect(administrator).toMatchObject({ exitCode: 2, err: expect.stringContaining('where the database is') });
});

/** Arguments and options without which commander does not begin with a command. */
function neededBy(words: string): readonly string[] {
  const program = new Command();
  addCommands(program, () => async () => undefined);
  const command = words
    .split(' ')
    .reduce((found, word) => found.commands.find((each) => each.name() === word) as Command, program);
  const options = command.options
    .filter(({ mandatory }) => mandatory)
    .flatMap(({ long }) => [String(long), 'x']);
  return [...command.registeredArguments.filter(({ required }) => required).map(() => 'x'), ...options];
}

test('the API key comes from the environment, a file of its owner, or standard input; never from the words', async () => {
  const file = path.join(folder, 'key');
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  const ask = (more: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    run(['category', 'list', '--url', url, ...more], { environment });
  expect((await ask(['--api-key-file', file])).exitCode).toBe(0);
  await chmod(file, 0o644);
  expect((await ask(['--api-key-file', file])).err).toMatch(
    /^VALIDATION: Others than you may read .*chmod 600/,
  );
  expect((await ask([])).err).toContain('NIGHTSHIFT_API_KEY');
  expect((await ask([], { NIGHTSHIFT_API_KEY: 'secret' })).err).not.toContain('secret');
  expect((await ask(['--api-key', key])).exitCode).toBe(2);
  const wrong = `ns_${'0'.repeat(32)}_${'0'.repeat(64)}`;
  expect(await ask([], { NIGHTSHIFT_API_KEY: wrong })).toMatchObject({
    exitCode: 6,
    err: expect.stringMatching(/^UNAUTHENTICATED: The API key is not valid\./),
  });
});

test('refusals of a server are told as those of the database', async () => {
  for (const words of [
    ['entry', 'show', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['entry', 'show', '999999'],
    ['category', 'delete', 'NOWHERE'],
    ['user', 'show', 'NOBODY'],
    ['task', 'show', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['session', 'show', '4711'],
    ['approval', 'show', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['entry', 'create', '--object', 'No Such'],
    ['entry', 'modify', ...(await entry()), '--description', 'x', '--if-version', '17'],
    ['category', 'create', 'C', '--parallelism', '1000'],
    ['report', 'run', 'No Such'],
    ['report', 'fetch', '999999'],
    ['report', 'mark', '999999', '--read'],
    ['report', 'delete', '999999', '--yes'],
  ]) {
    const [here, there] = [await onDatabase(words), await byServer(words)];
    const codeOf = ({ err }: Ran) => err.split(':')[0];
    expect([words, there.exitCode, codeOf(there)]).toEqual([words, here.exitCode, codeOf(here)]);
    expect(there.exitCode).not.toBe(0);
  }
});

test.each([
  ['http://jobs.example', 'TLS only'],
  ['ftp://127.0.0.1', 'has the form'],
  ['https://me:secret@jobs.example', 'has the form'],
  ['nonsense', 'has the form'],
])('%s is no address to send a key to', async (address, why) => {
  const answer = await run(['entry', 'list', '--url', address], { environment: { NIGHTSHIFT_API_KEY: key } });
  expect(answer).toMatchObject({ exitCode: 2, err: expect.stringContaining(why) });
});

test('who names a server names no database, no application and no user; and a named database goes before the environment', async () => {
  for (const more of [
    ['--database-url', databaseUrl()],
    ['--data', folder],
    ['--user', 'ANNA'],
    ['--app', app],
  ]) {
    const { exitCode, err } = await run(['entry', 'list', '--url', url, ...more]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`there is no ${more[0]}`)]);
  }
  const named = await run(['category', 'list', '--database-url', databaseUrl()], {
    environment: { NIGHTSHIFT_URL: 'http://127.0.0.1:1' },
  });
  expect(named.exitCode).toBe(0);
});

test('where nobody answers, or another program, that is said', async () => {
  const environment = { NIGHTSHIFT_API_KEY: key };
  const nobody = await run(['entry', 'list', '--url', 'http://127.0.0.1:1'], { environment });
  expect(nobody).toMatchObject({ exitCode: 5, err: expect.stringMatching(/^SERVER_UNREACHABLE: /) });
  const other = await run(['entry', 'list', '--url', `${url}/elsewhere`], { environment });
  expect(other.exitCode).not.toBe(0);
});
