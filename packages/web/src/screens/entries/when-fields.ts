import { DAY_FIELDS, type EntryField, LIMIT_FIELDS, TIME_FIELDS, WHAT_FIELDS } from './entry-fields.ts';
import type { ENTRY_TEXTS } from './entry-texts.ts';
import type { Draft } from './use-entry-edit.ts';

/** How often a new entry is to run. */
export type Preset = keyof typeof ENTRY_TEXTS.wizard.presets;

const ALL = new Map(
  [...WHAT_FIELDS, ...LIMIT_FIELDS, ...DAY_FIELDS, ...TIME_FIELDS].map((field) => [field.name, field]),
);
const DAYS = DAY_FIELDS.map(({ name }) => name);

/** Fields by their names, in this order. */
export function fieldsNamed(...names: readonly EntryField['name'][]): readonly EntryField[] {
  return names.flatMap((name) => ALL.get(name) ?? []);
}

interface PresetRule {
  readonly fields: readonly EntryField[];
  /** What they hold at first. */
  readonly values: Draft;
}

function onDays(...off: readonly string[]): Draft {
  return Object.fromEntries(DAYS.map((name) => [name, !off.includes(name)]));
}

/** What is asked for each, and what it begins with. What the values mean, and whether they fit, is for the server to say. */
export const PRESETS: Readonly<Record<Preset, PresetRule>> = {
  once: { fields: fieldsNamed('earliestStart'), values: { earliestStart: null } },
  minutes: {
    fields: [...fieldsNamed('minutesBetweenRuns', 'startingTime', 'endingTime', 'timeZone'), ...DAY_FIELDS],
    values: { ...onDays(), minutesBetweenRuns: 15, startingTime: null, endingTime: null },
  },
  days: {
    fields: [...fieldsNamed('startingTime', 'timeZone'), ...DAY_FIELDS],
    values: { ...onDays('runOnSaturdays', 'runOnSundays'), startingTime: '06:00' },
  },
  formula: {
    fields: fieldsNamed('nextRunDateFormula', 'startingTime', 'timeZone'),
    values: { nextRunDateFormula: '1M+CM', startingTime: '06:00' },
  },
  cron: { fields: fieldsNamed('cron', 'timeZone'), values: { cron: '0 6 * * 1-5' } },
};

/** Fields of a new entry that say how often and how long it is tried. */
export const SAFETY_FIELDS: readonly EntryField[] = fieldsNamed(
  'category',
  'priority',
  'maximumAttempts',
  'rerunDelaySeconds',
  'timeoutMs',
  'expiration',
);
