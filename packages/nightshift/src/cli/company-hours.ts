import { NightshiftError } from '../foundation/index.ts';
import type { Weekday, WorkingHours } from '../permissions/index.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const LAST_WORKING_DAY = 5;
const INTERVAL = /^(?<from>\d{1,2}:\d\d)-(?<to>\d{1,2}:\d\d)$/;

/**
 * Working hours as people type them, such as `mon-fri=08:00-12:00,13:00-17:00` and `sat=`. Days that are not named keep what
 * they had; `all=` is around the clock.
 * @throws NightshiftError VALIDATION naming `hours`
 */
export function parseHours(
  texts: readonly string[],
  before: readonly WorkingHours[],
): readonly WorkingHours[] {
  return texts.reduce((hours, text) => {
    const [days = '', times, ...rest] = text.split('=');
    if (times === undefined || rest.length > 0) throw refused(text);
    const named = new Set(days.split(',').flatMap((word) => daysOf(word.trim().toLowerCase(), text)));
    const intervals =
      times.trim() === '' ? [] : times.split(',').map((each) => intervalOf(each.trim(), text));
    return [
      ...hours.filter(({ weekday }) => !named.has(weekday)),
      ...[...named].flatMap((weekday) => intervals.map((interval) => ({ weekday, ...interval }))),
    ];
  }, before);
}

/** The same, to be read: `mon-fri 08:00–17:00, sat 09:00–12:00`. */
export function hoursText(hours: readonly WorkingHours[]): string {
  if (hours.length === 0) return 'around the clock';
  const perDay = DAYS.map((_, at) =>
    hours
      .filter(({ weekday }) => weekday === at + 1)
      .map(({ from, to }) => `${from}–${to}`)
      .join(' and '),
  );
  const parts: string[] = [];
  for (let first = 0; first < DAYS.length; ) {
    let last = first;
    while (last + 1 < DAYS.length && perDay[last + 1] === perDay[first]) last++;
    const days = first === last ? DAYS[first] : `${DAYS[first]}–${DAYS[last]}`;
    if (perDay[first] !== '') parts.push(`${days} ${perDay[first]}`);
    first = last + 1;
  }
  return parts.join(', ');
}

function daysOf(word: string, text: string): readonly Weekday[] {
  const all: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
  if (word === 'all') return all;
  if (word === 'weekdays') return all.slice(0, LAST_WORKING_DAY);
  const [first, last] = word.split('-').map((name) => DAYS.indexOf(name as (typeof DAYS)[number]) + 1);
  if (first === undefined || first === 0 || last === 0 || !/^[a-z]+(?:-[a-z]+)?$/.test(word))
    throw refused(text);
  if (last === undefined) return all.filter((day) => day === first);
  // From Saturday to Monday is three days, too.
  return all.filter((day) => (first <= last ? day >= first && day <= last : day >= first || day <= last));
}

function intervalOf(word: string, text: string): Pick<WorkingHours, 'from' | 'to'> {
  const { from, to } = INTERVAL.exec(word)?.groups ?? {};
  if (from === undefined || to === undefined) throw refused(text);
  return { from: from.padStart('00:00'.length, '0'), to: to.padStart('00:00'.length, '0') };
}

function refused(text: string): NightshiftError {
  return new NightshiftError(
    'VALIDATION',
    `"${text}" is not understood; write mon-fri=08:00-17:00, or sat= for none.`,
    { field: 'hours' },
  );
}
