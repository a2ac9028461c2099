import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { codeunit } from '../session/index.ts';
import { createTask, rowOf } from '../task-scheduler/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { type Ran, run, type TestTerminalOptions } from './fixtures/test-terminal.ts';
import { statesOf } from './task-list.ts';

const FUTURE = new Date('2999-01-01T00:00:00Z');
const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';
const HOSTILE = 'sold \u001b[31mout\nState           Pending';

let fails = true;
const failing = codeunit({
  name: 'Failing',
  onRun(session) {
    session.log.warning('about to fail', {});
    if (fails)
      throw new Error(HOSTILE, { cause: Object.assign(new Error('refused'), { code: 'SHOP_CLOSED' }) });
  },
});
const plain = codeunit({ name: 'Plain', onRun: () => undefined });
const order = codeunit({ name: 'Order', record: z.looseObject({}), onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({ database, codeunits: [failing, plain, order] });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (words: readonly string[], options: TestTerminalOptions = {}) =>
  run(['task', ...words, '--database-url', database.url], options);
const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

async function failed(): Promise<string> {
  fails = true;
  const id = await createTask(world.admin, failing);
  await until('it has failed', async () => {
    const rows = await database.query('select from nightshift.failed_task where id = $1', [id]);
    return rows.length === 1;
  });
  fails = false;
  return id;
}

describe('task list', () => {
  test('shows all states, or those that are asked for', async () => {
    const id = await failed();
    const later = await createTask(world.admin, plain, { notBefore: FUTURE, idempotencyKey: 'later' });
    const { out, exitCode } = await ns(['list']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`^${id} +Failed +Failing `, 'm'));
    expect(out).toMatch(new RegExp(`^${later} +Pending +Plain +2999-01-01 00:00:00 +0 +ADMIN`, 'm'));
    const pending = JSON.parse(
      (await ns(['list', '--state', 'pending,not-ready', '--json'])).out,
    ) as object[];
    expect(pending).toMatchObject([{ id: later, state: 'Pending', idempotencyKey: 'later', error: null }]);
    expect((await ns(['list', '--state', 'poison'])).out).toBe(
      'There are no scheduled tasks in state Poison in CRONUS.',
    );
    const wrong = await ns(['list', '--state', 'done']);
    expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('Field: state (--state)')]);
    expect((await ns(['list', '--limit', '0'])).exitCode).toBe(2);
    expect(JSON.parse((await ns(['list', '--limit', '1', '--json'])).out)).toHaveLength(1);
  });

  test('reads states as people type them', () => {
    expect(statesOf('Failed, not-ready,NOT READY')).toEqual(['Failed', 'Not Ready', 'Not Ready']);
  });
});

describe('task show', () => {
  test('says why a task does not run', async () => {
    const id = await createTask(world.admin, plain, { ready: false, notBefore: FUTURE });
    const { out, exitCode } = await ns(['show', id.toUpperCase()]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`^Task +${id}\nState +Not Ready\nWhy +It is Not Ready:`));
    await ns(['ready', id]);
    expect(json(await ns(['show', id, '--json']))).toMatchObject({
      id,
      state: 'Pending',
      why: expect.stringMatching(/^It is due in \d+ h/),
      timeoutMs: 43_200_000,
      lines: [],
      error: null,
    });
  });

  test('of a codeunit that is missing it names the instances that lack it', async () => {
    const epoch = '019b0000-0000-7000-8000-0000000000e1';
    await database.query(
      `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
       values ($1, 77, 'far', 4711, '0', '{Deployed Elsewhere}', true, clock_timestamp() + interval '1 hour')`,
      [epoch],
    );
    const id = await createTask(world.admin, plain, { ready: false });
    const missing = async (name: string) => {
      await database.query('update nightshift.scheduled_task set codeunit = $2, ready = true where id = $1', [
        id,
        name,
      ]);
      return json(await ns(['show', id, '--json']))['why'];
    };
    const own = `instance 1 \\(.*, process ${process.pid}\\)`;
    expect(await missing('Nowhere')).toMatch(
      new RegExp(
        `^No live server instance has codeunit "Nowhere": ${own} and instance 77 \\(far, process 4711\\) lack it\\.$`,
      ),
    );
    expect(await missing('Deployed Elsewhere')).toMatch(
      new RegExp(`free place on instance 77 .*\\(codeunit "Deployed Elsewhere": ${own} lacks it\\)\\.$`),
    );
    await database.query('delete from nightshift.server_instance where epoch = $1', [epoch]);
    expect((await ns(['cancel', id])).exitCode).toBe(0);
  });

  test('of one that failed: its error with causes and lines, harmless', async () => {
    const id = await failed();
    const { out } = await ns(['show', id]);
    expect(out).toMatch(/^State +Failed$/m);
    expect(out).toMatch(
      /^Why +It is Failed since .*: sold .* State Pending; it runs again when somebody says so\.$/m,
    );
    expect(out).toContain('  Error: sold ␛[31mout\n    State           Pending');
    expect(out).toContain('    caused by: refused (SHOP_CLOSED)');
    expect(out).toMatch(/^ {2}\S+ \S+ {2}warning {6}about to fail$/m);
    expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(out).not.toContain('task-commands.test.ts');
    expect((await ns(['show', id, '--verbose'])).out).toContain('task-commands.test.ts');
  });

  test('tells the record: a value, or which row', async () => {
    const value = await createTask(world.admin, order, { record: { no: 1 }, ready: false });
    expect((await ns(['show', value])).out).toMatch(/^Record +\{"no":1\}$/m);
    const row = await createTask(world.admin, order, { record: rowOf('sales', { no: 'S1' }), ready: false });
    expect((await ns(['show', row])).out).toMatch(/^Record +row of sales: \{"no":"S1"\}$/m);
  });
});

describe('task ready, cancel, retry, delete', () => {
  test('ready lets one run; with a time not before it', async () => {
    const id = await createTask(world.admin, plain, { ready: false });
    const moved = await ns(['ready', id, '--not-before', '2999-02-03T04:05']);
    expect(moved.out).toBe(`Task ${id} is ready; it runs at 2999-02-03 04:05:00 UTC at the earliest.`);
    expect(json(await ns(['show', id, '--json']))).toMatchObject({ due: '2999-02-03T04:05:00.000Z' });
    const wrong = await ns(['ready', id, '--not-before', 'soon']);
    expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('(--not-before)')]);
    expect(json(await ns(['cancel', id, '--json']))).toEqual({ id, cancelled: true });
  });

  test('retry runs a failed one again; delete removes it', async () => {
    const [again, away] = [await failed(), await failed()];
    expect((await ns(['retry', again])).out).toBe(`Task ${again} runs again.`);
    await world.waitFor('LC0043', ({ taskId }) => taskId === again);
    expect(json(await ns(['delete', away, '--json']))).toEqual({ id: away, deleted: true });
    expect((await ns(['show', away])).exitCode).toBe(3);
  });

  test('reassign gives one to somebody else, who sets it ready; list --gone shows whose users are gone', async () => {
    await addUsers(world, { name: 'ANNA' }, { name: 'LEAVER', sets: ['SUPER'] });
    const leaver = world.platform.as({ user: 'LEAVER', company: 'CRONUS' });
    const id = await createTask(leaver, plain, { notBefore: FUTURE });
    expect((await ns(['list', '--gone'])).out).toBe(
      'There are no scheduled tasks of users who are gone in CRONUS.',
    );
    await database.query("update nightshift.app_user set state = 'disabled' where name = 'LEAVER'");
    const { out } = await ns(['list', '--gone']);
    expect(out.split('\n').slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^${id} .* LEAVER \\(gone\\)`)),
    ]);
    expect((await ns(['show', id])).out).toMatch(/^Runs as +LEAVER \(gone\)$/m);
    const given = await ns(['reassign', id, 'ANNA']);
    expect(given.out).toBe(`Task ${id} is ANNA's, and Not Ready until ANNA sets it ready.`);
    const shown = (await ns(['show', id])).out;
    expect(shown).toMatch(/^Runs as +ANNA\nGiven to it by +ADMIN$/m);
    expect((await ns(['ready', id])).err).toContain('who has to set it ready himself');
    expect((await ns(['ready', id, '--user', 'ANNA', '--not-before', '2999-02-03T04:05'])).exitCode).toBe(0);
    expect((await ns(['reassign', id, 'NOBODY'])).exitCode).toBe(3);
    expect((await ns(['reassign', UNKNOWN_ID, 'ANNA'])).exitCode).toBe(3);
    expect((await ns(['cancel', id])).exitCode).toBe(0);
  });

  test('what cannot be done is a conflict that says what can', async () => {
    const dead = await failed();
    const alive = await createTask(world.admin, plain, { notBefore: FUTURE });
    for (const [words, text] of [
      [['ready', dead], 'is Failed; "nightshift task retry" runs it again.'],
      [['cancel', dead], 'is Failed; "nightshift task delete" removes it.'],
      [['retry', alive], 'is Pending, neither Failed nor Poison.'],
      [['delete', alive], '"nightshift task cancel" removes one that has not begun.'],
    ] as const) {
      const { exitCode, err } = await ns(words);
      expect([exitCode, err], words.join(' ')).toEqual([4, expect.stringContaining(text)]);
    }
  });

  test.each(['show', 'ready', 'cancel', 'retry', 'delete'])('%s: unknown ids and no ids', async (verb) => {
    const unknown = await ns([verb, UNKNOWN_ID, '--json']);
    expect([unknown.exitCode, JSON.parse(unknown.err)]).toMatchObject([
      3,
      { error: { code: 'TASK_UNKNOWN' } },
    ]);
    expect((await ns([verb, 'first'])).exitCode).toBe(2);
  });
});
