import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../foundation/index.ts';
import { EntryKit } from '../testing/entry-kit.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { addUsers } from '../testing/test-rights.ts';
import { list, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

// Where Nightshift is not Business Central on purpose: when entries run. Theirs beside ours, by their own rule where it is
// there, else by what the entry had become.

const kit = new EntryKit();
beforeAll(async () => {
  await kit.start();
  await addUsers(kit.platform, { name: 'CAIRO', columns: { time_zone: 'Africa/Cairo' } });
});
afterAll(() => kit.platform.stop());

/** An entry that has run once, in a run of this length; returns when it is planned next. */
async function plannedAfter(ready: string, takes: number, fields: object): Promise<string | undefined> {
  kit.clock.at(ready);
  const entry = await kit.ready(() => kit.pass(takes), fields);
  await kit.follow(entry, 1);
  return (await kit.get(entry)).earliestStart?.toISOString();
}

const OURS = { ...EVERY_DAY, intervalFrom: 'starting-time' } as const;
const THEIRS = { ...EVERY_DAY, intervalFrom: 'end-of-run' } as const;

describe('an interval', () => {
  test('of a day: ours begins at two each night, theirs drifts by each run', async () => {
    const nightly = { startingTime: '02:00', minutesBetweenRuns: 1440 };
    const begins = async (rule: object) => {
      kit.clock.at('2026-01-05T01:00:00Z');
      const entry = await kit.ready(() => kit.pass(10 * MINUTE_MS), { ...rule, ...nightly });
      return (await kit.follow(entry, 3)).map((start) => start.slice(5, 16));
    };
    expect(await begins(OURS)).toEqual(['01-05T02:00', '01-06T02:00', '01-07T02:00']);
    expect(await begins(THEIRS)).toEqual(['01-05T02:00', '01-06T02:10', '01-07T02:20']);
  });

  test('of an hour: a run of thirty seconds costs ours no slot, and theirs the last of the day', async () => {
    const hourly = { startingTime: '08:00', endingTime: '17:00', minutesBetweenRuns: 60 };
    const at = '2026-01-05T16:00:00Z';
    expect(await plannedAfter(at, 30_000, { ...OURS, ...hourly })).toBe('2026-01-05T17:00:00.000Z');
    expect(await plannedAfter(at, 30_000, { ...THEIRS, ...hourly })).toBe('2026-01-06T08:00:00.000Z');
  });

  test('of a day in a short window: a run that outlasts it costs ours nothing, and theirs a day', async () => {
    const narrow = { startingTime: '02:00', endingTime: '02:30', minutesBetweenRuns: 1440 };
    const at = '2026-01-05T02:00:00Z';
    expect(await plannedAfter(at, 31 * MINUTE_MS, { ...OURS, ...narrow })).toBe('2026-01-06T02:00:00.000Z');
    expect(await plannedAfter(at, 31 * MINUTE_MS, { ...THEIRS, ...narrow })).toBe('2026-01-07T02:00:00.000Z');
  });

  test('counts from the starting time unless it is said otherwise', async () => {
    const { schedule } = await kit.create(() => undefined, { ...EVERY_DAY, startingTime: '02:00' });
    expect(schedule.intervalFrom).toBe('starting-time');
  });
});

describe('runs that nobody could do for three days', () => {
  const nightly = { ...EVERY_DAY, startingTime: '02:00' };
  const afterOutage = async (fields: object): Promise<JobQueueEntry> => {
    kit.clock.at('2026-01-05T01:00:00Z');
    const entry = await kit.ready(() => undefined, { ...nightly, ...fields });
    kit.at('2026-01-07T12:00:00Z');
    return kit.ends(entry, 'Ready');
  };

  test('are skipped, and the log says how many and which', async () => {
    const entry = await afterOutage({ missedRuns: 'skip' });
    const note = expect.stringMatching(/missed 3 runs, planned from 2026-01-05T02:00.* to 2026-01-07T02:00/);
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Skipped', note }]);
    expect(entry.earliestStart).toEqual(new Date('2026-01-08T02:00:00Z'));
  });

  test('or one run stands for them, with a trace of the others', async () => {
    const entry = await afterOutage({ missedRuns: 'run-once' });
    const logs = await kit.logsOf(entry);
    expect(logs.map(({ status }) => status).toSorted()).toEqual(['Skipped', 'Success']);
    expect(logs.find(({ status }) => status === 'Skipped')?.note).toContain('missed 2 runs');
  });

  test('theirs runs late and says nothing of the others', async () => {
    const entry = await afterOutage({ intervalFrom: 'end-of-run' });
    expect((await kit.logsOf(entry)).map(({ status, note }) => [status, note])).toEqual([['Success', null]]);
  });
});

describe('the time zone', () => {
  test('is the entry’s own, whoever sets it Ready; theirs would be the caller’s', async () => {
    kit.clock.at('2026-01-05T12:00:00Z');
    const fields = { ...EVERY_DAY, startingTime: '06:00', endingTime: '06:30', timeZone: 'America/New_York' };
    const { id } = await kit.create(() => undefined, fields);
    const cairo = kit.platform.platform.as({ user: 'CAIRO', company: 'CRONUS' });
    const { earliestStart } = await setStatusToReady(cairo, id);
    // Six o'clock in Cairo is 04:00 UTC.
    expect(earliestStart).toEqual(new Date('2026-01-06T11:00:00Z'));
  });

  test('02:30 in the night that has none comes right after it, and in the night that has two once', async () => {
    const berlin = { ...EVERY_DAY, startingTime: '02:30', endingTime: '05:00', timeZone: 'Europe/Berlin' };
    kit.clock.at('2026-03-28T12:00:00Z');
    const spring = await kit.ready(() => undefined, berlin);
    expect(await kit.follow(spring, 2)).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    kit.clock.at('2026-10-24T12:00:00Z');
    const autumn = await kit.ready(() => undefined, berlin);
    expect(await kit.follow(autumn, 2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });
});

describe('outside the window', () => {
  const hours = { startingTime: '08:00', endingTime: '09:00' };

  test('an entry with a formula sleeps until it opens; theirs would be planned for now, again and again', async () => {
    kit.clock.at('2026-01-05T07:00:00Z');
    const entry = await kit.ready(() => undefined, { nextRunDateFormula: '1D', ...hours });
    kit.at('2026-01-05T11:00:00Z');
    const planned = await kit.ends(entry, 'Ready');
    expect(planned.earliestStart).toEqual(new Date('2026-01-06T08:00:00Z'));
    expect((await kit.eventOf('AL0000P9D', entry))['runAt']).toBe('2026-01-06T08:00:00.000Z');
    kit.at('2026-01-06T08:00:00Z');
    await kit.ends(entry, 'Ready', 2);
    expect((await kit.logsOf(entry)).map(({ status }) => status)).toEqual(['Success', 'Skipped']);
  });

  test('also when it is set Ready then', async () => {
    kit.clock.at('2026-01-05T11:00:00Z');
    const entry = await kit.ready(() => undefined, { nextRunDateFormula: '1D', ...hours });
    expect(entry.earliestStart).toEqual(new Date('2026-01-06T08:00:00Z'));
  });
});

describe('what is over', () => {
  test('a one-off that is done is kept as Finished with its log entry, and not in the way', async () => {
    kit.clock.at('2026-01-05T08:00:00Z');
    const entry = await kit.ready(() => undefined);
    await kit.ends(entry, 'Finished');
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Success' }]);
    const listed = async (filter: object) =>
      (await list(kit.platform.admin, filter)).some(({ id }) => id === entry.id);
    expect([await listed({}), await listed({ finished: true })]).toEqual([false, true]);
  });

  test('one that has expired as well, also when it recurs; theirs would be gone without a trace', async () => {
    kit.clock.at('2026-01-05T08:00:00Z');
    const expiration = new Date('2026-01-05T09:00:00Z');
    const entry = await kit.ready(() => undefined, { ...EVERY_DAY, startingTime: '08:30', expiration });
    kit.at(new Date(expiration.getTime() + HOUR_MS));
    expect(await kit.ends(entry, 'Finished')).toMatchObject({ error: null });
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Skipped', note: 'expired' }]);
  });
});
