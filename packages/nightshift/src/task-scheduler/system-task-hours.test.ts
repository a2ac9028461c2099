import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import { parseTimeOfDay, untilSystemTaskHoursMs } from './system-task-hours.ts';

const hours = (start: string, end: string) => ({
  taskSchedulerSystemTaskStartTime: start,
  taskSchedulerSystemTaskEndTime: end,
});
/** In the time zone of this process, whichever that is. */
const at = (time: string) => new Date(`2026-03-10T${time}`);
const until = (start: string, end: string, time: string) =>
  untilSystemTaskHoursMs(hours(start, end), at(time));

describe('a time of day', () => {
  test('has hours and minutes, and may have seconds', () => {
    expect(parseTimeOfDay('00:00')).toBe(0);
    expect(parseTimeOfDay('23:59:59')).toBe(24 * HOUR_MS - SECOND_MS);
    expect(parseTimeOfDay('07:30')).toBe(7 * HOUR_MS + 30 * MINUTE_MS);
  });

  test.each(['', '24:00', '7:30', '07:60', '07:30:60', '07:30 ', '07-30', '٠٧:٣٠'])('is not %j', (text) => {
    expect(() => parseTimeOfDay(text)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('the hours of system tasks', () => {
  test('by default are the whole day', () => {
    for (const time of ['00:00:00', '12:00:00', '23:59:59.999'])
      expect(until('00:00:00', '23:59:59', time)).toBe(0);
  });

  test('begin at their start, and last to the end of the last second', () => {
    expect(until('22:00', '23:00', '21:59:59.999')).toBe(1);
    expect(until('22:00', '23:00', '22:00:00')).toBe(0);
    expect(until('22:00', '23:00', '23:00:00.999')).toBe(0);
    expect(until('22:00', '23:00', '23:00:01')).toBe(23 * HOUR_MS - SECOND_MS);
  });

  test('may go over midnight', () => {
    expect(until('22:00', '04:00', '23:30')).toBe(0);
    expect(until('22:00', '04:00', '03:59:59')).toBe(0);
    expect(until('22:00', '04:00', '04:00:01')).toBe(18 * HOUR_MS - SECOND_MS);
    expect(until('22:00', '04:00', '21:00')).toBe(HOUR_MS);
  });

  test('of one second are one second', () => {
    expect(until('12:00:00', '12:00:00', '12:00:00.5')).toBe(0);
    expect(until('12:00:00', '12:00:00', '12:00:01')).toBe(24 * HOUR_MS - SECOND_MS);
  });
});
