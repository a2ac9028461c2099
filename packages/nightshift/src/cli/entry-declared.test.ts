import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('fixtures/declaring-app.ts', import.meta.url));
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({
    database,
    codeunits: [sync],
    jobQueueEntries: [
      { name: 'nightly', object: sync, runOnMondays: true, startingTime: '02:00' },
      { name: 'hourly', object: sync, cron: '0 * * * *' },
      { name: 'dropped', object: sync, parameterString: 'OLD' },
    ],
    taskScheduler: { enableTaskScheduler: false },
  });
  await jobQueue.create(world.admin, { object: sync, description: 'By hand' });
  await addUsers(world, { name: 'STRANGER', sets: ['Task Admin'] });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const withoutApp = (...words: readonly string[]) =>
  run(['entry', ...words, '--user', 'ADMIN', '--database-url', database.url]);
const ns = (...words: readonly string[]) => withoutApp(...words, '--app', APP);
interface Listed {
  readonly entryNo: number;
  readonly declaredName: string | null;
  readonly declaration: object | null;
}
const listed = async (ran: Promise<Ran>) => {
  const entries = JSON.parse((await ran).out) as readonly Listed[];
  return new Map(entries.map(({ declaredName, declaration }) => [declaredName, declaration]));
};
const numberOf = async (name: string | null) => {
  const entries = await jobQueue.list(world.admin, { finished: true });
  return String(entries.find(({ declaredName }) => declaredName === name)?.entryNo);
};
/** What stands under a heading in the line of an entry. */
async function cell(ran: Promise<Ran>, heading: string, no: string): Promise<string | undefined> {
  const [head = '', ...lines] = (await ran).out.split('\n');
  const line = lines.find((text) => text.startsWith(`${no} `));
  return line?.slice(head.indexOf(heading)).split(/ {2,}/)[0];
}

describe('entry list', () => {
  const SAME = { isDeclared: true, changedByPeople: [], changedInCode: [] };

  test('marks what differs from the code, with the application and without', async () => {
    expect(await listed(ns('list', '--json'))).toEqual(
      new Map<string | null, unknown>([
        [
          'nightly',
          { application: 'test', name: 'nightly', ...SAME, changedInCode: ['keepLogDays', 'startingTime'] },
        ],
        ['hourly', { application: 'test', name: 'hourly', ...SAME }],
        ['dropped', { application: 'test', name: 'dropped', ...SAME, isDeclared: false }],
        [null, null],
      ]),
    );
    const [nightly, hourly, dropped, plain] = await Promise.all(
      ['nightly', 'hourly', 'dropped', null].map(numberOf),
    );
    const code = (no = '') => cell(ns('list'), 'Code', no);
    expect([await code(nightly), await code(hourly), await code(dropped), await code(plain)]).toEqual([
      ...['differs', 'same', 'same', '–'],
    ]);
    await ns('modify', hourly ?? '', '--cron', '30 * * * *');
    expect((await listed(withoutApp('list', '--json'))).get('hourly')).toMatchObject({
      isDeclared: false,
      changedByPeople: ['cron'],
    });
    expect(await cell(withoutApp('list'), 'Code', hourly ?? '')).toBe('differs');
  });

  test('what runs by its plan does not differ', async () => {
    const no = await numberOf('dropped');
    await ns('ready', no);
    expect(await cell(ns('list'), 'Code', no)).toBe('same');
    await ns('hold', no);
  });

  test('without what is Finished; with --all, and by the status, it is there', async () => {
    const no = await numberOf('dropped');
    await world.query("update nightshift.job_queue_entry set status = 'Finished' where entry_no = $1", [no]);
    expect([...(await listed(ns('list', '--json'))).keys()]).not.toContain('dropped');
    expect([...(await listed(ns('list', '--all', '--json'))).keys()]).toContain('dropped');
    expect([...(await listed(ns('list', '--status', 'finished', '--json'))).keys()]).toEqual(['dropped']);
    expect((await ns('show', no)).exitCode).toBe(0);
  });

  test('not for those who may not see entries', async () => {
    const stranger = world.platform.as({ user: 'STRANGER', company: 'CRONUS' });
    await expect(jobQueue.declarations(stranger)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describe('entry reset-to-code', () => {
  test('takes over what the code says now', async () => {
    const no = await numberOf('nightly');
    const { out, exitCode } = await ns('reset-to-code', no);
    expect([exitCode, out]).toEqual([0, `Entry ${no} (Sync) is what the code says; it is version 2.`]);
    expect((await listed(ns('list', '--json'))).get('nightly')).toMatchObject({
      changedByPeople: [],
      changedInCode: [],
    });
    const shown = JSON.parse((await ns('show', no, '--json')).out);
    expect(shown).toMatchObject({ keepLogDays: 7, schedule: { startingTime: '03:00:00' } });
  });

  test('not what is Ready, what no code declares, nor without the application', async () => {
    const nightly = await numberOf('nightly');
    await ns('ready', nightly);
    expect((await ns('reset-to-code', nightly)).err).toContain('set it On Hold before you change it');
    await ns('hold', nightly);
    const plain = await ns('reset-to-code', await numberOf(null));
    expect([plain.exitCode, plain.err.includes('no application here declares it')]).toEqual([4, true]);
    const bare = await withoutApp('reset-to-code', nightly);
    expect([bare.exitCode, bare.err.includes('--app')]).toEqual([2, true]);
  });
});
