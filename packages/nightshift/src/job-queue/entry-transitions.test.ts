import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { storedErrorOf } from '../foundation/index.ts';
import { PLAIN_ENTRY } from '../testing/plain-entry.ts';
import { ENTRY_TRANSITIONS, transitionTable } from './entry-transitions.ts';
import { JOB_QUEUE_ENTRY_STATUSES, type JobQueueEntry } from './job-queue-entry.ts';
import { scheduleOf } from './schedule.ts';
import { afterError, afterSuccess, decideDispatch } from './transitions.ts';

const NOW = new Date('2026-01-05T08:00:00.000Z');
const TASK = '019b0000-0000-7000-8000-000000000001';
const KNOWN = new Set(ENTRY_TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));
const instant = fc
  .constantFrom(null, '07:00', '07:59', '08:00', '09:00')
  .map((time) => (time === null ? null : new Date(`2026-01-05T${time}:00Z`)));
const entries = fc.record({
  status: fc.constantFrom(...JOB_QUEUE_ENTRY_STATUSES),
  earliestStart: instant,
  expiration: instant,
  attempts: fc.integer({ min: 0, max: 3 }),
  maximumAttempts: fc.integer({ min: 0, max: 3 }),
  missedRuns: fc.constantFrom('skip' as const, 'run-once' as const),
  afterFinalError: fc.constantFrom('stop' as const, 'continue-schedule' as const),
  manualRecurrence: fc.boolean(),
  categorySlot: fc.constantFrom(null, 1),
  schedule: fc.constantFrom(
    scheduleOf({}),
    scheduleOf({ runOnMondays: true, startingTime: '07:00', minutesBetweenRuns: 15 }),
    scheduleOf({ runOnMondays: true, startingTime: '09:00', endingTime: '10:00' }),
    scheduleOf({ nextRunDateFormula: '1D' }),
    scheduleOf({ cron: '*/5 * * * *' }),
  ),
});

describe('the table of transitions', () => {
  test('holds all that the rules yield', () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (fields, nothingToDo) => {
        const entry: JobQueueEntry = { ...PLAIN_ENTRY, ...fields, taskId: TASK };
        for (const to of targets(entry, nothingToDo)) {
          if (to !== entry.status) expect(KNOWN).toContain(`${entry.status} → ${to}`);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the one that the documents show', () => {
    const document = readFileSync(new URL('../../../../docs/states.md', import.meta.url), 'utf8').split('\n');
    const begin = document.indexOf('| From | To | By |') + 2;
    const end = document.indexOf('', begin);
    expect(document.slice(begin, end)).toEqual(transitionTable(ENTRY_TRANSITIONS));
  });

  test('reaches every status, and leaves it', () => {
    for (const status of JOB_QUEUE_ENTRY_STATUSES) {
      expect(ENTRY_TRANSITIONS.some(({ to }) => to === status)).toBe(true);
      expect(ENTRY_TRANSITIONS.some((one) => one.from === status)).toBe(true);
    }
  });
});

/** What becomes of an entry, by what is decided about it now, and by how its run ends. */
function targets(entry: JobQueueEntry, nothingToDo: boolean): readonly string[] {
  const error = storedErrorOf(new Error('no'));
  const decision = decideDispatch(entry, TASK, NOW);
  switch (decision.kind) {
    case 'not-ready':
      return [afterSuccess(entry, NOW, { nothingToDo }).status];
    case 'expired':
      return ['Finished'];
    case 'missed':
      return [decision.runAt === null ? 'Finished' : 'Ready'];
    case 'outside-window':
      return ['Ready'];
    case 'run': {
      const running: JobQueueEntry = { ...entry, status: 'In Process' };
      return ['In Process', afterError(entry, error, NOW).status, ...endings(running, nothingToDo)];
    }
  }
}

function endings(running: JobQueueEntry, nothingToDo: boolean): readonly string[] {
  const good = afterSuccess(running, NOW, { nothingToDo }).status;
  const bad = afterError(running, storedErrorOf(null), NOW).status;
  for (const to of [good, bad]) expect(KNOWN).toContain(`In Process → ${to}`);
  return [];
}
