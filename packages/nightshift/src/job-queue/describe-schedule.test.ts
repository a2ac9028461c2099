import { expect, test } from 'vitest';
import { describeSchedule } from './describe-schedule.ts';
import { type ScheduleInput, scheduleOf } from './schedule.ts';

const WORKDAYS = {
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
} as const;
const ALL = { ...WORKDAYS, runOnSaturdays: true, runOnSundays: true } as const;

test.each<[string, ScheduleInput]>([
  [
    'Every 5 minutes, Monday to Friday, between 08:00 and 17:00 (Europe/Berlin)',
    {
      ...WORKDAYS,
      minutesBetweenRuns: 5,
      startingTime: '08:00',
      endingTime: '17:00',
      timeZone: 'Europe/Berlin',
    },
  ],
  ['Every minute, from 08:00:30 (UTC)', { ...ALL, minutesBetweenRuns: 1, startingTime: '08:00:30' }],
  [
    'Every hour, from 08:00 (UTC)',
    { ...ALL, minutesBetweenRuns: 60, startingTime: '08:00', endingTime: '08:00' },
  ],
  [
    'Every 2 hours, on Saturday and Sunday, between 22:00 and 02:00 the next day (UTC)',
    {
      runOnSaturdays: true,
      runOnSundays: true,
      minutesBetweenRuns: 120,
      startingTime: '22:00',
      endingTime: '02:00',
    },
  ],
  [
    'Every 90 minutes from the end of the last run, on Monday, Wednesday, and Friday, until 17:00 (UTC)',
    {
      runOnMondays: true,
      runOnWednesdays: true,
      runOnFridays: true,
      minutesBetweenRuns: 90,
      endingTime: '17:00',
    },
  ],
  ['Every hour from the end of the last run (UTC)', { ...ALL, minutesBetweenRuns: 60 }],
  ['Every day from the end of the last run (UTC)', ALL],
  ['Every day, at 02:00 (UTC)', { ...ALL, startingTime: '02:00' }],
  ['Every day, at 02:00 (UTC)', { ...ALL, startingTime: '02:00', endingTime: '02:30' }],
  ['Every day, at 23:30 (UTC)', { ...ALL, startingTime: '23:30', minutesBetweenRuns: 60 }],
  [
    'Every day, at 22:00 (UTC)',
    { ...ALL, startingTime: '22:00', endingTime: '02:00', minutesBetweenRuns: 300 },
  ],
  ['Monday to Friday, at 02:00 (UTC)', { ...WORKDAYS, startingTime: '02:00' }],
  ['On Wednesday, at 02:00 (UTC)', { runOnWednesdays: true, startingTime: '02:00' }],
  ['Every 2 days, at 02:00 (UTC)', { ...ALL, startingTime: '02:00', minutesBetweenRuns: 2880 }],
  ['Every week, at 02:00 (UTC)', { ...ALL, startingTime: '02:00', minutesBetweenRuns: 10_080 }],
  [
    'Every 2 weeks, on Monday, at 02:00 (UTC)',
    { runOnMondays: true, startingTime: '02:00', minutesBetweenRuns: 20_160 },
  ],
  ['Every 36 hours, from 02:00 (UTC)', { ...ALL, startingTime: '02:00', minutesBetweenRuns: 2160 }],
  [
    'On the day that 1D+CM gives after each run, at 11:00 (UTC)',
    { nextRunDateFormula: '<1D+CM>', startingTime: '11:00' },
  ],
  ['On the day that 1W gives after each run, at 00:00 (UTC)', { nextRunDateFormula: '1W' }],
  ['Once (UTC)', {}],
])('%s', (text, input) => {
  expect(describeSchedule(scheduleOf(input), 'en')).toBe(text);
});

test('what only programs can write: hours of a one-off, no minutes', () => {
  expect(describeSchedule({ startingTime: '08:00', endingTime: '17:00' }, 'en')).toBe(
    'Once, between 08:00 and 17:00 (UTC)',
  );
  expect(describeSchedule({ ...ALL }, 'en')).toBe('Every day, at 00:00 (UTC)');
});

test('the kind of English is the caller’s, any other language falls back to English', () => {
  const days = {
    runOnMondays: true,
    runOnWednesdays: true,
    runOnFridays: true,
    startingTime: '08:00',
  } as const;
  expect(describeSchedule(days, 'en-GB')).toBe('On Monday, Wednesday and Friday, at 08:00 (UTC)');
  for (const locale of ['de-DE', 'ar', 'no such locale', '']) {
    expect(describeSchedule(days, locale)).toBe('On Monday, Wednesday, and Friday, at 08:00 (UTC)');
  }
  expect(describeSchedule(days, [] as unknown as string)).toBe(
    'On Monday, Wednesday, and Friday, at 08:00 (UTC)',
  );
});
