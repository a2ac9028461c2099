import { Temporal } from 'temporal-polyfill';
import { NightshiftError } from '../foundation/index.ts';

/** Longest date formula in characters, brackets and blanks included (the size of the field in Business Central). */
export const DATE_FORMULA_LENGTH_MAX = 32;

/** Largest number of one term, as in Business Central: `9999D` is the longest step. */
export const DATE_FORMULA_NUMBER_MAX = 9999;

/** A calendar unit: day, week (Monday to Sunday), month, quarter, year. */
export type DateUnit = 'D' | 'W' | 'M' | 'Q' | 'Y';

/** One term of a parsed formula. `direction` is 1 for `+` or no sign, -1 for `-`. */
export type DateFormulaTerm =
  | { readonly kind: 'step'; readonly count: number; readonly unit: DateUnit; readonly direction: 1 | -1 }
  | { readonly kind: 'current'; readonly unit: DateUnit; readonly direction: 1 | -1 }
  | { readonly kind: 'weekday'; readonly weekday: number; readonly direction: 1 | -1 }
  | { readonly kind: 'month-day'; readonly day: number; readonly direction: 1 | -1 };

const TERM =
  /(?<sign>[+-])? *(?:(?<count>\d+) *(?<unit>[DWMQY])|C *(?<current>[DWMQY])|(?<at>WD|D) *(?<number>\d+)) */y;
const BLANKS = /[\t\u00a0]/g;
const CALENDAR_DAY = /^(?!0000)\d{4}-\d{2}-\d{2}$/;
const YEAR_MAX = 9999;

function invalid(formula: string, place: number, problem: string, hint: string): NightshiftError {
  const shown = formula.slice(0, DATE_FORMULA_LENGTH_MAX);
  return new NightshiftError(
    'DATE_FORMULA_INVALID',
    `The date formula "${shown}" is wrong at character ${place}: ${problem}. ${hint}`,
    { field: 'nextRunDateFormula', details: { position: place, hint } },
  );
}

/**
 * Reads a date formula in English notation: terms `30D`, `2W`, `1M`, `1Q`, `1Y` (a step of 0 to 9999 units),
 * `CD CW CM CQ CY` (end of the current unit; with `-` its first day), `WD1`–`WD7` (next Monday … Sunday) and
 * `D1`–`D31` (next such day of a month), each with an optional `+` or `-`, one after another.
 * Letters of either case, blanks between the parts and a surrounding `<…>` are accepted.
 * Unlike Business Central there is no limit of three terms; an empty formula is refused.
 *
 * @throws NightshiftError `DATE_FORMULA_INVALID`, field `nextRunDateFormula`, with the place (`details.position`,
 * counted from 1) and a hint; also when the text is longer than 32 characters.
 */
export function parseDateFormula(formula: string): readonly DateFormulaTerm[] {
  if (typeof formula !== 'string') {
    throw invalid(String(typeof formula), 1, 'it is not a text', 'Write a text such as 1D+CM.');
  }
  if (formula.length > DATE_FORMULA_LENGTH_MAX) {
    const hint = `Use at most ${DATE_FORMULA_LENGTH_MAX} characters.`;
    throw invalid(formula, DATE_FORMULA_LENGTH_MAX + 1, 'it is too long', hint);
  }
  const text = formula.replace(BLANKS, ' ').toUpperCase().trimEnd();
  const { from, to } = body(formula, text);
  const terms: DateFormulaTerm[] = [];
  TERM.lastIndex = from;
  let place = from;
  while (place < to) {
    const match = TERM.exec(text);
    if (match === null) throw wrongTerm(formula, text.slice(0, to), place);
    terms.push(termOf(formula, match, place));
    place = TERM.lastIndex;
  }
  if (terms.length === 0) throw invalid(formula, from + 1, 'it is empty', 'Write a term such as 1D or CM.');
  return terms;
}

/** Where the terms begin and end in `text`: without leading blanks and angle brackets. */
function body(formula: string, text: string): { from: number; to: number } {
  const start = text.length - text.trimStart().length;
  const opened = text[start] === '<';
  const closed = text.endsWith('>');
  if (opened && !closed)
    throw invalid(formula, text.length + 1, 'a ">" is missing', 'Close the bracket, or use none.');
  if (closed && !opened)
    throw invalid(formula, start + 1, 'a "<" is missing', 'Open the bracket, or use none.');
  if (!opened) return { from: start, to: text.length };
  const inner = text.slice(start + 1);
  return { from: start + 1 + inner.length - inner.trimStart().length, to: text.length - 1 };
}

function termOf(formula: string, match: RegExpExecArray, place: number): DateFormulaTerm {
  const { sign, count, unit, current, at, number } = match.groups as Record<string, string | undefined>;
  const direction = sign === '-' ? -1 : 1;
  if (current !== undefined) return { kind: 'current', unit: current as DateUnit, direction };
  if (count !== undefined) {
    const steps = Number(count);
    if (steps <= DATE_FORMULA_NUMBER_MAX)
      return { kind: 'step', count: steps, unit: unit as DateUnit, direction };
    throw invalid(formula, place + 1, `${count} is too large`, `Use at most ${DATE_FORMULA_NUMBER_MAX}.`);
  }
  const value = Number(number);
  if (at === 'WD') {
    if (value >= 1 && value <= 7) return { kind: 'weekday', weekday: value, direction };
    throw invalid(formula, place + 1, `there is no weekday ${value}`, 'Use WD1 (Monday) to WD7 (Sunday).');
  }
  if (value >= 1 && value <= 31) return { kind: 'month-day', day: value, direction };
  throw invalid(
    formula,
    place + 1,
    `no month has a day ${value}`,
    'Use D1 to D31; for a number of days write 40D.',
  );
}

/** Says what is wrong with the term that starts at `place`; the most helpful guess first. */
function wrongTerm(formula: string, text: string, place: number): NightshiftError {
  const rest = text.slice(place);
  const unitFirst = /^[+-]? *([WMQY]) *(\d+)/.exec(rest);
  if (unitFirst !== null) {
    const [, unit, number] = unitFirst;
    return invalid(
      formula,
      place + 1,
      `${unit}${number} has no meaning`,
      `For a number of units write ${number}${unit}.`,
    );
  }
  if (/^[+-]? *\d+ *$/.test(rest)) {
    return invalid(formula, text.length + 1, 'a unit is missing', 'Add D, W, M, Q or Y after the number.');
  }
  if (/^[+-]? *$/.test(rest)) {
    return invalid(formula, text.length + 1, 'a term is missing', 'Write a term such as 1D after the sign.');
  }
  const good = /^[+-]? *(?:\d+ *|C *|WD? *|[DMQY] *)?/.exec(rest) as RegExpExecArray;
  const hint = 'Write terms such as 1D, 2W, CM, WD3 or D15, joined by + or -.';
  return invalid(formula, place + good[0].length + 1, 'a term cannot be read', hint);
}

/**
 * The day a formula leads to from `day` ('YYYY-MM-DD'), term by term from left to right, as Business Central does.
 *
 * - A step to a shorter month ends on its last day: 31 January + 1M = 28 or 29 February; 29 February + 1Y = 28 February.
 * - `CW` is the Sunday of the week (weeks start on Monday), `CM CQ CY` the last day of the period, `CD` the day itself;
 *   with `-` the first day of the period.
 * - `WDn` is the next such weekday strictly after the day, `-WDn` the last one strictly before it.
 * - `Dn` is the next n-th of a month strictly after the day, `-Dn` the last one strictly before it. Our rule: in a
 *   month that is too short for n, its last day counts as the n-th.
 *
 * A greater `day` never leads to a smaller result.
 *
 * @throws NightshiftError `DATE_FORMULA_INVALID` for a bad formula, or when a term leaves the years 1–9999;
 * `VALIDATION`, field `day`, when `day` is not a calendar day of the years 1–9999.
 */
export function evaluateDateFormula(formula: string, day: string): string {
  return applyDateFormula(formula, parseDateFormula(formula), calendarDay(day)).toString();
}

/** The same as {@link evaluateDateFormula}, for a formula that is parsed already; `formula` is for the error text. */
export function applyDateFormula(
  formula: string,
  terms: readonly DateFormulaTerm[],
  day: Temporal.PlainDate,
): Temporal.PlainDate {
  let result = day;
  for (const term of terms) {
    result = applyTerm(term, result);
    if (result.year < 1 || result.year > YEAR_MAX) {
      throw invalid(formula, 1, `it leaves the years 1 to ${YEAR_MAX} from ${day}`, 'Use a smaller number.');
    }
  }
  return result;
}

function calendarDay(text: string): Temporal.PlainDate {
  if (!CALENDAR_DAY.test(text)) throw notADay();
  try {
    return Temporal.PlainDate.from(text);
  } catch (cause) {
    throw notADay(cause);
  }
}

function notADay(cause?: unknown): NightshiftError {
  const sentence = 'The day must be a calendar day of the years 1 to 9999, such as 2026-03-29.';
  return new NightshiftError('VALIDATION', sentence, { field: 'day', cause });
}

function applyTerm(term: DateFormulaTerm, day: Temporal.PlainDate): Temporal.PlainDate {
  switch (term.kind) {
    case 'step':
      return step(day, term.direction * term.count, term.unit);
    case 'current':
      return term.direction === 1 ? endOf(day, term.unit) : startOf(day, term.unit);
    case 'weekday':
      return term.direction === 1
        ? day.add({ days: ((term.weekday - day.dayOfWeek + 6) % 7) + 1 })
        : day.subtract({ days: ((day.dayOfWeek - term.weekday + 6) % 7) + 1 });
    case 'month-day':
      return dayOfMonth(day, term.day, term.direction);
  }
}

function step(day: Temporal.PlainDate, count: number, unit: DateUnit): Temporal.PlainDate {
  switch (unit) {
    case 'D':
      return day.add({ days: count });
    case 'W':
      return day.add({ weeks: count });
    case 'M':
      return day.add({ months: count });
    case 'Q':
      return day.add({ months: 3 * count });
    case 'Y':
      return day.add({ years: count });
  }
}

function startOf(day: Temporal.PlainDate, unit: DateUnit): Temporal.PlainDate {
  switch (unit) {
    case 'D':
      return day;
    case 'W':
      return day.subtract({ days: day.dayOfWeek - 1 });
    case 'M':
      return day.with({ day: 1 });
    case 'Q':
      return day.with({ day: 1, month: day.month - ((day.month - 1) % 3) });
    case 'Y':
      return day.with({ day: 1, month: 1 });
  }
}

function endOf(day: Temporal.PlainDate, unit: DateUnit): Temporal.PlainDate {
  return step(startOf(day, unit), 1, unit).subtract({ days: 1 });
}

function dayOfMonth(day: Temporal.PlainDate, number: number, direction: 1 | -1): Temporal.PlainDate {
  const here = day.with({ day: number });
  if (Temporal.PlainDate.compare(here, day) === direction) return here;
  return day.with({ day: 1 }).add({ months: direction }).with({ day: number });
}
