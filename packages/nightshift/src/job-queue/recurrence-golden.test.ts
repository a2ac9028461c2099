import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { initialRunTime, nextRunTime } from './recurrence.ts';
import { type ScheduleInput, WEEKDAY_FIELDS } from './schedule.ts';

/**
 * Reference §2.6, row by row. Days are ISO numbers (1 = Monday); a time of day is on 2012-01-01, a Sunday; `-` = blank,
 * and nothing in the last column = not stated.
 * minutes or formula | days | starting time | ending time | earliest start | from (finish, now) | next | initial
 */
const BUSINESS_CENTRAL = `
  60    | 1234567 | -        | -        | -                | 13:00            | 14:00            | 13:00
  0     | 1234567 | -        | -        | -                | 13:00            | 2012-01-02T00:00 | 13:00
  0     | 1234567 | -        | -        | 09:00            | 13:00            | 2012-01-02T00:00 | 13:00
  0     | 1234567 | 10:00    | -        | 09:00            | 13:00            | 2012-01-02T10:00 | 13:00
  0     | 7       | -        | -        | -                | 13:00            | 2012-01-08T00:00 | 13:00
  0     | 7       | -        | -        | 09:00            | 13:00            | 2012-01-08T00:00 | 13:00
  0     | 7       | 10:00    | -        | -                | 13:00            | 2012-01-08T10:00 | 13:00
  30    | 1234567 | -        | -        | -                | 23:30            | 2012-01-02T00:00 | 23:30
  2880  | 1234567 | -        | -        | -                | 23:30            | 2012-01-03T23:30 | 23:30
  60    | 1234567 | -        | -        | -                | 23:30            | 2012-01-02T00:30 | 23:30
  60    | 1234567 | 10:00    | -        | -                | 23:30            | 2012-01-02T10:00 | 23:30
  60    | 34567   | 10:00    | -        | -                | 23:30            | 2012-01-04T10:00 | 23:30
  60    | 34567   | -        | -        | -                | 23:30            | 2012-01-04T00:00 | 23:30
  60    | 34567   | 00:15    | -        | -                | 23:30            | 2012-01-04T00:15 | 23:30
  30    | 1234567 | -        | 13:30    | -                | 13:00            | 13:30            | 13:00
  60    | 1234567 | -        | 13:30    | -                | 13:00            | 2012-01-02T00:00 | 13:00
  60    | 1234567 | 10:00    | 13:30    | -                | 13:00            | 2012-01-02T10:00 | 13:00
  60    | 34567   | 10:00    | 13:30    | -                | 13:00            | 2012-01-04T10:00 | 13:00
  60    | 356     | 13:00    | 13:30    | -                | 12:00            | 2012-01-04T13:00 | 2012-01-04T13:00
  60    | 356     | 13:00    | 13:30    | -                | 2012-01-04T13:00 | 2012-01-06T13:00 |
  5     | 123456  | 11:00    | 12:00    | -                | 2015-01-05T09:00 | 2015-01-05T11:00 | 2015-01-05T11:00
  10    | 1234567 | 22:00    | 02:00    | -                | 23:55            | 2012-01-02T00:05 | 23:55
  10    | 1234567 | 22:00    | 02:00    | -                | 20:00            | 22:00            | 22:00
  0     | 1234567 | 23:59:50 | 23:59:59 | 23:59:50         | 2012-01-02T00:00:10 | 2012-01-02T23:59:50 | 2012-01-02T23:59:50
  43200 | 1234567 | -        | -        | -                | 23:30            | 2012-01-31T23:30 | 23:30
  1D+CM | -       | 11:00    | -        | 2012-03-31T13:00 | 2012-03-31T13:00 | 2012-04-30T11:00 | 2012-03-31T13:00`;

/** What a better system should fix (reference §2.6, second table), and three rows of our own for §2.4. */
const PECULIAR = `
  1440  | 1234567 | 02:00    | -        | -                | 02:10            | 2012-01-02T02:10 |
  1440  | 1234567 | 02:00    | -        | -                | 2012-01-02T02:20 | 2012-01-03T02:20 |
  1440  | 1234567 | 02:00    | 02:30    | -                | 02:31            | 2012-01-03T02:00 |
  1440  | 1234567 | 09:00    | 09:00    | -                | 09:01            | 2012-01-03T09:00 |
  60    | 1234567 | 08:00    | 17:00    | -                | 16:00:30         | 2012-01-02T08:00 |
  60    | 7       | 22:00    | 01:00    | -                | 23:30            | 2012-01-08T00:30 |
  30    | 12345   | 22:00    | 02:00    | -                | 2012-01-06T23:45 | 2012-01-09T00:15 |
  60    | 7       | 00:00    | -        | -                | 23:30            | 2012-01-08T00:00 |
  10    | 7       | 22:00    | 02:00    | -                | 2012-01-02T12:00 | 2012-01-08T22:00 |
  10    | 7       | 22:00    | 02:00    | -                | 2012-01-02T23:00 | 2012-01-08T22:00 |`;

/** Ours: the first grid point after the finish. Over a day the grid counts from 2000-01-01; 2012-01-02 is day 4384. */
const GRID = `
  1440  | 1234567 | 02:00    | -        | -                | 02:10            | 2012-01-02T02:00 |
  1440  | 1234567 | 02:00    | -        | -                | 02:00            | 2012-01-02T02:00 |
  0     | 1234567 | 02:00    | -        | -                | 01:59:59.999     | 02:00            |
  1440  | 1234567 | 02:00    | 02:30    | -                | 02:31            | 2012-01-02T02:00 |
  1440  | 1234567 | 09:00    | 09:00    | -                | 09:01            | 2012-01-02T09:00 |
  60    | 1234567 | 09:00    | 09:00    | -                | 09:01            | 10:00            |
  60    | 1234567 | 08:00    | 17:00    | -                | 16:00:30         | 17:00            |
  60    | 1234567 | 08:00    | 17:00    | -                | 17:00            | 2012-01-02T08:00 |
  60    | 1234567 | 08:00    | 17:00    | -                | 03:00            | 08:00            |
  7     | 1234567 | 08:00:30 | -        | -                | 08:08            | 08:14:30         |
  60    | 7       | 22:00    | 01:00    | -                | 23:30            | 2012-01-02T00:00 |
  60    | 7       | 22:00    | 01:00    | -                | 2012-01-02T00:00 | 2012-01-02T01:00 |
  60    | 7       | 22:00    | 01:00    | -                | 2012-01-02T01:00 | 2012-01-08T22:00 |
  60    | 7       | 22:00    | 01:00    | -                | 2012-01-07T23:30 | 2012-01-08T22:00 |
  30    | 12345   | 22:00    | 02:00    | -                | 2012-01-06T23:45 | 2012-01-07T00:00 |
  30    | 12345   | 22:00    | 02:00    | -                | 2012-01-09T00:15 | 2012-01-09T22:00 |
  45    | 1234567 | 22:00    | 00:00    | -                | 23:00            | 23:30            |
  45    | 1234567 | 22:00    | 00:00    | -                | 23:30            | 2012-01-02T22:00 |
  60    | 1234567 | -        | 02:30    | -                | 01:10            | 02:00            |
  60    | 1234567 | -        | 02:30    | -                | 02:10            | 2012-01-02T00:00 |
  1000  | 1234567 | 06:00    | -        | -                | 07:00            | 22:40            |
  1000  | 1234567 | 06:00    | -        | -                | 22:40            | 2012-01-02T06:00 |
  2880  | 1234567 | 02:00    | -        | -                | 01:00            | 2012-01-02T02:00 |
  2880  | 1234567 | 02:00    | -        | -                | 2012-01-02T02:00 | 2012-01-04T02:00 |
  2880  | 1234567 | 02:00    | -        | -                | 2012-01-03T23:00 | 2012-01-04T02:00 |
  2880  | 1234567 | 02:00    | -        | -                | 1999-12-30T23:00 | 2000-01-01T02:00 |
  2880  | 2       | 02:00    | -        | -                | 2012-01-02T02:00 | 2012-01-03T02:00 |
  10080 | 1       | 02:00    | -        | -                | 2012-01-02T02:10 | 2012-01-09T02:00 |
  20160 | 1       | 02:00    | -        | -                | 2012-01-02T02:10 | 2012-01-16T02:00 |
  2160  | 1234567 | 02:00    | 03:00    | -                | 12:00            | 2012-01-03T02:00 |
  43200 | 1234567 | -        | -        | -                | 23:30            | 2012-01-28T00:00 |`;

interface Vector {
  readonly row: string;
  readonly schedule: ScheduleInput;
  readonly earliest: string | null;
  readonly from: string;
  readonly next: string;
  readonly initial: string | null;
}

function vectors(table: string): Vector[] {
  return table
    .trim()
    .split('\n')
    .map((row) => {
      const [rule, days, start, end, earliest, from, next, initial] = row
        .split('|')
        .map((cell) => cell.trim());
      const isFormula = /D/.test(rule!);
      const schedule: ScheduleInput = {
        ...Object.fromEntries(
          WEEKDAY_FIELDS.map((field, index) => [field, days!.includes(String(index + 1))]),
        ),
        minutesBetweenRuns: isFormula ? 0 : Number(rule),
        nextRunDateFormula: isFormula ? rule : null,
        startingTime: start === '-' ? null : start,
        endingTime: end === '-' ? null : end,
      };
      return {
        row: row.replace(/ +/g, ' ').trim(),
        schedule,
        earliest: earliest === '-' ? null : earliest!,
        from: from!,
        next: next!,
        initial: initial || null,
      };
    });
}

function at(local: string, zone: string): Date {
  const dated = local.includes('T') ? local : `2012-01-01T${local}`;
  return new Date(Temporal.PlainDateTime.from(dated).toZonedDateTime(zone).epochMilliseconds);
}

describe.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/New_York'])('in %s', (zone) => {
  test.each(vectors(BUSINESS_CENTRAL + PECULIAR))(
    'end of run: $row',
    ({ schedule, earliest, from, next }) => {
      const rule = { ...schedule, intervalFrom: 'end-of-run' } as const;
      const after = earliest === null ? null : at(earliest, zone);
      expect(nextRunTime(rule, at(from, zone), zone, after)).toEqual(at(next, zone));
      expect(nextRunTime({ ...rule, timeZone: zone }, at(from, zone), undefined, after)).toEqual(
        at(next, zone),
      );
    },
  );

  const withInitial = vectors(BUSINESS_CENTRAL).filter(({ initial }) => initial !== null);
  test.each(withInitial)('initial: $row', ({ schedule, earliest, from, initial }) => {
    for (const intervalFrom of ['end-of-run', 'starting-time'] as const) {
      const after = earliest === null ? null : at(earliest, zone);
      const first = initialRunTime({ ...schedule, intervalFrom }, after, at(from, zone), zone);
      expect(first).toEqual(at(initial!, zone));
    }
  });

  test.each(vectors(GRID))('starting time: $row', ({ schedule, from, next }) => {
    const found = nextRunTime({ ...schedule, intervalFrom: 'starting-time' }, at(from, zone), zone);
    expect(found).toEqual(at(next, zone));
  });
});
