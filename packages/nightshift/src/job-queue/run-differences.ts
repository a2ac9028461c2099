import { describeDuration } from '../foundation/index.ts';
import type { Codeunit } from '../session/index.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { isWithinRunWindow } from './recurrence.ts';

/** In what a run in the foreground differs from one of the entry in the background. */
export interface RunDifference {
  readonly what: 'user' | 'guiAllowed' | 'category' | 'window' | 'timeout' | 'isolation';
  /** How it was now. */
  readonly foreground: string;
  /** How it would be. */
  readonly background: string;
}

/** What the platform gives every session in the foreground. */
const FOREGROUND_TIMEOUT = '12 h';

/**
 * What makes a run before a person another one than those that the schedule starts: what works here may fail there, and the
 * other way round.
 * @param users by name: the caller, and as whom the entry runs
 */
export function runDifferences(
  entry: JobQueueEntry,
  target: Pick<Codeunit<unknown, unknown>, 'isolation'>,
  users: { readonly caller: string; readonly runAs: string },
  now: Date,
): readonly RunDifference[] {
  const { category, schedule, timeout } = entry;
  const inWindow = isWithinRunWindow(schedule, now, schedule.timeZone);
  const timeoutText = describeDuration(timeout);
  const { caller, runAs } = users;
  const all: readonly (RunDifference | null)[] = [
    caller === runAs ? null : { what: 'user', foreground: caller, background: runAs },
    { what: 'guiAllowed', foreground: 'true', background: 'false' },
    category === null
      ? null
      : { what: 'category', foreground: 'did not wait for others', background: `takes turns in ${category}` },
    inWindow
      ? null
      : { what: 'window', foreground: 'was closed', background: `runs only from ${hoursOf(entry)}` },
    timeoutText === FOREGROUND_TIMEOUT
      ? null
      : { what: 'timeout', foreground: FOREGROUND_TIMEOUT, background: timeoutText },
    target.isolation === 'main'
      ? null
      : { what: 'isolation', foreground: 'main', background: target.isolation },
  ];
  return all.filter((difference) => difference !== null);
}

function hoursOf({ schedule: { startingTime, endingTime, timeZone } }: JobQueueEntry): string {
  return `${startingTime ?? '00:00'} to ${endingTime ?? '24:00'} ${timeZone}`;
}
