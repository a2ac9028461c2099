import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE_MS, NightshiftError } from '../foundation/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { ENTRY_TRANSITIONS } from './entry-transitions.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import { type JobQueueEntry, type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';
import { wake } from './wake.ts';

const QUARTERS = {
  ...EVERY_DAY,
  startingTime: '06:00',
  minutesBetweenRuns: 15,
} as const;
const RESTING = 'On Hold with Inactivity Timeout';
const clock = new FakeClock();
const objects = new Map<string, (session: Session) => unknown>();
const run = (session: Session, { parameterString }: JobQueueEntryRecord) =>
  objects.get(parameterString)?.(session);
const sync = codeunit({ name: 'Sync', record: jobQueueEntryRecord, onRun: run });
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], clock });
  await kit.query('create table public.seen (before text, after text)');
  await kit.query('create table public.late (no integer unique deferrable initially deferred)');
  await kit.query('grant all on public.late to public');
  await kit.query(`create function public.see() returns trigger language plpgsql security definer as
    $$ begin insert into public.seen values (old.status, new.status); return new; end $$`);
  await kit.query(`create trigger see after update of status on nightshift.job_queue_entry
    for each row execute function public.see()`);
});
afterAll(() => kit.stop());
// Whatever happens to an entry is a transition that is written down.
afterEach(async () => {
  const known = new Set(ENTRY_TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));
  const seen = await kit.query<{ before: string; after: string }>(
    'select distinct before, after from public.seen',
  );
  const unknown = seen
    .map(({ before, after }) => `${before} → ${after}`)
    .filter((step) => !known.has(step) && new Set(step.split(' → ')).size > 1);
  expect(unknown).toEqual([]);
});

/** Sets the wall clock and lets the dispatcher look. */
function at(instant: Date | string): void {
  clock.at(instant);
  kit.platform.instance.wake();
}

async function readyAt(instant: string, object: (session: Session) => unknown, fields: object = {}) {
  clock.at(instant);
  const parameterString = `object ${++made}`;
  objects.set(parameterString, object);
  const { id } = await create(kit.admin, { object: sync, parameterString, ...fields });
  return setStatusToReady(kit.admin, id);
}

const logsOf = (entry: JobQueueEntry) => logEntries(kit.admin, { entryId: entry.id });
const eventOf = async (id: Parameters<TestPlatform['waitFor']>[0], entry: JobQueueEntry) =>
  (await kit.waitFor(id, (event) => event['entryId'] === entry.id)).dimensions;

/** Waits for the status after so many log entries have ended. */
async function ends(entry: JobQueueEntry, status: string, logs = 1): Promise<JobQueueEntry> {
  return until(`it is ${status}`, async () => {
    // In this order, or the status is that before the run and the log that after it.
    const ended = (await logsOf(entry)).filter(({ endedAt }) => endedAt !== null);
    const now = await get(kit.admin, entry.id);
    return now.status === status && ended.length >= logs && now;
  });
}

describe('missed runs', () => {
  test('one run stands for those that were missed, and the log says how many', async () => {
    const entry = await readyAt('2026-01-05T05:00:00Z', () => undefined, QUARTERS);
    at('2026-01-05T07:05:00Z');
    const next = await ends(entry, 'Ready', 2);
    expect(next.earliestStart).toEqual(new Date('2026-01-05T07:15:00Z'));
    const logs = await logsOf(entry);
    expect(logs.map(({ status }) => status).toSorted()).toEqual(['Skipped', 'Success']);
    const skipped = logs.find(({ status }) => status === 'Skipped');
    expect(skipped?.note).toContain('missed 4 runs, planned from 2026-01-05T06:00:00.000Z');
    const done = logs.find(({ status }) => status === 'Success');
    expect(done).toMatchObject({ trigger: 'schedule', wait: 65 * MINUTE_MS, phase: null, fingerprint: null });
    expect(done?.plannedAt).toEqual(new Date('2026-01-05T06:00:00Z'));
  });

  test('are skipped with a trace when the entry says so', async () => {
    let runs = 0;
    const entry = await readyAt('2026-01-06T05:00:00Z', () => runs++, { ...QUARTERS, missedRuns: 'skip' });
    at('2026-01-06T07:05:00Z');
    const next = await ends(entry, 'Ready');
    expect([runs, next.earliestStart]).toEqual([0, new Date('2026-01-06T07:15:00Z')]);
    expect((await logsOf(entry)).map(({ status, note }) => [status, note?.slice(0, 13)])).toEqual([
      ['Skipped', 'missed 5 runs'],
    ]);
    at('2026-01-06T07:15:00Z');
    await ends(entry, 'Ready', 2);
    expect(runs).toBe(1);
  });
});

describe('a run that found nothing to do', () => {
  const rest = (session: Session) => session.reportNothingToDo();
  const fields = { ...QUARTERS, inactivityTimeoutMinutes: 120 };

  test('rests for its timeout, then runs as usual', async () => {
    let idle = true;
    const entry = await readyAt('2026-01-07T06:00:00Z', (session) => idle && rest(session), fields);
    const resting = await ends(entry, RESTING);
    expect(resting.earliestStart).toEqual(new Date('2026-01-07T08:00:00Z'));
    expect((await logsOf(entry))[0]).toMatchObject({ status: 'Success', note: 'nothing to do' });
    const finished = await eventOf('AL0000E26', entry);
    expect(finished).toMatchObject({ nextTaskId: resting.taskId, runMs: 0, status: RESTING });
    idle = false;
    at('2026-01-07T08:00:00Z');
    expect((await ends(entry, 'Ready', 2)).earliestStart).toEqual(new Date('2026-01-07T08:15:00Z'));
  });

  test('wakes up by a call, as the user that it ran as, and when it is set Ready', async () => {
    for (const [hour, call] of [[6, wake] as const, [7, setStatusToReady] as const]) {
      let idle = true;
      const entry = await readyAt(`2026-01-08T0${hour}:00:00Z`, (session) => idle && rest(session), fields);
      const resting = await ends(entry, RESTING);
      idle = false;
      at(`2026-01-08T0${hour}:02:00Z`);
      const woken = await call(kit.admin, entry.id);
      expect([woken.status, woken.runAs]).toEqual(['Ready', resting.runAs]);
      await ends(entry, 'Ready', 2);
    }
  });

  test('is told to wake only when it rests', async () => {
    const entry = await readyAt('2026-01-09T06:00:00Z', rest, fields);
    await ends(entry, RESTING);
    await setOnHold(kit.admin, entry.id);
    await expect(wake(kit.admin, entry.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'On Hold' },
    });
    expect((await get(kit.admin, entry.id)).taskId).toBeNull();
  });

  test('says so in vain when it fails, and when it does not recur', async () => {
    const fails = await readyAt(
      '2026-01-09T07:00:00Z',
      (session) => {
        rest(session);
        throw new Error('no');
      },
      fields,
    );
    await ends(fails, 'Error');
    await ends(await readyAt('2026-01-09T07:00:00Z', rest), 'Finished');
  });
});

describe('a log entry says where a run failed', () => {
  test('in the object; the same fault has the same fingerprint', async () => {
    const fault = (no: number) => () => {
      throw new NightshiftError('VALIDATION', `Order ${no} has no lines.`);
    };
    const one = await readyAt('2026-02-01T08:00:00Z', fault(7), { maximumAttempts: 1 });
    await ends(one, 'Ready');
    at('2026-02-01T08:00:01Z');
    const other = await readyAt('2026-02-01T08:00:01Z', fault(8));
    await ends(one, 'Error', 2);
    await ends(other, 'Error');
    const [last, first] = await logsOf(one);
    expect([first?.phase, first?.trigger, last?.trigger]).toEqual(['in the object', 'schedule', 'retry']);
    expect(first?.error).not.toHaveProperty('lines');
    const fingerprint = first?.fingerprint as string;
    expect((await logEntries(kit.admin, { fingerprint })).map(({ entryId }) => entryId)).toEqual([
      other.id,
      one.id,
      one.id,
    ]);
    expect(await logEntries(kit.admin, { fingerprint, status: 'Success' })).toEqual([]);
    expect(await eventOf('AL0000HE7', other)).toMatchObject({ reason: 'Order 8 has no lines.' });
    expect(await eventOf('AL0000JRG', other)).toMatchObject({ attempts: 1, status: 'Error' });
  });

  test('at commit', async () => {
    await kit.query('insert into public.late values (1)');
    const entry = await readyAt('2026-02-02T08:00:00Z', (session) =>
      session.db.query('insert into public.late values (1)'),
    );
    await ends(entry, 'Error');
    expect((await logsOf(entry))[0]).toMatchObject({ phase: 'at commit', error: { code: '23505' } });
  });

  test('before the object was reached', async () => {
    const entry = await readyAt('2026-02-03T08:00:00Z', () => undefined, {
      earliestStart: new Date('2026-02-03T09:00:00Z'),
    });
    await kit.query(`create function public.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`);
    await kit.query(`create trigger refuse before insert on nightshift.job_queue_log_entry
      for each row when (new.status = 'In Process') execute function public.refuse()`);
    try {
      at('2026-02-03T09:00:00Z');
      await ends(entry, 'Error');
    } finally {
      await kit.query('drop trigger refuse on nightshift.job_queue_log_entry');
    }
    expect((await logsOf(entry)).map(({ status, phase }) => [status, phase])).toEqual([
      ['Error', 'before start'],
    ]);
  });

  test('where it ran, and what it has done', async () => {
    const entry = await readyAt('2026-02-04T08:00:00Z', (session) => session.progress(3, 10, 'orders'));
    await ends(entry, 'Finished');
    const [log] = await logsOf(entry);
    expect(log).toMatchObject({
      items: { done: 3, total: 10 },
      instanceEpoch: kit.platform.instance.epoch,
      wait: 0,
    });
    expect(log?.correlationId).toBe(entry.taskId);
    expect(log?.instanceName).not.toBe('');
  });

  test('there are only statuses that there are', async () => {
    await expect(logEntries(kit.admin, { status: 'Failed' as never })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'status',
    });
  });
});

describe('the schedule of an entry', () => {
  test('goes on after the last attempt when it is to, with the error', async () => {
    const entry = await readyAt(
      '2026-02-05T06:00:00Z',
      () => {
        throw new Error('again');
      },
      { ...QUARTERS, afterFinalError: 'continue-schedule' },
    );
    const next = await ends(entry, 'Ready');
    expect(next).toMatchObject({ attempts: 0, error: { message: 'again' } });
    expect(next.earliestStart).toEqual(new Date('2026-02-05T06:15:00Z'));
    expect(await eventOf('AL0000JRG', entry)).toMatchObject({ status: 'Ready', attempts: 1 });
  });

  test('is left to its object when that plans the runs: On Hold, and a warning that nothing is planned', async () => {
    const entry = await readyAt('2026-02-06T06:00:00Z', () => undefined, {
      ...QUARTERS,
      manualRecurrence: true,
    });
    expect((await ends(entry, 'On Hold')).taskId).toBeNull();
    expect(await eventOf('AL0000FNY', entry)).toMatchObject({ status: 'On Hold' });
  });
});

test('checks before a run have their events', async () => {
  const expired = await readyAt('2026-02-07T08:00:00Z', () => undefined, {
    earliestStart: new Date('2026-02-07T09:00:00Z'),
    expiration: new Date('2026-02-07T09:30:00Z'),
  });
  const closed = await readyAt('2026-02-07T08:00:00Z', () => undefined, {
    ...QUARTERS,
    startingTime: '08:30',
    endingTime: '09:00',
  });
  at('2026-02-07T10:00:00Z');
  await ends(expired, 'Finished');
  await ends(closed, 'Ready');
  expect(await eventOf('AL0000P9E', expired)).toMatchObject({ object: 'Sync', recurring: false });
  expect(await eventOf('AL0000P9D', closed)).toMatchObject({ runAt: '2026-02-08T08:30:00.000Z' });
  const held = await readyAt('2026-02-07T10:00:00Z', () => undefined, {
    earliestStart: new Date('2026-02-07T11:00:00Z'),
  });
  // As a restore from a copy would leave it: the task is there, the entry stands On Hold.
  await kit.query(`update nightshift.job_queue_entry set status = 'On Hold' where id = $1`, [held.id]);
  at('2026-02-07T11:00:00Z');
  expect(await eventOf('AL0000P8L', held)).toMatchObject({ status: 'On Hold' });
  const plan = await readyAt('2026-02-07T11:00:00Z', () => undefined, {
    earliestStart: new Date('2026-02-07T12:00:00Z'),
  });
  await setOnHold(kit.admin, plan.id);
  expect(await eventOf('AL0000KZV', plan)).toMatchObject({ taskId: plan.taskId });
  expect(await eventOf('AL0000E25', await started())).toMatchObject({ status: 'In Process' });
});

async function started(): Promise<JobQueueEntry> {
  const entry = await readyAt('2026-02-07T13:00:00Z', () => undefined);
  await ends(entry, 'Finished');
  return entry;
}
