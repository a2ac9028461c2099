// Cron patterns of five fields, read anew and tried minute by minute.

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Whether a field allows a number: lists of `*`, numbers and ranges, with steps; weekdays by name, too. */
function allows(field: string, value: number, from: number, to: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [first = '', last = first] = range === '*' ? [`${from}`, `${to}`] : range.split('-');
    const [low, high] = [first, last].map((text) =>
      NAMES.includes(text) ? NAMES.indexOf(text) : Number(text),
    );
    return value >= Number(low) && value <= Number(high) && (value - Number(low)) % Number(step) === 0;
  });
}

const known = new Map<string, readonly number[]>();

function timesOfDay(minute: string, hour: string): readonly number[] {
  const name = `${minute} ${hour}`;
  const times =
    known.get(name) ??
    Array.from({ length: DAY_MS / MINUTE_MS }, (_, at) => at)
      .filter((at) => allows(hour, Math.floor(at / 60), 0, 23) && allows(minute, at % 60, 0, 59))
      .map((at) => at * MINUTE_MS);
  known.set(name, times);
  return times;
}

/** The wall-clock times of a pattern that follow on `wall`, one after another. */
export function* slowCronTimes(pattern: string, wall: number): Generator<number> {
  const [minute = '', hour = '', dayOfMonth = '', month = '', weekday = ''] = pattern.split(' ');
  const times = timesOfDay(minute, hour);
  const onDay = (day: Date) => {
    if (!allows(month, day.getUTCMonth() + 1, 1, 12)) return false;
    const byMonth = allows(dayOfMonth, day.getUTCDate(), 1, 31);
    const byWeek = allows(weekday, day.getUTCDay(), 0, 6);
    return dayOfMonth === '*' || weekday === '*' ? byMonth && byWeek : byMonth || byWeek;
  };
  for (let day = Math.floor(wall / DAY_MS) * DAY_MS; ; day += DAY_MS) {
    if (!onDay(new Date(day))) continue;
    for (const time of times) if (day + time > wall) yield day + time;
  }
}
