import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { companies } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { create } from './job-queue.ts';
import { scheduleOf } from './schedule.ts';
import { type ScheduleSenseFacts, scheduleSense } from './schedule-sense.ts';
import { scheduleWarnings } from './schedule-warnings.ts';

const MONDAY = new Date('2026-08-03T06:00:00Z');
const hours = ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, from: '08:00', to: '17:00' }));
const CALENDAR = { timeZone: 'UTC', hours, holidays: [] };
const nightly = scheduleOf({ cron: '30 2 * * *' });
const officeHours = scheduleOf({ cron: '0 10 * * MON-FRI' });

function warned(more: Partial<ScheduleSenseFacts>) {
  const facts = {
    now: MONDAY,
    schedule: nightly,
    earliestStart: null,
    medianRunMs: null,
    workCalendar: CALENDAR,
  };
  return scheduleSense({ ...facts, ...more });
}
const kinds = (more: Partial<ScheduleSenseFacts>) => warned(more).map(({ kind }) => kind);

describe('schedule sense', () => {
  test('a long run in working hours, said as when it is eligible', () => {
    expect(warned({ schedule: officeHours, medianRunMs: 90_000 })).toEqual([
      {
        kind: 'working-hours',
        text: 'It is eligible from 2026-08-03 10:00:00 UTC, takes 1 min 30 s as a rule, and meets the working hours of the company.',
      },
    ]);
    // Begins before, and is not done when people come.
    expect(kinds({ medianRunMs: 6 * 3_600_000 })).toEqual(['working-hours']);
  });

  test('not of short runs, at night, on a day off, without hours, or when nothing is known of its runs', () => {
    expect(kinds({ schedule: officeHours, medianRunMs: 60_000 })).toEqual([]);
    expect(kinds({ schedule: officeHours })).toEqual([]);
    expect(kinds({ medianRunMs: 90_000 })).toEqual([]);
    expect(kinds({ schedule: scheduleOf({ cron: '0 10 * * SUN' }), medianRunMs: 90_000 })).toEqual([]);
    const around = { ...CALENDAR, hours: [] };
    expect(kinds({ schedule: officeHours, medianRunMs: 90_000, workCalendar: around })).toEqual([]);
    expect(kinds({ schedule: officeHours, medianRunMs: 90_000, workCalendar: null })).toEqual([]);
  });

  test.each([
    [{ runOnMondays: true, minutesBetweenRuns: 4 }, ['short-interval']],
    [{ runOnMondays: true, minutesBetweenRuns: 5 }, []],
    [{ runOnMondays: true, startingTime: '08:00', minutesBetweenRuns: 1 }, ['short-interval']],
    [{ cron: '*/2 * * * *' }, ['short-interval']],
    [{ cron: '*/5 * * * *' }, []],
    [{ nextRunDateFormula: '1D' }, []],
    [{}, []],
  ])('the interval of %j: %j', (schedule, expected) => {
    expect(kinds({ schedule: scheduleOf(schedule) })).toEqual(expected);
  });

  test('an interval that is shorter than a run', () => {
    const schedule = scheduleOf({ cron: '0,10 2 * * *' });
    expect(kinds({ schedule, medianRunMs: 11 * 60_000 })).toEqual(['interval-below-run']);
    expect(kinds({ schedule, medianRunMs: 10 * 60_000 })).toEqual([]);
    const often = scheduleOf({ cron: '* * * * *' });
    expect(kinds({ schedule: often, medianRunMs: 61_000, workCalendar: null })).toEqual([
      ...['short-interval', 'interval-below-run'],
    ]);
  });

  test('that it is set Ready just before its time is no interval', () => {
    const now = new Date('2026-08-03T07:59:00Z');
    const schedule = scheduleOf({ runOnMondays: true, minutesBetweenRuns: 60, startingTime: '07:00' });
    expect(kinds({ schedule, now })).toEqual([]);
  });
});

describe('warnings about an entry', () => {
  const sync = codeunit({ name: 'Sync', onRun: () => undefined });
  let kit: TestPlatform;
  beforeAll(async () => {
    kit = await startTestPlatform({ codeunits: [sync], start: false });
  });
  afterAll(() => kit.stop());

  test('by the median of its own last good runs, and by the calendar of its company', async () => {
    const entry = await create(kit.admin, { object: sync, cron: '0 10 * * *' });
    expect(await scheduleWarnings(kit.admin, entry.id)).toEqual([]);
    await companies.setWorkCalendar(kit.admin, 'CRONUS', CALENDAR);
    for (const [seconds, status, task] of [
      [1, 'Success', true],
      [120, 'Success', true],
      [300, 'Success', true],
      // Neither counts.
      [0, 'Error', true],
      [0, 'Error', true],
      [0, 'Success', false],
      [0, 'Success', false],
    ] as const) {
      await kit.query(
        `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id,
          session_unique_id, user_no, object, parameter_string, description, status, attempt, started_at, ended_at)
        values (1, $1, 1, case when $4 then gen_random_uuid() end, 1, gen_random_uuid(), 1, 'Sync', '', '', $3, 0,
          now(), now() + $2 * interval '1 s')`,
        [entry.id, seconds, status, task],
      );
    }
    expect(await scheduleWarnings(kit.admin, entry.id)).toEqual([
      { kind: 'working-hours', text: expect.stringContaining('takes 2 min as a rule') },
    ]);
  });
});
