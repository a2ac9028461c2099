import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { taskScheduler } from '../index.ts';
import { type IsolationKit, KINDS, MAIN_AND_KINDS, startIsolationKit } from '../testing/isolation-kit.ts';

/** What a process may know of the environment; the last one: where Node keeps what it has compiled. */
const ENVIRONMENT = ['TZ', 'LANG', 'LC_ALL', 'SystemRoot', 'NODE_COMPILE_CACHE'];
let kit: IsolationKit;

beforeAll(async () => {
  kit = await startIsolationKit();
});
afterAll(() => kit.stop());
beforeEach(() => kit.clear());

describe.each(KINDS)('a codeunit in a %s', (kind) => {
  it('runs elsewhere, and its effects are committed', async () => {
    const { outcome, told } = await kit.run(kind, 'where');
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(told['isMainThread']).toBe(kind === 'process');
    expect(told['process'] === process.pid).toBe(kind === 'thread');
    expect((await kit.run(kind, 'leave', 'here')).outcome).toMatchObject({ committed: true });
    expect(await kit.effects()).toEqual(['here']);
  });

  it('finds the isolate of the session before, warm', async () => {
    const first = (await kit.run(kind, 'where')).told;
    const second = (await kit.run(kind, 'where')).told;
    expect(second).toMatchObject({ thread: first['thread'], process: first['process'] });
    expect(second['runs']).toBe((first['runs'] as number) + 1);
  });

  it('runs another codeunit in the same isolate, whatever that says', async () => {
    const { told, error } = await kit.run(kind, 'inner');
    const { told: own } = await kit.run(kind, 'where');
    expect(told).toMatchObject({ thread: own['thread'], process: own['process'] });
    expect(error).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED', details: { codeunit: 'Inner' } });
    expect(await kit.effects()).toEqual([]);
  });

  it('counts the depth of codeunits that run each other', async () => {
    const { error } = await kit.run(kind, 'nested');
    expect(error).toMatchObject({
      code: 'SESSION_DEPTH_EXCEEDED',
      message: expect.stringMatching(/^Codeunits run each other too deep: In \w+ → Next → /),
    });
  });

  it('keeps what was committed on the way when it fails later', async () => {
    const { error } = await kit.run(kind, 'commit');
    expect(error).toMatchObject({ message: 'after the commit' });
    expect(await kit.effects()).toEqual(['before']);
  });

  it('creates tasks that exist when it commits, and only then', async () => {
    const { told } = await kit.run(kind, 'task', {});
    await kit.waitFor('LC0043', ({ taskId }) => taskId === told['task']);
    await kit.waitFor('LC0040', ({ taskId }) => taskId === told['task']);
    const failed = await kit.run(kind, 'task', { fails: true });
    expect(failed.error).toMatchObject({ message: 'no task then' });
    expect(kit.telemetry.events('LC0040').map(({ dimensions }) => dimensions['taskId'])).not.toContain(
      failed.told['task'],
    );
    expect(await taskScheduler.taskExists(kit.admin, failed.told['task'] as string)).toBe(false);
  });

  it('is told whatever is thrown by user code of records that cannot cross', async () => {
    expect((await kit.run(kind, 'where', () => 1)).error).toMatchObject({
      code: 'RECORD_INVALID',
      field: 'record',
    });
    expect((await kit.run(kind, 'where')).outcome).toMatchObject({ kind: 'completed' });
  });

  it('cannot be used once it has ended', async () => {
    await kit.run(kind, 'keep');
    expect((await kit.run(kind, 'useKept')).told).toEqual({ code: 'SESSION_ENDED' });
  });

  it('is run in the thread of the caller when a person looks at it', async () => {
    const { CODEUNITS } = await import('../testing/isolation-kit.ts');
    let where: unknown;
    await kit.open(
      async (session) => {
        await session.run(CODEUNITS[kind], { act: 'leave', input: 'foreground' });
        where = process.pid;
      },
      {
        confirm: async () => true,
        message: () => undefined,
        openDialog: () => ({ update: () => undefined, close: () => undefined }),
      },
    );
    expect(where).toBe(process.pid);
    expect(await kit.effects()).toEqual(['foreground']);
  });
});

describe('a process', () => {
  it('has no environment that could hold a secret', async () => {
    const { told } = await kit.run('process', 'environment');
    const names = told['names'] as readonly string[];
    expect(names.filter((name) => !ENVIRONMENT.includes(name))).toEqual([]);
  });
});

/** What has to be the same wherever a codeunit runs. */
describe('in the main thread, in a thread and in a process alike', () => {
  async function everywhere(act: string, input?: unknown) {
    const all = [];
    for (const kind of MAIN_AND_KINDS) {
      await kit.clear();
      const { outcome, notes, error, told } = await kit.run(kind, act, input);
      const lines = notes.lines.map(({ level, text, details }) => ({ level, text, details }));
      const effects = await kit.effects();
      const { code, message } = (error ?? {}) as Record<string, unknown>;
      const { progress, nothingToDo, plannedRun } = notes;
      const kept = notes.errors.kept.map(({ at: _at, codeunit, ...rest }) => ({
        ...rest,
        by: codeunit !== '',
      }));
      const errors = { count: notes.errors.count, kept };
      all.push({
        kind: outcome.kind,
        lines,
        progress,
        nothingToDo,
        plannedRun,
        errors,
        told,
        effects,
        code,
        message,
      });
    }
    const [main, thread, process] = all;
    expect(thread).toEqual(main);
    expect(process).toEqual(main);
    return main!;
  }

  it('the facts of the session', async () => {
    const told = [];
    for (const kind of MAIN_AND_KINDS) {
      const { id, uniqueId, idempotencyKey, correlationId, ...facts } = (await kit.run(kind, 'facts')).told;
      expect(typeof id).toBe('number');
      for (const text of [uniqueId, idempotencyKey, correlationId]) expect(text).toMatch(/^[0-9a-f-]{36}$/);
      told.push(facts);
    }
    expect(told[1]).toEqual(told[0]);
    expect(told[2]).toEqual(told[0]);
    expect(told[0]).toMatchObject({ user: 'ADMIN', company: 'CRONUS', guiAllowed: false, aborted: false });
  });

  it('values of every kind', async () => {
    const { told } = await everywhere('values');
    expect(told).toMatchObject({
      row: {
        bytes: [0, 1, 254, 255],
        at: '2026-01-05T08:00:00.000Z',
        big: String(2n ** 60n),
        doc: { a: [1, { b: 'c' }] },
        list: [1, 2, 3],
        nothing: null,
        span: '3 days',
        day: '2026-01-05',
        exact: '1.5',
        yes: true,
        own: 'own form',
      },
      isDate: true,
      rowCount: 1,
      command: 'SELECT',
    });
  });

  it('rows as arrays, with parsers of the caller', async () => {
    expect((await everywhere('forms')).told).toEqual({ rows: [['23:7', '25:x']] });
  });

  it('a record with bytes, dates, big numbers and maps', async () => {
    const input = { bytes: Buffer.from('x'), at: new Date(0), big: 1n, map: new Map([['a', 1]]) };
    expect((await everywhere('record', input)).told).toMatchObject({
      buffer: true,
      date: true,
      big: 'bigint',
    });
  });

  it('savepoints', async () => {
    const { told, effects } = await everywhere('savepoints');
    expect(told).toEqual({ undone: '22012' });
    expect(effects).toEqual(['outside', 'kept']);
  });

  it('the last progress, of ten thousand reports', async () => {
    expect((await everywhere('progress')).progress).toEqual({
      done: 10_000,
      total: 10_000,
      text: 'step 10000',
    });
  });

  it('that there was nothing to do', async () => {
    expect((await everywhere('nothingToDo')).nothingToDo).toBe(true);
    expect((await everywhere('progress')).nothingToDo).toBe(false);
  });

  it('when it runs next', async () => {
    const at = '9999-12-31T23:59:59.999Z';
    expect((await everywhere('planned', at)).plannedRun).toEqual(new Date(at));
    for (const wrong of ['2020-01-01T00:00:00Z', 'no time']) {
      expect(await everywhere('planned', wrong)).toMatchObject({ plannedRun: null, code: 'VALIDATION' });
    }
  });

  it('errors that are reported: a thousand are kept, all are counted', async () => {
    const { errors, told, kind } = await everywhere('errors', { count: 1_200 });
    expect([kind, errors.count, errors.kept.length, told]).toEqual([
      'completed',
      1_200,
      1_000,
      { reported: 1_200 },
    ]);
    expect(errors.kept[0]).toMatchObject({
      code: 'NO_LINES',
      context: { table: 'order', key: { no: 'S-1' } },
    });
    const few = await everywhere('errors', { count: 3, fails: true });
    expect([few.errors.count, few.code]).toEqual([3, 'ERRORS_REPORTED']);
    expect(few.message).toMatch(/^x{2048} … \(5000 characters\) \(errors reported: 3\)$/);
  });

  it('a thousand lines of the log, and how many were dropped', async () => {
    const { lines } = await everywhere('lines');
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)?.text).toBe('500 more lines were not kept');
  });

  it('long lines and odd details', () => everywhere('longLine'));

  it('messages become lines, and a question fails', async () => {
    const results = [];
    for (const kind of MAIN_AND_KINDS) {
      const { error, notes } = await kit.run(kind, 'dialogs');
      const { code, details } = error as { code: string; details: Record<string, unknown> };
      results.push({ code, file: details['file'], line: details['line'], dialog: details['dialog'] });
      expect(notes.lines.map(({ text }) => text)).toEqual(['hello', 'told']);
    }
    expect(results[0]).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED', dialog: 'confirm' });
    expect(results[0]?.file).toMatch(/isolated-acts\.ts$/);
    expect(results[1]).toEqual({ ...results[0], line: expect.any(Number) });
    expect(results[2]).toEqual(results[1]);
  });

  it("error('text') fails, error('') ends quietly", async () => {
    expect(await everywhere('errorText')).toMatchObject({ code: 'CODEUNIT_ERROR', message: 'No stock.' });
    expect(await everywhere('quiet')).toMatchObject({ kind: 'quiet', effects: [] });
  });

  it('errors of the database, thrown on', async () => {
    await everywhere('databaseError', "insert into effect (note) values ('forbidden')");
    const { told } = await everywhere('databaseError', "insert into effect (note) values ('never')");
    expect(told).toMatchObject({ code: '23505', constraint: 'effect_note_key', isError: true });
  });

  it('errors that were swallowed, wrapped, or worth another try', async () => {
    expect(await everywhere('swallowed')).toMatchObject({ kind: 'failed', code: '22012' });
    expect(await everywhere('wrapped')).toMatchObject({ kind: 'failed', message: 'wrapped' });
    expect(await everywhere('serialization')).toMatchObject({ kind: 'failed', code: '40001' });
    expect(await everywhere('control')).toMatchObject({ kind: 'failed', code: 'TRANSACTION_CONTROL' });
  });

  it('queries that nobody awaited fail the session', async () => {
    expect(await everywhere('unawaited')).toMatchObject({ code: 'UNAWAITED_QUERY', effects: [] });
    for (const kind of MAIN_AND_KINDS) {
      expect((await kit.run(kind, 'flood')).error).toMatchObject({ code: 'UNAWAITED_QUERY' });
      expect(await kit.effects()).toEqual([]);
    }
  });

  it('a savepoint that nobody awaited fails the session', async () => {
    for (const kind of MAIN_AND_KINDS) {
      expect((await kit.run(kind, 'openSavepoint')).error).toMatchObject({
        code: expect.stringMatching(/^(TRANSACTION_CONTROL|UNAWAITED_QUERY)$/),
      });
      expect(await kit.effects()).toEqual([]);
    }
  });
});
