import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, codeunit, type Session, startSession } from '../session/index.ts';
import { createTask, setTaskReady } from '../task-scheduler/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import isolated, { inProcess, inThread } from '../testing/fixtures/isolated-app.ts';
import { APPLICATION_MODULE } from '../testing/isolation-kit.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers, takeSet } from '../testing/test-rights.ts';

const { main, failure, codeunits, choose } = behaviours();
const nested = codeunit({ name: 'Nested', onRun: (session) => leave(session, `nested ${session.user}`) });
const clock = new FakeClock();
const COMPANY = 'CRONUS';
let kit: TestPlatform;
/** So many users were made: each test has its own. */
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [...codeunits, nested, ...isolated.codeunits],
    migrations: isolated.migrations,
    applicationModule: APPLICATION_MODULE,
    clock,
    taskScheduler: { retryPolicy: { delaysMs: [1], maximumRetries: 3 } },
  });
  await addSets(kit, {
    'Run Main': { codeunits: ['Main'] },
    'Run Failure': { codeunits: ['Failure'] },
    'Run Nested': { codeunits: ['Nested'] },
    'Run Inner': { codeunits: ['Inner'] },
    'Run Isolated': { codeunits: ['In Thread', 'In Process'] },
    Effects: { tables: { effect: 'RIMD' } },
  });
});
afterAll(() => kit.stop());

/** A user of its own for a test, with these sets, and the right to leave effects. */
async function user(...sets: readonly string[]): Promise<{ readonly name: string; readonly caller: Caller }> {
  const name = `CLERK ${++made}`;
  await addUsers(kit, { name, sets: ['Effects', ...sets] });
  return { name, caller: kit.platform.as({ user: name, company: COMPANY }) };
}

async function leave(session: Session, note: string): Promise<void> {
  await session.db.query('insert into effect (note) values ($1)', [note]);
}

const hasLeft = async (note: string) => {
  const rows = await kit.query('select 1 from co_1.effect where note = $1', [note]);
  return rows.length > 0;
};
const denials = (name: string) =>
  kit.query('select * from nightshift.audit_log where user_name = $1 order by id', [name]);
const denial = (unit: string) => ({
  verb: 'codeunit.run',
  object_kind: 'codeunit',
  object_name: unit,
  result: 'denied',
  error_code: 'PERMISSION_DENIED',
  company_name: COMPANY,
});
const storedError = (task: string) =>
  until('the outcome is written', async () => {
    const [row] = await kit.query<{ error: Record<string, unknown> }>(
      'select error from nightshift.failed_task where id = $1',
      [task],
    );
    return row?.error;
  });
const refusal = (name: string, unit: string, ...sets: readonly string[]) => ({
  code: 'PERMISSION_DENIED',
  message: `User ${name} may not run codeunit ${unit} in company CRONUS; permission sets that give it: ${[...sets, 'SUPER'].join(', ')}.`,
});
const failedFor = (task: string, failing = false) =>
  kit.waitFor('LC0045', (event) => event['taskId'] === task && event['isFailureCodeunit'] === failing);

describe('a task', () => {
  it('whose user lost the right while it waited is refused, once and for good', async () => {
    const clerk = await user('Run Main');
    const record = choose((session) => leave(session, 'main ran'));
    const task = await createTask(clerk.caller, main, { record, ready: false });
    await takeSet(kit, clerk.name, 'Run Main');
    await kit.platform.directory.refresh();
    await setTaskReady(clerk.caller, task);
    const { dimensions } = await failedFor(task);
    expect(dimensions).toMatchObject({ attemptNumber: 0 });
    expect(await storedError(task)).toMatchObject(refusal(clerk.name, 'Main', 'Run Main'));
    expect(await hasLeft('main ran')).toBe(false);
    expect(await denials(clerk.name)).toMatchObject([denial('Main')]);
  });

  it('is refused as well when only a notification tells that the right is gone', async () => {
    const clerk = await user('Run Main');
    const record = choose((session) => leave(session, 'after a notification'));
    const task = await createTask(clerk.caller, main, { record, ready: false });
    const { version } = kit.platform.directory;
    await takeSet(kit, clerk.name, 'Run Main');
    await until('the directory was read again', () => kit.platform.directory.version > version);
    await setTaskReady(clerk.caller, task);
    await failedFor(task);
    expect(await hasLeft('after a notification')).toBe(false);
  });

  it('runs when its user was given the right a moment ago, whoever knows of it', async () => {
    const clerk = await user('Run Main');
    const record = choose((session) => leave(session, 'given back'));
    const task = await createTask(clerk.caller, main, { record, ready: false });
    await takeSet(kit, clerk.name, 'Run Main');
    await kit.platform.directory.refresh();
    // No notification and no refresh: the directory is wrong for up to a second.
    await kit.query(`alter table nightshift.permission_assignment disable trigger user`);
    await kit.query(
      `insert into nightshift.permission_assignment (user_no, set_no) select u.no, s.no
      from nightshift.app_user u, nightshift.permission_set s where u.name = $1 and s.name = 'Run Main'`,
      [clerk.name],
    );
    await kit.query('update nightshift.rights_version set version = version + 1');
    await kit.query(`alter table nightshift.permission_assignment enable trigger user`);
    await setTaskReady(clerk.caller, task);
    await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(await hasLeft('given back')).toBe(true);
  });

  it('has its failure codeunit refused as well, which ends it', async () => {
    const clerk = await user('Run Main', 'Run Failure');
    const record = choose(
      () => {
        throw new Error('main breaks');
      },
      (session) => leave(session, 'failure codeunit ran'),
    );
    const task = await createTask(clerk.caller, main, { record, failureCodeunit: failure, ready: false });
    await takeSet(kit, clerk.name, 'Run Failure');
    await kit.platform.directory.refresh();
    await setTaskReady(clerk.caller, task);
    await failedFor(task, true);
    expect(await hasLeft('failure codeunit ran')).toBe(false);
    expect(await storedError(task)).toMatchObject(refusal(clerk.name, 'Failure', 'Run Failure'));
    expect(await denials(clerk.name)).toMatchObject([denial('Failure')]);
  });

  it('that could not run is not created, and says all that is missing', async () => {
    const clerk = await user();
    await expect(
      createTask(clerk.caller, main, { record: choose(() => undefined), failureCodeunit: failure }),
    ).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('cannot have codeunit Main run in company CRONUS. Missing:'),
      details: {
        missing: [
          { kind: 'codeunit', name: 'Main', right: 'run', sets: ['Run Main', 'SUPER'] },
          { kind: 'codeunit', name: 'Failure', right: 'run', sets: ['Run Failure', 'SUPER'] },
        ],
      },
    });
    expect(await denials(clerk.name)).toMatchObject([{ verb: 'task.create', result: 'denied' }]);
    const rows = await kit.query(
      'select 1 from nightshift.scheduled_task t join nightshift.app_user u on u.no = t.user_no where u.name = $1',
      [clerk.name],
    );
    expect(rows).toEqual([]);
  });
});

describe('startSession', () => {
  it('refuses what the user may not run', async () => {
    const clerk = await user();
    await expect(startSession(clerk.caller, nested)).rejects.toMatchObject(
      refusal(clerk.name, 'Nested', 'Run Nested'),
    );
    expect(await denials(clerk.name)).toMatchObject([denial('Nested')]);
  });

  it('refuses it also when the right went while the session waited', async () => {
    const clerk = await user('Run Nested');
    const started = await kit.platform.open({ user: clerk.name, company: COMPANY }, async (session) => {
      const held = await startSession(session, nested, { afterCommit: true });
      await takeSet(kit, clerk.name, 'Run Nested');
      await kit.platform.directory.refresh();
      return held;
    });
    await expect(started.started).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    const result = await started.finished;
    expect(result).toMatchObject({ type: 'Error', succeeded: false });
    expect(result.error).toMatchObject(refusal(clerk.name, 'Nested', 'Run Nested'));
    expect(await hasLeft(`nested ${clerk.name}`)).toBe(false);
  });
});

describe('session.run', () => {
  const open = <T>(name: string, work: (session: Session) => Promise<T>) =>
    kit.platform.open({ user: name, company: COMPANY }, work);

  it('refuses a codeunit that the user may not run; the session goes on', async () => {
    const clerk = await user();
    await open(clerk.name, async (session) => {
      await expect(session.run(nested)).rejects.toMatchObject(refusal(clerk.name, 'Nested', 'Run Nested'));
      await leave(session, `goes on ${clerk.name}`);
    });
    expect(await hasLeft(`nested ${clerk.name}`)).toBe(false);
    expect(await hasLeft(`goes on ${clerk.name}`)).toBe(true);
    expect(await denials(clerk.name)).toMatchObject([
      { ...denial('Nested'), session_unique_id: expect.any(String) },
    ]);
  });

  it('asks again each time: a right taken away in between counts', async () => {
    const clerk = await user('Run Nested');
    await open(clerk.name, async (session) => {
      await session.run(nested);
      await takeSet(kit, clerk.name, 'Run Nested');
      await kit.platform.directory.refresh();
      await expect(session.run(nested)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    });
    expect(await hasLeft(`nested ${clerk.name}`)).toBe(true);
  });

  it('lets work without a codeunit go through, whatever the user may run', async () => {
    const clerk = await user();
    await open(clerk.name, (session) => leave(session, `open ${clerk.name}`));
    expect(await hasLeft(`open ${clerk.name}`)).toBe(true);
  });

  it('knows at latest after a second what no notification has told', async () => {
    const clerk = await user('Run Nested');
    await kit.query(`alter table nightshift.permission_assignment disable trigger user`);
    await takeSet(kit, clerk.name, 'Run Nested');
    await kit.query('update nightshift.rights_version set version = version + 1');
    await kit.query(`alter table nightshift.permission_assignment enable trigger user`);
    await clock.advance(1_000);
    await open(clerk.name, (session) =>
      expect(session.run(nested)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' }),
    );
  });
});

describe.each([
  ['thread', inThread],
  ['process', inProcess],
] as const)('a codeunit in a %s', (_, target) => {
  it('is refused before its isolate hears of it', async () => {
    const clerk = await user();
    const record = { act: 'leave', input: `isolated ${made}` };
    await expect(startSession(clerk.caller, target, { record })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  it('runs no other one that the user may not run', async () => {
    const clerk = await user('Run Isolated');
    const started = await startSession(clerk.caller, target, { record: { act: 'inner', input: null } });
    const { error } = await started.finished;
    expect(error).toMatchObject(refusal(clerk.name, 'Inner', 'Run Inner'));
    expect(await hasLeft('inner')).toBe(false);
    expect(await denials(clerk.name)).toMatchObject([denial('Inner')]);
  });

  it('runs what the user may run', async () => {
    const clerk = await user('Run Isolated', 'Run Inner');
    const started = await startSession(clerk.caller, target, { record: { act: 'inner', input: null } });
    const { error } = await started.finished;
    // That far it comes: it asks somebody.
    expect(error).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
    expect(await denials(clerk.name)).toEqual([]);
  });
});
