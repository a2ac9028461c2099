import { describe, expect, test } from 'vitest';
import {
  parseDays,
  parseDuration,
  parseInstant,
  parseRange,
  parseSeconds,
  parseWholeNumber,
} from './parsing.ts';

const refusedField = (field: string) => expect.objectContaining({ code: 'VALIDATION', field });

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['45s', 45_000],
    ['30m', 1_800_000],
    ['30min', 1_800_000],
    ['12h', 43_200_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['2D', 172_800_000],
    ['0s', 0],
  ])('%s', (text, ms) => {
    expect(parseDuration(text, 'timeout')).toBe(ms);
  });

  test.each(['', '30', 'm', '1.5h', '-3m', '5w', '1h,2m', '99999999999999999999d'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseDuration(text, 'timeout')).toThrow(refusedField('timeout'));
    },
  );

  test('seconds may be bare, and are whole', () => {
    expect(parseSeconds('90', 'rerunDelaySeconds')).toBe(90);
    expect(parseSeconds('5m', 'rerunDelaySeconds')).toBe(300);
    expect(() => parseSeconds('500ms', 'rerunDelaySeconds')).toThrow(refusedField('rerunDelaySeconds'));
  });
});

describe('numbers', () => {
  test('are whole', () => {
    expect(parseWholeNumber('0', 'minutes')).toBe(0);
    for (const text of ['', '1.5', '-1', '1e3', '0x10', '1234567890123456']) {
      expect(() => parseWholeNumber(text, 'minutes')).toThrow(refusedField('minutes'));
    }
  });

  test('stay in their range', () => {
    const range = { minimum: 1, maximum: 10 };
    expect(parseRange('10', 'limit', range)).toBe(10);
    expect(() => parseRange('0', 'limit', range)).toThrow(refusedField('limit'));
    expect(() => parseRange('11', 'limit', range)).toThrow(refusedField('limit'));
  });
});

describe('weekdays', () => {
  test('by short and by long name', () => {
    expect(parseDays('mon, Tuesday,sundays')).toEqual({
      runOnMondays: true,
      runOnTuesdays: true,
      runOnSundays: true,
    });
  });

  test('all of them, or those of work', () => {
    expect(Object.keys(parseDays('all'))).toHaveLength(7);
    expect(Object.keys(parseDays('weekdays'))).toEqual([
      'runOnMondays',
      'runOnTuesdays',
      'runOnWednesdays',
      'runOnThursdays',
      'runOnFridays',
    ]);
    expect(Object.keys(parseDays('weekdays,sat'))).toHaveLength(6);
  });

  test.each(['', 'mon,', 'montag', 'm'])('refuses "%s"', (text) => {
    expect(() => parseDays(text)).toThrow(refusedField('days'));
  });
});

describe('instants', () => {
  const at = (text: string, zone = 'Europe/Berlin') =>
    parseInstant(text, 'earliestStart', zone).toISOString();

  test('with an offset', () => {
    expect(at('2026-08-01T08:00Z')).toBe('2026-08-01T08:00:00.000Z');
    expect(at('2026-08-01T08:00+02:00')).toBe('2026-08-01T06:00:00.000Z');
    expect(at('2026-08-01T08:00:30.5-0500')).toBe('2026-08-01T13:00:30.500Z');
  });

  test('without one, in the zone', () => {
    expect(at('2026-08-01T08:00')).toBe('2026-08-01T06:00:00.000Z');
    expect(at('2026-01-15 08:00')).toBe('2026-01-15T07:00:00.000Z');
    expect(at('2026-08-01', 'UTC')).toBe('2026-08-01T00:00:00.000Z');
  });

  test('in the gap of summer time the first instant after it, in the overlap the first of the two', () => {
    expect(at('2026-03-29T02:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(at('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z');
  });

  test.each(['', 'tomorrow', '2026-13-01', '2026-08-01T25:00', '1785542400'])('refuses "%s"', (text) => {
    expect(() => at(text)).toThrow(refusedField('earliestStart'));
  });

  test('an unknown zone is the fault of the zone', () => {
    expect(() => at('2026-08-01', 'Mars/Olympus')).toThrow(refusedField('timeZone'));
  });
});
