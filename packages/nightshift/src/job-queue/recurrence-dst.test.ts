import { describe, expect, test } from 'vitest';
import { initialRunTime, isWithinRunWindow, nextRunTime, previewRuns } from './recurrence.ts';
import { type ScheduleInput, WEEKDAY_FIELDS } from './schedule.ts';

const ALL: ScheduleInput = Object.fromEntries(WEEKDAY_FIELDS.map((field) => [field, true]));

/** The next runs as offset times of the zone, with their notes. */
function runs(
  schedule: ScheduleInput,
  from: string,
  count: number,
  offsets: Record<string, string>,
): string[] {
  return previewRuns(schedule, new Date(from), count).map(({ at, note }) => {
    const text = local(at, schedule.timeZone ?? 'UTC', offsets);
    return note === null ? text : `${text} (${note})`;
  });
}

/** 'YYYY-MM-DD HH:mm', then the name that `offsets` gives to the offset in force. */
function local(at: Date, timeZone: string, offsets: Record<string, string>): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const offset = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .format(at)
    .split(', ')[1]!;
  return `${format.format(at)} ${offsets[offset] ?? offset}`;
}

const BERLIN = { 'GMT+01:00': 'CET', 'GMT+02:00': 'CEST' };

describe('Europe/Berlin, 29 March 2026: 02:00 CET is followed by 03:00 CEST', () => {
  const berlin = { ...ALL, timeZone: 'Europe/Berlin' } as const;
  const eve = '2026-03-28T00:00+01:00';

  test('a nightly run in the gap comes at the first instant after it', () => {
    expect(runs({ ...berlin, startingTime: '02:30' }, eve, 3, BERLIN)).toEqual([
      '2026-03-28 02:30 CET',
      '2026-03-29 03:00 CEST (02:30 does not exist that night)',
      '2026-03-30 02:30 CEST',
    ]);
  });

  test('both ends of the gap', () => {
    expect(runs({ ...berlin, startingTime: '02:00' }, '2026-03-29T00:00+01:00', 1, BERLIN)).toEqual([
      '2026-03-29 03:00 CEST (02:00 does not exist that night)',
    ]);
    expect(runs({ ...berlin, startingTime: '02:59:59' }, '2026-03-29T00:00+01:00', 1, BERLIN)).toEqual([
      '2026-03-29 03:00 CEST (02:59:59 does not exist that night)',
    ]);
    expect(runs({ ...berlin, startingTime: '03:00' }, '2026-03-29T00:00+01:00', 1, BERLIN)).toEqual([
      '2026-03-29 03:00 CEST',
    ]);
    expect(runs({ ...berlin, startingTime: '01:59:59' }, '2026-03-29T00:00+01:00', 1, BERLIN)).toEqual([
      '2026-03-29 01:59 CET',
    ]);
  });

  test('the points of the missing hour fall together', () => {
    const schedule = { ...berlin, startingTime: '00:00', minutesBetweenRuns: 20 };
    expect(runs(schedule, '2026-03-29T01:20+01:00', 4, BERLIN)).toEqual([
      '2026-03-29 01:40 CET',
      '2026-03-29 03:00 CEST (02:00 does not exist that night)',
      '2026-03-29 03:20 CEST',
      '2026-03-29 03:40 CEST',
    ]);
  });

  test.each<ScheduleInput>([
    { ...berlin, startingTime: '02:15', endingTime: '02:45' },
    { ...berlin, startingTime: '02:15', endingTime: '02:45', minutesBetweenRuns: 2880 },
    { timeZone: 'Europe/Berlin', nextRunDateFormula: '1D', startingTime: '02:15', endingTime: '02:45' },
  ])('a window that does not exist that night is skipped, with a note: %o', (schedule) => {
    expect(runs(schedule, '2026-03-28T12:00+01:00', 1, BERLIN)).toEqual([
      '2026-03-30 02:15 CEST (2026-03-29: 02:15 does not exist that night, skipped: outside window)',
    ]);
    const atThree = new Date('2026-03-29T03:00+02:00');
    expect(isWithinRunWindow(schedule, atThree)).toBe(false);
    expect(initialRunTime(schedule, null, atThree)).toEqual(new Date('2026-03-30T02:15+02:00'));
  });

  test('equal times mean "from then on": what the gap moves still runs', () => {
    for (const intervalFrom of ['starting-time', 'end-of-run'] as const) {
      const schedule = { ...berlin, startingTime: '02:45', endingTime: '02:45', intervalFrom };
      expect(runs(schedule, '2026-03-28T23:50+01:00', 1, BERLIN)).toEqual([
        '2026-03-29 03:00 CEST (02:45 does not exist that night)',
      ]);
    }
  });

  test('the window’s opening sleeps over the gap, at the end of the run too', () => {
    for (const intervalFrom of ['starting-time', 'end-of-run'] as const) {
      const schedule = { ...berlin, startingTime: '02:15', endingTime: '02:45', intervalFrom };
      const midnight = new Date('2026-03-29T00:00+01:00');
      expect(initialRunTime(schedule, null, midnight)).toEqual(new Date('2026-03-30T02:15+02:00'));
    }
  });

  test('minutes from the end of a run are absolute', () => {
    const schedule = { ...berlin, minutesBetweenRuns: 60 };
    expect(runs(schedule, '2026-03-29T01:30+01:00', 2, BERLIN)).toEqual([
      '2026-03-29 03:30 CEST',
      '2026-03-29 04:30 CEST',
    ]);
    const daily = { ...berlin, minutesBetweenRuns: 1440 };
    expect(runs(daily, '2026-03-28T12:00+01:00', 1, BERLIN)).toEqual(['2026-03-29 13:00 CEST']);
  });

  test('a window over midnight and over the gap', () => {
    const schedule = { ...berlin, startingTime: '23:30', endingTime: '03:30', minutesBetweenRuns: 60 };
    expect(runs(schedule, '2026-03-29T00:30+01:00', 3, BERLIN)).toEqual([
      '2026-03-29 01:30 CET',
      '2026-03-29 03:00 CEST (02:30 does not exist that night)',
      '2026-03-29 03:30 CEST',
    ]);
  });
});

describe('Europe/Berlin, 25 October 2026: 02:00 to 03:00 comes twice', () => {
  const berlin = { ...ALL, timeZone: 'Europe/Berlin' } as const;

  test('a nightly run comes once, at the first occurrence', () => {
    expect(runs({ ...berlin, startingTime: '02:30' }, '2026-10-24T12:00+02:00', 2, BERLIN)).toEqual([
      '2026-10-25 02:30 CEST (02:30 comes twice that night, the first one counts)',
      '2026-10-26 02:30 CET',
    ]);
    const finishedBetween = new Date('2026-10-25T02:10+01:00');
    expect(nextRunTime({ ...berlin, startingTime: '02:30' }, finishedBetween)).toEqual(
      new Date('2026-10-26T02:30+01:00'),
    );
  });

  test('the grid pauses in the second hour', () => {
    const schedule = { ...berlin, startingTime: '00:00', minutesBetweenRuns: 30 };
    const twice = 'comes twice that night, the first one counts';
    expect(runs(schedule, '2026-10-25T01:30+02:00', 4, BERLIN)).toEqual([
      `2026-10-25 02:00 CEST (02:00 ${twice})`,
      `2026-10-25 02:30 CEST (02:30 ${twice})`,
      '2026-10-25 03:00 CET',
      '2026-10-25 03:30 CET',
    ]);
    expect(nextRunTime(schedule, new Date('2026-10-25T02:10+01:00'))).toEqual(
      new Date('2026-10-25T03:00+01:00'),
    );
  });

  test('minutes from the end of a run go through both hours', () => {
    expect(runs({ ...berlin, minutesBetweenRuns: 60 }, '2026-10-25T01:30+02:00', 3, BERLIN)).toEqual([
      '2026-10-25 02:30 CEST',
      '2026-10-25 02:30 CET',
      '2026-10-25 03:30 CET',
    ]);
  });

  test('a window that opens again in the second hour lets a first run start then', () => {
    const between = new Date('2026-10-25T02:10+01:00');
    for (const intervalFrom of ['starting-time', 'end-of-run'] as const) {
      const schedule = { ...berlin, startingTime: '02:30', intervalFrom };
      expect(initialRunTime(schedule, null, between)).toEqual(new Date('2026-10-25T02:30+01:00'));
    }
  });

  test('a long grid whose point comes twice outside the window says nothing of it', () => {
    const schedule = { ...berlin, startingTime: '02:30', minutesBetweenRuns: 2880, runOnSundays: false };
    expect(runs(schedule, '2026-10-24T12:00+02:00', 1, BERLIN)).toEqual(['2026-10-26 02:30 CET']);
  });
});

test('Australia/Lord_Howe, 5 April 2026: half an hour comes twice', () => {
  const offsets = { 'GMT+11:00': 'summer', 'GMT+10:30': 'standard' };
  const lordHowe = { ...ALL, timeZone: 'Australia/Lord_Howe' } as const;
  const note = '01:45 comes twice that night, the first one counts';
  expect(runs({ ...lordHowe, startingTime: '01:45' }, '2026-04-04T12:00+11:00', 2, offsets)).toEqual([
    `2026-04-05 01:45 summer (${note})`,
    '2026-04-06 01:45 standard',
  ]);
  expect(runs({ ...lordHowe, minutesBetweenRuns: 30 }, '2026-04-05T01:30+11:00', 2, offsets)).toEqual([
    '2026-04-05 01:30 standard',
    '2026-04-05 02:00 standard',
  ]);
  expect(runs({ ...lordHowe, startingTime: '02:15' }, '2026-10-04T00:00+10:30', 1, offsets)).toEqual([
    '2026-10-04 02:30 summer (02:15 does not exist that night)',
  ]);
});

test('Asia/Kolkata: a half-hour zone without daylight saving', () => {
  const schedule = { ...ALL, timeZone: 'Asia/Kolkata', startingTime: '00:15', minutesBetweenRuns: 45 };
  const found = previewRuns(schedule, new Date('2026-03-28T18:30Z'), 3);
  expect(found.map(({ at }) => at.toISOString())).toEqual([
    '2026-03-28T18:45:00.000Z',
    '2026-03-28T19:30:00.000Z',
    '2026-03-28T20:15:00.000Z',
  ]);
});

test('America/New_York, 8 March and 1 November 2026', () => {
  const offsets = { 'GMT-05:00': 'EST', 'GMT-04:00': 'EDT' };
  const nightly = { ...ALL, timeZone: 'America/New_York', startingTime: '02:30' };
  expect(runs(nightly, '2026-03-07T12:00-05:00', 2, offsets)).toEqual([
    '2026-03-08 03:00 EDT (02:30 does not exist that night)',
    '2026-03-09 02:30 EDT',
  ]);
  expect(runs({ ...nightly, startingTime: '01:30' }, '2026-10-31T12:00-04:00', 2, offsets)).toEqual([
    '2026-11-01 01:30 EDT (01:30 comes twice that night, the first one counts)',
    '2026-11-02 01:30 EST',
  ]);
});

test('Africa/Cairo, 24 April 2026: midnight does not exist', () => {
  const offsets = { 'GMT+02:00': 'EET', 'GMT+03:00': 'EEST' };
  const cairo = { ...ALL, timeZone: 'Africa/Cairo' } as const;
  expect(runs({ ...cairo, minutesBetweenRuns: 0 }, '2026-04-23T12:00+02:00', 2, offsets)).toEqual([
    '2026-04-24 01:00 EEST (00:00 does not exist that night)',
    '2026-04-25 00:00 EEST',
  ]);
  expect(runs({ ...cairo, startingTime: '00:00' }, '2026-04-23T12:00+02:00', 1, offsets)).toEqual([
    '2026-04-24 01:00 EEST (00:00 does not exist that night)',
  ]);
});

test('Pacific/Apia, 30 December 2011: a whole day does not exist', () => {
  const fridays = { runOnFridays: true, timeZone: 'Pacific/Apia', startingTime: '10:00' } as const;
  const from = new Date('2011-12-29T12:00-10:00');
  for (const schedule of [
    fridays,
    { ...fridays, minutesBetweenRuns: 2880 },
    { ...fridays, intervalFrom: 'end-of-run', minutesBetweenRuns: 1440 } as const,
  ]) {
    expect(nextRunTime(schedule, from)).toEqual(new Date('2012-01-06T10:00+14:00'));
  }
});
