import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { codeunit, type Session } from '../session/index.ts';
import { taskExists } from '../task-scheduler/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import { type JobQueueEntry, type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';

const clock = new FakeClock();
const objects = new Map<string, (session: Session, entry: JobQueueEntryRecord) => unknown>();
const sync = codeunit({
  name: 'Sync',
  record: jobQueueEntryRecord,
  onRun: (session, entry) => objects.get(entry.parameterString)?.(session, entry),
});
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], migrations: [EFFECTS], clock });
});
afterAll(() => kit.stop());

/** An entry, Ready, whose object does this. */
async function readyEntry(
  object: (session: Session, entry: JobQueueEntryRecord) => unknown,
  fields: object = {},
): Promise<JobQueueEntry> {
  const parameterString = `object ${++made}`;
  objects.set(parameterString, object);
  const { id } = await create(kit.admin, { object: sync, parameterString, ...fields });
  return setStatusToReady(kit.admin, id);
}

async function inStatus(entry: JobQueueEntry, status: string): Promise<JobQueueEntry> {
  return until(`the entry is ${status}`, async () => {
    const now = await get(kit.admin, entry.id);
    return now.status === status && now;
  });
}

const logsOf = (entry: JobQueueEntry) => logEntries(kit.admin, { entryId: entry.id });

async function effectsOf(entry: JobQueueEntry): Promise<readonly string[]> {
  const rows = await kit.query<{ note: string }>(
    'select note from co_1.effect where note like $1 order by no',
    [`${entry.entryNo}:%`],
  );
  return rows.map(({ note }) => note.slice(note.indexOf(':') + 1));
}

/** Leaves an effect that is known by its entry, since every run has a task of its own. */
const effect = (session: Session, entryNo: number, note = 'done') =>
  leaveEffect(session, `${entryNo}:${note}`);

function travel(ms: number): void {
  clock.at(new Date(clock.now().getTime() + ms));
  kit.platform.instance.wake();
}

describe('a good run', () => {
  test('the object gets its entry, runs as who set it Ready, and the entry is Finished', async () => {
    let seen: unknown;
    const entry = await readyEntry(async (session, record) => {
      seen = { user: session.user, guiAllowed: session.guiAllowed, clientType: session.clientType, record };
      await effect(session, record.entryNo);
    });
    const finished = await inStatus(entry, 'Finished');
    expect(finished).toMatchObject({ attempts: 0, error: null, taskId: null });
    expect(await effectsOf(entry)).toEqual(['done']);
    expect(seen).toMatchObject({
      user: 'ADMIN',
      guiAllowed: false,
      clientType: 'background',
      record: { id: entry.id, entryNo: entry.entryNo, parameterString: entry.parameterString, attempts: 0 },
    });
    expect(await taskExists(kit.admin, entry.taskId as string)).toBe(false);
  });

  test('its log entry tells who, what, when, and what the object said', async () => {
    const entry = await readyEntry((session) => {
      session.log.info('read', { orders: 3 });
      session.log.warning('skipped', { order: 7 });
      session.message('Imported 2 orders.');
      session.progress(2, 3, 'orders');
    });
    await inStatus(entry, 'Finished');
    const [log, ...others] = await logsOf(entry);
    expect(others).toEqual([]);
    expect(log).toMatchObject({
      entryId: entry.id,
      entryNo: entry.entryNo,
      taskId: entry.taskId,
      user: 'ADMIN',
      object: 'Sync',
      parameterString: entry.parameterString,
      status: 'Success',
      attempt: 0,
      startedAt: clock.now(),
      endedAt: clock.now(),
      note: null,
      error: null,
      lines: [
        { level: 'information', text: 'read', details: { orders: 3 } },
        { level: 'warning', text: 'skipped', details: { order: 7 } },
        {
          level: 'information',
          text: 'Imported 2 orders.',
          details: { dialog: 'message', codeunit: 'Sync' },
        },
      ],
      progress: { done: 2, total: 3, text: 'orders' },
    });
  });

  test('people see it In Process while it runs, with its log entry', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const entry = await readyEntry(async () => {
      begun.resolve();
      await go.promise;
    });
    await begun.promise;
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'In Process' });
    expect(await logsOf(entry)).toMatchObject([{ status: 'In Process', endedAt: null }]);
    await expect(setStatusToReady(kit.admin, entry.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    go.resolve();
    await inStatus(entry, 'Finished');
  });

  test('On Hold in mid-run: the run completes with success, and the entry stays On Hold', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const entry = await readyEntry(
      async (session, { entryNo }) => {
        begun.resolve();
        await go.promise;
        await effect(session, entryNo);
      },
      { runOnMondays: true },
    );
    await begun.promise;
    await setOnHold(kit.admin, entry.id);
    await expect(setStatusToReady(kit.admin, entry.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    go.resolve();
    await until('the log entry is closed', async () => (await logsOf(entry))[0]?.status === 'Success');
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold', taskId: null, error: null });
    expect(await effectsOf(entry)).toEqual(['done']);
    expect(await setStatusToReady(kit.admin, entry.id)).toMatchObject({ status: 'Ready' });
    await setOnHold(kit.admin, entry.id);
  });

  test('ended quietly: Success that says so, and the work is rolled back', async () => {
    const entry = await readyEntry(async (session, { entryNo }) => {
      await effect(session, entryNo);
      session.log.info('nothing to do');
      session.error('');
    });
    await inStatus(entry, 'Finished');
    expect(await logsOf(entry)).toMatchObject([
      { status: 'Success', note: 'ended quietly', error: null, lines: [{ text: 'nothing to do' }] },
    ]);
    expect(await effectsOf(entry)).toEqual([]);
  });

  test('a row that is deleted in mid-run: the work commits, and its log entry is closed', async () => {
    const entry = await readyEntry(async (session, { entryNo, id }) => {
      await effect(session, entryNo);
      await kit.query('delete from nightshift.job_queue_entry where id = $1', [id]);
    });
    await until('the log entry is closed', async () => (await logsOf(entry))[0]?.status === 'Success');
    expect((await logsOf(entry))[0]).toMatchObject({ note: 'the entry was deleted meanwhile' });
    expect(await effectsOf(entry)).toEqual(['done']);
  });

  test('a row that was deleted before: its task ends without a trace', async () => {
    const entry = await readyEntry(() => undefined, {
      earliestStart: new Date(clock.now().getTime() + 1_000),
    });
    await kit.query('delete from nightshift.job_queue_entry where id = $1', [entry.id]);
    travel(1_000);
    await kit.waitFor('LC0043', ({ taskId }) => taskId === entry.taskId);
    expect(await logsOf(entry)).toEqual([]);
  });

  test.each<readonly [what: string, note: Behaviour]>([
    ['a NUL in the progress', (session) => session.progress(1, 2, 'a\0b')],
    ['half a character in details', (session) => session.log.info('x', { text: '\ud83d' })],
    ['a bigint as progress', (session) => session.progress(1n as never, 2n as never)],
    ['a thousand and one lines', (session) => Array.from({ length: 1_001 }, () => session.message('line'))],
  ])('%s does not keep the outcome from being written', async (_, note) => {
    const entry = await readyEntry(note);
    await inStatus(entry, 'Finished');
    expect(await logsOf(entry)).toMatchObject([{ status: 'Success' }]);
  });
});

describe('a failed run', () => {
  test('a codeunit that forgot an await is told so', async () => {
    const entry = await readyEntry((session) => {
      void session.db.query('select pg_sleep(0.05)');
    });
    await inStatus(entry, 'Error');
    expect(await logsOf(entry)).toMatchObject([{ status: 'Error', error: { code: 'UNAWAITED_QUERY' } }]);
  });

  test('Error with the message, the stack, the lines and the progress; the work is rolled back', async () => {
    const entry = await readyEntry(async (session, { entryNo }) => {
      await effect(session, entryNo);
      session.log.warning('about to fail');
      session.progress(1, 2, 'half');
      throw new Error('Customer 10000 is blocked.', { cause: new Error('blocked') });
    });
    const broken = await inStatus(entry, 'Error');
    expect(broken).toMatchObject({
      attempts: 0,
      taskId: null,
      error: { message: 'Customer 10000 is blocked.' },
    });
    const [log, ...others] = await logsOf(entry);
    expect(others).toEqual([]);
    expect(log).toMatchObject({
      status: 'Error',
      note: null,
      error: { message: 'Customer 10000 is blocked.', causes: [{ message: 'blocked' }] },
      lines: [{ level: 'warning', text: 'about to fail' }],
      progress: { done: 1, total: 2, text: 'half' },
    });
    expect(log?.error?.stack).toContain('job-queue-runs.test.ts');
    expect(await effectsOf(entry)).toEqual([]);
    await kit.waitFor('AL0000HE7', ({ entryId }) => entryId === entry.id);
    await kit.waitFor('AL0000JRG', ({ entryId }) => entryId === entry.id);
  });

  test('attempts with growing waits, one log entry each, then Error, in which it stays', async () => {
    let fails = true;
    const entry = await readyEntry(
      (_, { attempts }) => {
        if (fails) throw new Error(`attempt ${attempts}`);
      },
      { maximumAttempts: 2, rerunDelaySeconds: 5, runOnMondays: true },
    );
    for (const [attempt, waitMs] of [5_010, 5_100].entries()) {
      const now = clock.now().getTime();
      const again = await until('it waits for its next attempt', async () => {
        const found = await get(kit.admin, entry.id);
        return found.attempts === attempt + 1 && found;
      });
      expect(again).toMatchObject({ status: 'Ready', earliestStart: new Date(now + waitMs) });
      expect(again.error).toMatchObject({ message: `attempt ${attempt}` });
      travel(waitMs);
    }
    expect(await inStatus(entry, 'Error')).toMatchObject({ attempts: 2, taskId: null });
    const logs = await logsOf(entry);
    expect(logs.map(({ status, attempt, note }) => [status, attempt, note])).toEqual([
      ['Error', 2, null],
      ['Error', 1, 'runs again, attempt 2 of 2'],
      ['Error', 0, 'runs again, attempt 1 of 2'],
    ]);
    travel(7 * 24 * 3_600_000);
    fails = false;
    expect(await setStatusToReady(kit.admin, entry.id)).toMatchObject({
      status: 'Ready',
      attempts: 0,
      error: null,
    });
    await until('it has run well', async () => (await logsOf(entry))[0]?.status === 'Success');
    await setOnHold(kit.admin, entry.id);
  });

  test('a good attempt forgets the bad ones', async () => {
    const entry = await readyEntry(
      (_, { attempts }) => {
        if (attempts === 0) throw new Error('once');
      },
      { maximumAttempts: 3 },
    );
    await until('it waits', async () => (await get(kit.admin, entry.id)).attempts === 1);
    travel(10);
    expect(await inStatus(entry, 'Finished')).toMatchObject({ attempts: 0, error: null });
    expect((await logsOf(entry)).map(({ status }) => status)).toEqual(['Success', 'Error']);
  });

  test('an object that this application lacks: it waits and says for what, and runs when it is there', async () => {
    const entry = await readyEntry(() => undefined, {
      earliestStart: new Date(clock.now().getTime() + 1_000),
    });
    await kit.query("update nightshift.job_queue_entry set object = 'Removed' where id = $1", [entry.id]);
    travel(1_000);
    const waiting = await until('it waits', async () => {
      const found = await get(kit.admin, entry.id);
      return found.error !== null && found;
    });
    expect(waiting).toMatchObject({
      status: 'Ready',
      attempts: 0,
      earliestStart: entry.earliestStart,
      error: { code: 'CODEUNIT_UNKNOWN', field: 'object' },
    });
    expect(waiting.error?.message).toContain('"Removed"');
    expect(await logsOf(entry)).toEqual([]);
    await kit.query("update nightshift.job_queue_entry set object = 'Sync' where id = $1", [entry.id]);
    travel(60_000);
    expect(await inStatus(entry, 'Finished')).toMatchObject({ error: null });
  });

  test('a dialog that nobody can answer', async () => {
    const entry = await readyEntry((session) => session.confirm('Post?'), { maximumAttempts: 0 });
    expect((await inStatus(entry, 'Error')).error).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
  });

  test('On Hold in mid-run, and then the run fails: On Hold stays, with the error', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const entry = await readyEntry(
      async () => {
        begun.resolve();
        await go.promise;
        throw new Error('too late');
      },
      { maximumAttempts: 5 },
    );
    await begun.promise;
    await setOnHold(kit.admin, entry.id);
    go.resolve();
    await until('the log entry is closed', async () => (await logsOf(entry))[0]?.status === 'Error');
    expect(await get(kit.admin, entry.id)).toMatchObject({
      status: 'On Hold',
      attempts: 0,
      taskId: null,
      error: { message: 'too late' },
    });
  });

  test('a timeout: the log entry says so', async () => {
    const begun = Promise.withResolvers<void>();
    const entry = await readyEntry(
      (session) => {
        begun.resolve();
        return session.sleep(60_000);
      },
      { timeout: 3_000 },
    );
    await begun.promise;
    await clock.advance(3_500);
    expect((await inStatus(entry, 'Error')).error).toMatchObject({ code: 'SESSION_TIMEOUT' });
    expect(await logsOf(entry)).toMatchObject([{ status: 'Timeout' }]);
  });
});
