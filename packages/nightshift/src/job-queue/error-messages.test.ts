import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany } from '../testing/test-rights.ts';
import { errorMessages } from './error-messages.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import { type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';
import type { JobQueueLogEntry } from './job-queue-log-entry.ts';

const clock = new FakeClock();
const objects = new Map<string, (session: Session) => unknown>();
const onRun = (session: Session, { parameterString }: JobQueueEntryRecord) =>
  objects.get(parameterString)?.(session);
const sync = codeunit({ name: 'Sync', record: jobQueueEntryRecord, onRun });
const inner = codeunit({ name: 'Inner', onRun: (session) => session.reportError('from within') });
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  const codeunits = [sync, inner];
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock });
});
afterAll(() => kit.stop());

async function entryOf(object: (session: Session) => unknown, fields: object = {}) {
  const parameterString = `object ${++made}`;
  objects.set(parameterString, object);
  return create(kit.admin, { object: sync, parameterString, ...fields });
}

/** Runs an object in the background; the log entries of its entry, oldest first. */
async function logsOf(
  object: (session: Session) => unknown,
  status: string,
  fields: object = {},
): Promise<readonly JobQueueLogEntry[]> {
  const { id } = await entryOf(object, fields);
  await setStatusToReady(kit.admin, id);
  // In this order, or the status is that before the run and the log that after it.
  await until(`it is ${status}`, async () => (await get(kit.admin, id)).status === status);
  return (await logEntries(kit.admin, { entryId: id })).toReversed();
}

async function logOf(object: (session: Session) => unknown, status = 'Finished', fields: object = {}) {
  const [log] = await logsOf(object, status, fields);
  return log!;
}

const messagesOf = ({ no }: JobQueueLogEntry) => errorMessages(kit.admin, no);
const textsOf = async (log: JobQueueLogEntry) => (await messagesOf(log)).map(({ text }) => text);
const effects = async (note: string) =>
  (await kit.query('select from co_1.effect where note = $1', [note])).length;

describe('errors that a run reports', () => {
  test('are kept with row, field, code and text; the run goes on and is a success', async () => {
    const log = await logOf(async (session) => {
      session.reportError('Plain text.');
      session.reportError({
        message: 'Order S-1 has no lines.',
        code: 'NO_LINES',
        context: { table: 'order', key: { no: 'S-1', open: true } },
        field: 'lines',
        details: { lines: 0 },
      });
      session.reportError(new NightshiftError('VALIDATION', 'Too long.', { field: 'name' }));
      await session.run(inner);
      await leaveEffect(session, `reported ${session.reportedErrors}`);
    });
    expect(log).toMatchObject({ status: 'Success', errorMessages: 4, error: null, phase: null });
    expect(await effects('reported 4')).toBe(1);
    const finished = await kit.waitFor('AL0000E26', ({ entryId }) => entryId === log.entryId);
    expect(finished.dimensions['errorMessages']).toBe(4);
    const none = { code: null, context: null, field: null, details: null, codeunit: 'Sync', at: clock.now() };
    expect(await messagesOf(log)).toEqual([
      { ...none, no: 1, text: 'Plain text.' },
      {
        ...none,
        no: 2,
        text: 'Order S-1 has no lines.',
        code: 'NO_LINES',
        context: { table: 'order', key: { no: 'S-1', open: true } },
        field: 'lines',
        details: { lines: 0 },
      },
      { ...none, no: 3, text: 'Too long.', code: 'VALIDATION', field: 'name', details: {} },
      { ...none, no: 4, text: 'from within', codeunit: 'Inner' },
    ]);
  });

  test('stay when the run fails and its work is undone', async () => {
    const log = await logOf(async (session) => {
      await leaveEffect(session, 'fails later');
      session.reportError('first');
      await session
        .savepoint(async () => {
          session.reportError('behind a savepoint that is undone');
          throw new Error('undo');
        })
        .catch(() => undefined);
      session.log.info('a line');
      throw new Error('at last');
    }, 'Error');
    expect(log).toMatchObject({ status: 'Error', errorMessages: 2, error: { message: 'at last' } });
    expect(log.lines).toHaveLength(1);
    expect(Object.keys(log.error ?? {}).sort()).toEqual([
      'causes',
      'code',
      'field',
      'message',
      'name',
      'stack',
    ]);
    expect(await textsOf(log)).toEqual(['first', 'behind a savepoint that is undone']);
    expect(await effects('fails later')).toBe(0);
  });

  test('stay when the run ends quietly', async () => {
    const log = await logOf(async (session) => {
      await leaveEffect(session, 'quiet');
      session.reportError('before the end');
      session.error('');
    });
    expect(log).toMatchObject({ status: 'Success', note: 'ended quietly', errorMessages: 1 });
    expect([await textsOf(log), await effects('quiet')]).toEqual([['before the end'], 0]);
  });

  test('fail the run where the object says so, with the first and how many', async () => {
    const log = await logOf(async (session) => {
      session.throwReportedErrors();
      await leaveEffect(session, 'asked for it');
      session.reportError('Order 1 has no lines.');
      session.reportError('Order 2 has no lines.');
      session.throwReportedErrors();
    }, 'Error');
    expect(log).toMatchObject({ status: 'Error', errorMessages: 2, phase: 'in the object' });
    expect(log.error).toMatchObject({
      code: 'ERRORS_REPORTED',
      message: 'Order 1 has no lines. (errors reported: 2)',
    });
    expect(await effects('asked for it')).toBe(0);
  });

  test('belong to the attempt that has reported them', async () => {
    let attempt = 0;
    const object = (session: Session) => {
      attempt++;
      for (let no = 1; no <= attempt; no++) session.reportError(`attempt ${attempt}, no ${no}`);
      if (attempt === 1) throw new Error('again');
      // Retried by the task scheduler: no attempt of the entry's own.
      if (attempt === 2) throw new NightshiftError('RETRY_LATER', 'and again');
    };
    const { id } = await entryOf(object, { maximumAttempts: 1 });
    await setStatusToReady(kit.admin, id);
    await until('it is Finished', async () => {
      await clock.advance(60_000);
      kit.platform.instance.wake();
      return (await get(kit.admin, id)).status === 'Finished';
    });
    const logs = (await logEntries(kit.admin, { entryId: id })).toReversed();
    expect(logs.map(({ status, errorMessages: count }) => [status, count])).toEqual([
      ['Error', 1],
      ['Error', 2],
      ['Success', 3],
    ]);
    expect(await textsOf(logs[1]!)).toEqual(['attempt 2, no 1', 'attempt 2, no 2']);
  });

  test('stay with their attempt when the next one does not even begin', async () => {
    const { id } = await entryOf((session) => {
      session.reportError('of the first try');
      throw new NightshiftError('RETRY_LATER', 'not yet');
    });
    const { taskId } = await setStatusToReady(kit.admin, id);
    await kit.waitFor('LC0045', (event) => event['taskId'] === taskId && event['decision'] === 'retry');
    await kit.query(`create function public.refuse_run() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`);
    await kit.query(`create trigger refuse_run before insert on nightshift.job_queue_log_entry
      for each row when (new.status = 'In Process') execute function public.refuse_run()`);
    try {
      await until('it is Error', async () => {
        await clock.advance(10_000);
        kit.platform.instance.wake();
        return (await get(kit.admin, id)).status === 'Error';
      });
    } finally {
      await kit.query('drop trigger refuse_run on nightshift.job_queue_log_entry');
    }
    const [log, ...others] = await logEntries(kit.admin, { entryId: id });
    expect([log?.status, log?.phase, others]).toEqual(['Error', 'before start', []]);
    expect(await textsOf(log!)).toEqual(['of the first try']);
  });

  test('are no more than are kept, however many and however large', async () => {
    const many = await logOf((session) => {
      for (let no = 1; no <= 1_500; no++) session.reportError(`no ${no}`);
    });
    expect(many.errorMessages).toBe(1_500);
    expect((await messagesOf(many)).map(({ no }) => no)).toEqual(
      Array.from({ length: 1_000 }, (_, at) => at + 1),
    );
    const large = await logOf((session) => {
      const details = { text: 'x'.repeat(100_000) };
      for (let no = 0; no < 1_000; no++) {
        session.reportError({
          message: 'y'.repeat(1_000_000),
          details,
          context: { table: 't', key: details },
        });
      }
      throw new Error('too much');
    }, 'Error');
    const kept = await messagesOf(large);
    expect([large.errorMessages, kept.length > 10, kept.length < 100]).toEqual([1_000, true, true]);
    expect(kept[0]?.text).toHaveLength(2_048 + ' … (1000000 characters)'.length);
  });

  test('may be anything at all', async () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const log = await logOf((session) => {
      const report = session.reportError.bind(session) as (what: unknown) => void;
      for (const what of [undefined, null, 7n, Symbol('s'), '', hostile, { message: hostile }]) report(what);
      report({ message: 'nul \0', code: 'c\0', field: '\uD800', details: { a: '\0', b: 1n }, context: 5 });
      report({ message: 'key', context: { table: 't', key: hostile } });
    }, 'Finished');
    expect(log.errorMessages).toBe(9);
    const messages = await messagesOf(log);
    expect(messages.map(({ text }) => text)).toEqual([
      'undefined',
      'null',
      '7',
      'Symbol(s)',
      '',
      'an error without a message',
      'a text that cannot be printed',
      'nul ␀',
      'key',
    ]);
    expect(messages[7]).toMatchObject({
      code: 'c␀',
      field: '\uFFFD',
      details: { a: '␀', b: '1' },
      context: null,
    });
    expect(messages[8]?.context).toEqual({ table: 't', key: 'details that cannot be stored' });
  });

  test('are gone with the log entry', async () => {
    const log = await logOf((session) => session.reportError('short-lived'));
    await kit.query('delete from nightshift.job_queue_log_entry where no = $1', [log.no]);
    const left = await kit.query('select from nightshift.job_queue_error_message where log_no = $1', [
      log.no,
    ]);
    expect(left).toEqual([]);
    await expect(messagesOf(log)).rejects.toMatchObject({ code: 'LOG_ENTRY_UNKNOWN', field: 'logEntryNo' });
  });

  test('are not to be had for a number that is none, or of another company', async () => {
    for (const no of [0, -1, 1.5, Number.NaN, '1' as never, null as never, 2 ** 60]) {
      await expect(errorMessages(kit.admin, no)).rejects.toMatchObject({ code: 'VALIDATION' });
    }
    const log = await logOf((session) => session.reportError('ours'));
    await addCompany(kit, 'FABRIKAM');
    const there = kit.platform.as({ user: 'ADMIN', company: 'FABRIKAM' });
    await expect(errorMessages(there, log.no)).rejects.toMatchObject({ code: 'LOG_ENTRY_UNKNOWN' });
  });
});

describe('errors of a run whose outcome nobody but the last resort writes', () => {
  test('stay, with the lines, when its task is removed before it is tried again', async () => {
    const { id } = await entryOf((session) => {
      session.reportError({ message: 'noticed', details: { row: null } });
      session.log.info('a line');
      throw new NightshiftError('RETRY_LATER', 'not yet');
    });
    const { taskId } = await setStatusToReady(kit.admin, id);
    await kit.waitFor('LC0045', (event) => event['taskId'] === taskId && event['decision'] === 'retry');
    await setOnHold(kit.admin, id);
    const [log] = await logEntries(kit.admin, { entryId: id });
    expect(log).toMatchObject({ status: 'Stopped', errorMessages: 1 });
    expect(log?.lines).toMatchObject([{ text: 'a line', details: null }]);
    expect(await messagesOf(log!)).toMatchObject([{ text: 'noticed', details: { row: null } }]);
  });

  test('stay, with the lines, when the error handler fails as well', async () => {
    await kit.query(`create function public.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`);
    const object = async (session: Session) => {
      session.reportError('still there');
      session.log.info('a line');
      throw new Error('the first');
    };
    const entry = await entryOf(object);
    // Only the error handler puts an entry In Process into Error while the task is its own.
    await kit.query(`create trigger refuse before update on nightshift.job_queue_entry for each row
      when (new.status = 'Error' and old.task_id is not null and current_setting('role') <> 'none')
      execute function public.refuse()`);
    try {
      await setStatusToReady(kit.admin, entry.id);
      await until('it is Error', async () => {
        // The error handler is tried again, in vain.
        await clock.advance(10_000);
        kit.platform.instance.wake();
        return (await get(kit.admin, entry.id)).status === 'Error';
      });
    } finally {
      await kit.query('drop trigger refuse on nightshift.job_queue_entry');
    }
    const [log] = await logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({ status: 'Error', errorMessages: 1, phase: 'in the error handler' });
    expect(log?.lines).toMatchObject([{ text: 'a line' }]);
    expect(log?.error).not.toHaveProperty('errors');
    expect(await textsOf(log!)).toEqual(['still there']);
    expect((await get(kit.admin, entry.id)).error).not.toHaveProperty('errors');
  });
});

describe('errors of sessions that are no runs of the job queue', () => {
  test('are lines of their end', async () => {
    const ended = await kit.open(async (session) => {
      session.log.info('before');
      session.reportError({ message: 'seen by nobody else', field: 'name' });
      return session.uniqueId;
    });
    await kit.platform.instance.host.events.flush();
    const [event] = await kit.query<{ lines: unknown }>(
      'select lines from nightshift.session_event where unique_id = $1 and lines is not null',
      [ended],
    );
    expect(event?.lines).toMatchObject([
      { level: 'information', text: 'before' },
      {
        level: 'error',
        text: 'seen by nobody else',
        details: { field: 'name', codeunit: expect.any(String) },
      },
    ]);
  });
});
