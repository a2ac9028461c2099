import { Cron } from 'croner';
import { NightshiftError } from '../foundation/index.ts';

/** Longest cron pattern, in characters. */
export const CRON_LENGTH_MAX = 100;
/** Patterns that were read are remembered, up to so many. */
const PATTERNS_MAX = 1_000;

const patterns = new Map<string, Cron>();
/** Those that come: found out once, since every schedule is checked each time that it is used. */
const coming = new WeakSet<Cron>();

/**
 * Checks a cron pattern: five fields (minute, hour, day of month, month, weekday), or six with seconds in front; with
 * lists, ranges, steps, names (`MON`, `JAN`), `L`, `W` and `#`. Of day of month and weekday, when both are set, one is
 * enough.
 * @throws NightshiftError VALIDATION, field `cron`: it cannot be read, or never comes
 */
export function checkCron(pattern: string): void {
  const cron = patternOf(pattern);
  if (coming.has(cron)) return;
  if (cron.nextRun(new Date(0)) === null) throw refuse(`The cron pattern "${pattern}" never comes.`);
  coming.add(cron);
}

/** The first time of the pattern strictly after `wall`, both as if they were UTC; null when it comes no more. */
export function nextCronTime(pattern: string, wall: Date): Date | null {
  return patternOf(pattern).nextRun(wall);
}

function patternOf(pattern: string): Cron {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  if (typeof pattern !== 'string' || pattern.length > CRON_LENGTH_MAX) {
    throw refuse(`A cron pattern is text of at most ${CRON_LENGTH_MAX} characters.`);
  }
  const cron = read(pattern);
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(pattern, cron);
  return cron;
}

function read(pattern: string): Cron {
  // `?` would mean the moment at which the pattern is read, and nicknames hide what they mean from whoever reads on.
  if (/[?@]/.test(pattern)) throw refuse('A cron pattern is written with fields, without ? and nicknames.');
  try {
    return new Cron(pattern, { timezone: 'UTC', paused: true, mode: '5-or-6-parts' });
  } catch (cause) {
    const sentence = `The cron pattern "${pattern}" cannot be read; write five fields such as "30 2 * * MON-FRI".`;
    throw refuse(sentence, cause);
  }
}

function refuse(sentence: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', sentence, { field: 'cron', cause });
}
