import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlatform, jobQueue, killSession, startSession, stopSession, taskScheduler } from '../index.ts';
import { until, within } from '../testing/condition.ts';
import {
  APPLICATION_MODULE,
  CODEUNITS,
  type IsolationKit,
  KINDS,
  startIsolationKit,
} from '../testing/isolation-kit.ts';
import { startTestPlatform } from '../testing/test-platform.ts';

let kit: IsolationKit;

beforeAll(async () => {
  kit = await startIsolationKit({ stopGraceMs: 300 });
});
afterAll(() => kit.stop());

describe.each(KINDS)('in a %s', (kind) => {
  it('a task runs, and its end commits with its work', async () => {
    await kit.clear();
    const record = { act: 'leave', input: `task in a ${kind}` };
    const task = await taskScheduler.createTask(kit.admin, CODEUNITS[kind], { record });
    await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(await kit.effects()).toEqual([`task in a ${kind}`]);
    expect(await taskScheduler.taskExists(kit.admin, task)).toBe(false);
  });

  it('a task whose isolate dies fails for good, with what happened', async () => {
    const record = { act: 'exit', input: 3 };
    const task = await taskScheduler.createTask(kit.admin, CODEUNITS[kind], { record });
    await kit.waitFor('LC0045', (event) => event['taskId'] === task && event['decision'] === 'failed');
    const [row] = await until('the failure is kept', () =>
      kit.query<{ error: Record<string, unknown> }>(
        'select error from nightshift.failed_task where id = $1',
        [task],
      ),
    );
    expect(row?.error).toMatchObject({ code: 'ISOLATE_DIED' });
  });

  it('a task that lost against another transaction runs again', async () => {
    const record = { act: 'serialization', input: null };
    const task = await taskScheduler.createTask(kit.admin, CODEUNITS[kind], { record });
    await kit.waitFor('LC0045', (event) => event['taskId'] === task && event['decision'] === 'retry');
    await taskScheduler.cancelTask(kit.admin, task);
  });

  it('a task that says when runs again then', async () => {
    const record = { act: 'throw', input: 'later' };
    const task = await taskScheduler.createTask(kit.admin, CODEUNITS[kind], { record });
    const event = await kit.waitFor('LC0045', ({ taskId }) => taskId === task);
    expect(event.dimensions).toMatchObject({ decision: 'retry', delayMs: 123_456, reason: 'not yet' });
    await taskScheduler.cancelTask(kit.admin, task);
  });

  it('an entry of the job queue runs its object there, and its log says so', async () => {
    await kit.clear();
    const object = `Object in a ${kind}`;
    const logs = [];
    for (const parameterString of ['does', 'quiet', 'fails']) {
      const { id } = await jobQueue.create(kit.admin, { object: object as never, parameterString });
      await jobQueue.setStatusToReady(kit.admin, id);
      logs.push(
        await until('the run is logged', async () => {
          const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
          return log !== undefined && log.status !== 'In Process' ? log : null;
        }),
      );
    }
    const [does, quiet, fails] = logs;
    expect(await kit.effects()).toEqual(['does']);
    expect(does).toMatchObject({ status: 'Success', progress: { done: 1, total: 2, text: 'half' } });
    expect(does?.lines[0]?.details).toMatchObject({ isMainThread: kind === 'process' });
    expect(quiet).toMatchObject({ status: 'Success' });
    expect(fails).toMatchObject({ status: 'Error', error: { message: 'it fails' } });
  });

  it('what a run there logs is told while it runs', async () => {
    const object = `Object in a ${kind}` as never;
    const { id } = await jobQueue.create(kit.admin, { object, parameterString: 'lasts' });
    await jobQueue.setStatusToReady(kit.admin, id);
    const told = await until('its first line is told', async () => {
      const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
      if (log === undefined) return null;
      const now = await jobQueue.runLines(kit.admin, log.no);
      return now.lines.length === 0 ? null : now;
    });
    expect(told).toMatchObject({
      lines: [{ details: { isMainThread: kind === 'process' } }],
      state: 'running',
      progress: { done: 1, total: 2, text: 'half' },
    });
    await jobQueue.stopRun(kit.admin, id, 'enough');
    await until('it is stopped', async () => {
      const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
      return log?.status !== 'In Process';
    });
  });

  it('the verbs of the task scheduler work as everywhere', async () => {
    const { told, error } = await kit.run(kind, 'tasks');
    expect(error).toBe(undefined);
    expect(told).toMatchObject({ cancelled: true, exists: [true, false], ready: true });
    await kit.waitFor('LC0043', ({ taskId }) => taskId === told['task']);
  });

  it('sessions are started, waited for and stopped as everywhere', async () => {
    const { told, error } = await kit.run(kind, 'sessions');
    expect(told).toEqual({
      active: true,
      stopped: true,
      killed: false,
      ends: [
        { type: 'Stopped', comment: 'enough' },
        { type: 'Stop', comment: null },
      ],
    });
    expect(error).toMatchObject({ code: 'CODEUNIT_UNKNOWN' });
  });

  it('the verbs of the job queue work as everywhere', async () => {
    const { told, error } = await kit.run(kind, 'entries');
    expect(error).toBe(undefined);
    expect(told).toEqual({
      states: ['On Hold', 'Ready', 'On Hold'],
      listed: true,
      isDate: true,
      log: 0,
      unknown: 'LOG_ENTRY_UNKNOWN',
    });
  });
});

describe('an application with isolated codeunits', () => {
  it('is refused without its module, or with one that is no URL', async () => {
    await expect(createPlatform({ codeunits: [CODEUNITS.thread] })).rejects.toMatchObject({
      code: 'APPLICATION_INVALID',
      field: 'applicationModule',
      message: expect.stringContaining('In Thread'),
    });
    await expect(
      createPlatform({ codeunits: [CODEUNITS.thread], applicationModule: './app.ts' }),
    ).rejects.toMatchObject({ code: 'APPLICATION_INVALID', field: 'applicationModule' });
  });

  describe('whose module cannot be loaded', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'isolated-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    const modules = [
      ['throws', 'throw new Error("not today");', 'not today'],
      ['exports nothing', 'export const nothing = 1;', 'is not an application'],
      ['is no JavaScript', 'this is none', 'Unexpected identifier'],
      ['ends its process', 'process.exit(7);', 'process.exit(7)'],
    ] as const;

    it.each(modules)('%s: its sessions fail, and say why', async (name, text, said) => {
      const file = path.join(folder, `${name.replaceAll(' ', '-')}.mjs`);
      await writeFile(file, text);
      await using own = await startTestPlatform({
        codeunits: Object.values(CODEUNITS),
        applicationModule: pathToFileURL(file),
      });
      for (const kind of KINDS) {
        const record = { act: 'where', input: null };
        const task = await taskScheduler.createTask(own.admin, CODEUNITS[kind], { record });
        const { dimensions } = await own.waitFor('LC0045', ({ taskId }) => taskId === task);
        expect(dimensions['reason']).toContain(said);
      }
    });

    it('without the codeunit that is asked for says which it has', async () => {
      const file = path.join(folder, 'other.mjs');
      await writeFile(file, 'export default { name: "other", codeunits: [], migrations: [] };');
      await using own = await startTestPlatform({
        codeunits: Object.values(CODEUNITS),
        applicationModule: pathToFileURL(file),
      });
      const record = { act: 'where', input: null };
      const task = await taskScheduler.createTask(own.admin, CODEUNITS.thread, { record });
      const { dimensions } = await own.waitFor('LC0045', ({ taskId }) => taskId === task);
      expect(dimensions['reason']).toContain('no codeunit "In Thread"');
    });
  });
});

describe('an isolate that loops for ever', () => {
  it('ends as soon as its session is killed', async () => {
    const own = await startTestPlatform({
      codeunits: Object.values(CODEUNITS),
      applicationModule: APPLICATION_MODULE,
      migrations: [{ name: '0001_effect', sql: 'create table effect (note text)' }],
      sessions: { stopGraceMs: 600_000 },
    });
    try {
      for (const kind of KINDS) {
        const record = { act: 'commitAndLoop', input: null };
        const { id, finished } = await startSession(own.admin, CODEUNITS[kind], { record });
        await until(
          'it loops',
          async () => (await own.query('delete from co_1.effect returning note')).length > 0,
        );
        await stopSession(own.admin, id, 'it turns');
        expect(await killSession(own.admin, id)).toBe(true);
        expect(await within('it has ended', finished)).toMatchObject({ type: 'Killed', comment: 'it turns' });
        await until('its place is free', () => own.platform.instance.active?.get(id) === undefined);
      }
    } finally {
      await own.stop();
    }
  });
});

describe('a platform that stops', () => {
  it('ends isolates that loop for ever, and idle ones', async () => {
    const own = await startTestPlatform({
      codeunits: Object.values(CODEUNITS),
      applicationModule: APPLICATION_MODULE,
      migrations: [{ name: '0001_effect', sql: 'create table effect (note text)' }],
      sessions: { stopGraceMs: 200 },
      taskScheduler: { drainMs: 0 },
    });
    const { isolates } = own.platform.instance.host;
    for (const kind of KINDS) {
      for (const act of ['where', 'loop']) {
        const record = { act, input: null };
        await taskScheduler.createTask(own.admin, CODEUNITS[kind], { record });
      }
    }
    await own.waitFor('LC0043');
    await until('the loops run', () => (own.platform.instance.running === 2 ? true : null));
    await within('the platform has stopped', own.stop(), 15_000);
    expect((isolates as unknown as { size: number }).size).toBe(0);
  });
});
