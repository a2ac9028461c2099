import { HOUR_MS, MINUTE_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

const DAY_MS = 24 * HOUR_MS;

/** When the platform's own housekeeping may run, as times of day in the time zone of the server. */
export interface SystemTaskHours {
  /** `HH:mm[:ss]`. */
  readonly taskSchedulerSystemTaskStartTime: string;
  /** `HH:mm[:ss]`, inclusive; earlier than the start: of the next day. */
  readonly taskSchedulerSystemTaskEndTime: string;
}

/** A time of day in milliseconds since midnight. @throws NightshiftError VALIDATION when it is not `HH:mm[:ss]` */
export function parseTimeOfDay(text: string): number {
  const found = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (found === null) {
    throw new NightshiftError('VALIDATION', 'A time of day has the form HH:mm or HH:mm:ss.', {
      field: 'time',
    });
  }
  const [, hours, minutes, seconds = '0'] = found;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
}

/**
 * Milliseconds from `now` until housekeeping may run; 0 within its hours. Wall-clock time of this process's zone: on the
 * days on which that zone changes its clocks the answer may be off by the change, and is asked for again then.
 */
export function untilSystemTaskHoursMs(hours: SystemTaskHours, now: Date): number {
  const start = parseTimeOfDay(hours.taskSchedulerSystemTaskStartTime);
  // Inclusive: its whole second belongs to it.
  const end = parseTimeOfDay(hours.taskSchedulerSystemTaskEndTime) + SECOND_MS;
  const time =
    now.getHours() * HOUR_MS +
    now.getMinutes() * MINUTE_MS +
    now.getSeconds() * SECOND_MS +
    now.getMilliseconds();
  const isOpen = start < end ? time >= start && time < end : time >= start || time < end;
  return isOpen ? 0 : (start - time + DAY_MS) % DAY_MS;
}
