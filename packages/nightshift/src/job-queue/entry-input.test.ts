import { describe, expect, test } from 'vitest';
import { HOUR_MS, isNightshiftError } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';

const NO_DATE = new Date(Number.NaN);
const WEEKDAYS = { runOnMondays: true } as const;

/** What the door says to input that a program in JavaScript may send. */
function refusal(input: unknown): { code: string; field: string | null } {
  try {
    checkEntry(input as JobQueueEntryInput, 'UTC');
  } catch (error) {
    if (isNightshiftError(error)) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error('it was let in');
}

function checked(input: Partial<JobQueueEntryInput>, timeZone = 'Europe/Berlin') {
  return checkEntry({ object: 'Sync', ...input }, timeZone);
}

describe('checkEntry refuses, naming the field', () => {
  const cases: readonly (readonly [field: string, fields: object])[] = [
    ['object', { object: undefined }],
    ['object', { object: null }],
    ['object', { object: 42 }],
    ['object', { object: {} }],
    ['object', { object: { onRun() {} } }],
    ['object', { object: { onRun() {}, name: 5 } }],
    ['parameterString', { parameterString: 'x'.repeat(251) }],
    ['parameterString', { parameterString: '😀'.repeat(251) }],
    ['parameterString', { parameterString: 'a\0b' }],
    ['parameterString', { parameterString: 'half \ud83d' }],
    ['parameterString', { parameterString: 7 }],
    ['parameterString', { parameterString: null }],
    ['description', { description: 'x'.repeat(251) }],
    ['description', { description: '\0' }],
    ['earliestStart', { earliestStart: NO_DATE }],
    ['earliestStart', { earliestStart: '2026-01-05' }],
    ['earliestStart', { earliestStart: new Date(8.64e15) }],
    ['earliestStart', { earliestStart: new Date(-8.64e15) }],
    ['expiration', { expiration: NO_DATE }],
    ['expiration', { expiration: 1 }],
    [
      'expiration',
      { earliestStart: new Date('2026-01-05T08:00:00.001Z'), expiration: new Date('2026-01-05T08:00:00Z') },
    ],
    ['maximumAttempts', { maximumAttempts: -1 }],
    ['maximumAttempts', { maximumAttempts: 11 }],
    ['maximumAttempts', { maximumAttempts: 1.5 }],
    ['maximumAttempts', { maximumAttempts: Number.NaN }],
    ['rerunDelaySeconds', { rerunDelaySeconds: -1 }],
    ['rerunDelaySeconds', { rerunDelaySeconds: 3601 }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: 48 * HOUR_MS + 1 }],
    ['timeout', { timeout: 1.5 }],
    ['runOnMondays', { runOnMondays: 1 }],
    ['runOnSundays', { runOnSundays: 'yes' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '8:00' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '24:00' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '08:00:61' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '' }],
    ['startingTime', { ...WEEKDAYS, startingTime: 800 }],
    ['startingTime', { startingTime: '08:00' }],
    ['endingTime', { ...WEEKDAYS, endingTime: '08:60' }],
    ['endingTime', { endingTime: '08:00' }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: -1 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: 0.5 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: Number.POSITIVE_INFINITY }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: 5_256_001 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: '60' }],
    ['nextRunDateFormula', { nextRunDateFormula: '1D', runOnMondays: true }],
    ['nextRunDateFormula', { nextRunDateFormula: 12 }],
    ['intervalFrom', { ...WEEKDAYS, intervalFrom: 'now' }],
    ['timeZone', { timeZone: 'Europe/Atlantis' }],
    ['timeZone', { timeZone: '+01:00' }],
    ['timeZone', { timeZone: '' }],
    ['timeZone', { timeZone: null }],
    ['startTime', { startTime: '08:00' }],
    ['status', { status: 'Ready' }],
    ['toString', { toString: 'x' }],
  ];

  test.each(cases)('%s: %j', (field, fields) => {
    expect(refusal({ object: 'Sync', ...fields })).toEqual({ code: 'VALIDATION', field });
  });

  test.each([null, undefined, 'Sync', 5, []])('no object at all: %j', (input) => {
    expect(refusal(input)).toEqual({ code: 'VALIDATION', field: 'entry' });
  });

  test.each(['tomorrow', '1X', 'D32', '', '99999Y'])('the date formula "%s"', (nextRunDateFormula) => {
    const { code, field } = refusal({ object: 'Sync', nextRunDateFormula });
    expect([code, field]).toEqual(['DATE_FORMULA_INVALID', 'nextRunDateFormula']);
  });
});

describe('checkEntry completes', () => {
  test('defaults: On its own it runs once, as soon as it is Ready, for at most twelve hours', () => {
    expect(checked({})).toMatchObject({
      object: 'Sync',
      parameterString: '',
      description: null,
      earliestStart: null,
      expiration: null,
      maximumAttempts: 0,
      rerunDelaySeconds: 0,
      timeout: 12 * HOUR_MS,
      schedule: { timeZone: 'Europe/Berlin', minutesBetweenRuns: 0, startingTime: null },
    });
  });

  test('a codeunit stands for its name; a blank description stays blank', () => {
    const target = codeunit({ name: 'Process Orders', onRun: () => undefined });
    const entry = checked({ object: target as never });
    expect(entry).toMatchObject({ object: 'Process Orders', description: null });
    expect(entryColumns(entry, target, 'en-US')).toMatchObject({ description: 'Process Orders' });
    expect(entryColumns(checked({ description: '' }), target, 'en-US')).toMatchObject({ description: '' });
  });

  test('the bounds themselves are let in, counted in characters', () => {
    const instant = new Date('2026-01-05T08:00:00Z');
    const entry = checked({
      parameterString: '😀'.repeat(250),
      description: 'ä'.repeat(250),
      maximumAttempts: 10,
      rerunDelaySeconds: 3600,
      timeout: 48 * HOUR_MS,
      earliestStart: instant,
      expiration: instant,
      minutesBetweenRuns: 5_256_000,
      timeZone: 'Australia/Lord_Howe',
    });
    expect(entry.schedule).toMatchObject({ minutesBetweenRuns: 5_256_000, timeZone: 'Australia/Lord_Howe' });
  });

  test('the columns hold every field of the input', () => {
    const entry = checked({ ...WEEKDAYS, startingTime: '08:00', parameterString: 'ORDERS' });
    expect(entryColumns(entry, 'Sync', 'de-DE')).toMatchObject({
      object: 'Sync',
      parameter_string: 'ORDERS',
      run_on_mondays: true,
      run_on_tuesdays: false,
      starting_time: '08:00',
      minutes_between_runs: 1440,
      interval_from: 'starting-time',
      time_zone: 'Europe/Berlin',
      language: 'de-DE',
      timeout_ms: 12 * HOUR_MS,
    });
  });
});
