import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CompanyCalendar } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { WorkCalendar } from '../permissions/index.ts';
import { hoursText, parseHours } from './company-hours.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { listOf } from './showing.ts';
import { companies } from './verbs.ts';
import { withAdministrator } from './with-caller.ts';

/** How `company calendar` was called. */
export interface CalendarOptions {
  readonly set?: string;
  readonly hours?: readonly string[];
  readonly timeZone?: string;
}

/** Shows the work calendar, or sets it. */
export async function showOrSetCalendar(
  invocation: Invocation,
  name: string,
  { set, hours, timeZone }: CalendarOptions,
): Promise<ExitCode> {
  if (set !== undefined) {
    const file = await calendarOf(set, invocation.surroundings.workingDirectory);
    if (hours === undefined && timeZone === undefined) return change(invocation, name, () => file);
    throw new NightshiftError('VALIDATION', '--set gives all of it: leave out --hours and --time-zone.', {
      field: 'set',
    });
  }
  if (hours === undefined && timeZone === undefined) {
    await withAdministrator(invocation, {}, async (caller) => {
      const calendar = await companies.workCalendar(caller, name);
      invocation.answer(calendar, () => calendarText(calendar));
    });
    return EXIT.ok;
  }
  return change(invocation, name, (calendar) => ({
    ...calendar,
    hours: parseHours(hours ?? [], calendar.hours),
    timeZone: timeZone ?? calendar.timeZone,
  }));
}

/** Adds a holiday, or gives it another name. */
export function addHoliday(
  invocation: Invocation,
  name: string,
  day: string,
  title: string,
): Promise<ExitCode> {
  return change(invocation, name, (calendar) => ({
    ...calendar,
    holidays: [...calendar.holidays.filter((each) => each.day !== day), { day, name: title }],
  }));
}

/** Removes a holiday. */
export function removeHoliday(invocation: Invocation, name: string, day: string): Promise<ExitCode> {
  return change(invocation, name, (calendar) => {
    const holidays = calendar.holidays.filter((each) => each.day !== day);
    if (holidays.length < calendar.holidays.length) return { ...calendar, holidays };
    throw new NightshiftError('VALIDATION', `${day} is no holiday of company ${name}.`, { field: 'day' });
  });
}

/** A calendar for people. */
export function calendarText({ timeZone, hours, holidays }: WorkCalendar): string {
  return listOf([
    ['Work time', `${hoursText(hours)} (${timeZone})`],
    ...(holidays.length === 0
      ? ([['Holidays', 'none']] as const)
      : holidays.map(({ day, name }, at) => [at === 0 ? 'Holidays' : '', `${day} ${name}`] as const)),
  ]);
}

/** What was changed by somebody else in between is not overwritten. */
async function change(
  invocation: Invocation,
  name: string,
  next: (calendar: CompanyCalendar) => WorkCalendar,
): Promise<ExitCode> {
  await withAdministrator(invocation, {}, async (caller) => {
    const before = await companies.workCalendar(caller, name);
    const { version } = before;
    const calendar = await companies.setWorkCalendar(caller, name, next(before), { version });
    invocation.answer(calendar, () => calendarText(calendar));
  });
  return EXIT.ok;
}

async function calendarOf(file: string, workingDirectory: string): Promise<WorkCalendar> {
  try {
    return JSON.parse(await readFile(path.resolve(workingDirectory, file), 'utf8')) as WorkCalendar;
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw new NightshiftError('VALIDATION', `${file} ${why}.`, { field: 'set', cause });
  }
}
