import { describe, expect, test } from 'vitest';
import type { TaskHindrance } from '../task-scheduler/index.ts';
import { PLAIN_ENTRY } from '../testing/plain-entry.ts';
import { type EntrySurroundings, explainEntry } from './explain-entry.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const NOW = new Date('2026-08-03T10:00:00Z');
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const error = {
  ...{ code: 'ECONNREFUSED', name: 'Error', message: 'The shop\ndoes not answer.', stack: null, field: null },
  ...{ causes: [], sessionId: 1, lines: [], progress: null },
};
const task = (kind: TaskHindrance['kind'], text = 'The task says why.'): TaskHindrance => ({ kind, text });
const AROUND: EntrySurroundings = {
  now: NOW,
  statusBy: null,
  runAs: 'HUGO',
  runAsHindrance: null,
  approval: null,
  running: null,
  rivals: [],
  ahead: 0,
  task: task('later'),
  userLimit: null,
};
const SINCE = { statusSince: at(-60) };
const GONE = { isGone: true, text: 'gone' };
const LACKS = { isGone: false, text: 'User HUGO lacks all.' };
const OFFICE = {
  ...PLAIN_ENTRY.schedule,
  runOnMondays: true,
  startingTime: '12:00',
  endingTime: '17:00',
  minutesBetweenRuns: 60,
  intervalFrom: 'starting-time',
} as const;

function explained(entry: Partial<JobQueueEntry>, around: Partial<EntrySurroundings> = {}) {
  return explainEntry({ ...PLAIN_ENTRY, ...SINCE, ...entry }, { ...AROUND, ...around });
}

const READY = { status: 'Ready', taskId: 't', earliestStart: at(-1) } as const;
const LATER = { ...READY, earliestStart: at(90) } as const;

describe('why an entry does not run', () => {
  test.each<[string, Partial<JobQueueEntry>, Partial<EntrySurroundings>, string]>([
    ['on-hold', {}, {}, 'It is On Hold since 2026-08-03 09:00:00 UTC; set it Ready to have it run.'],
    [
      'on-hold',
      {},
      { statusBy: 'BOSS' },
      'It is On Hold since 2026-08-03 09:00:00 UTC, by BOSS; set it Ready to have it run.',
    ],
    [
      'approval',
      {},
      { approval: { by: 'CLERK', asked: 'BOSS', at: at(-30) } },
      'It is On Hold until BOSS approves it: CLERK has asked for that since 2026-08-03 09:30:00 UTC.',
    ],
    [
      'error',
      { status: 'Error', error },
      {},
      'It is in Error since 2026-08-03 09:00:00 UTC: The shop does not answer (ECONNREFUSED).',
    ],
    [
      'finished',
      { status: 'Finished' },
      {},
      'It is Finished since 2026-08-03 09:00:00 UTC and does not run again by itself.',
    ],
    [
      'running',
      { status: 'In Process' },
      { running: { sessionId: 7, startedAt: at(-5) } },
      'It runs right now, since 2026-08-03 09:55:00 UTC, in session 7.',
    ],
    [
      'running',
      { status: 'On Hold' },
      { running: { sessionId: 7, startedAt: at(-5) } },
      'It runs right now, since 2026-08-03 09:55:00 UTC, in session 7; this run is its last.',
    ],
    [
      'waiting',
      { status: 'Waiting', category: 'NIGHT', waitingSince: at(-2) },
      {
        rivals: [
          { entryNo: 3, object: 'Sync', since: at(-9) },
          { entryNo: 5, object: 'Post', since: null },
        ],
        ahead: 2,
      },
      'It waits in category NIGHT since 2026-08-03 09:58:00 UTC for entry 3 (Sync) or entry 5 (Post) to end; 2 waiting entries come before it.',
    ],
    [
      'waiting',
      { status: 'Waiting', category: 'NIGHT' },
      { ahead: 1 },
      'It waits in category NIGHT since 2026-08-03 09:00:00 UTC for its turn; 1 waiting entry comes before it.',
    ],
    [
      'inactive',
      { status: 'On Hold with Inactivity Timeout', earliestStart: at(60) },
      {},
      'It rests until 2026-08-03 11:00:00 UTC, because its last run found nothing to do.',
    ],
    ['planned', LATER, {}, 'It is planned for 2026-08-03 11:30:00 UTC, in 1 h 30 min.'],
    [
      'rerun',
      { ...LATER, attempts: 1, maximumAttempts: 3, error },
      {},
      'It waits for its rerun 1 of 3 at 2026-08-03 11:30:00 UTC (in 1 h 30 min), after: The shop does not answer (ECONNREFUSED).',
    ],
    [
      'outside-window',
      { ...LATER, earliestStart: at(120), schedule: OFFICE },
      {},
      'It is outside its hours until 2026-08-03 12:00:00 UTC (Every hour, on Monday, between 12:00 and 17:00 (UTC)).',
    ],
    ['no-task', READY, { task: null }, 'It is Ready and has no task: set it On Hold, and Ready again.'],
    [
      'user-gone',
      LATER,
      { runAsHindrance: GONE },
      'It cannot run as HUGO, who is disabled or no longer valid: have it run as somebody else.',
    ],
    ['rights-missing', READY, { runAsHindrance: LACKS, task: task('no-place') }, 'User HUGO lacks all.'],
    [
      'expired',
      { ...LATER, expiration: at(-10) },
      {},
      'It expired at 2026-08-03 09:50:00 UTC and runs no more.',
    ],
    ['held-environment', READY, { task: task('held') }, 'The task says why.'],
    ['upgrade', READY, { task: task('upgrade') }, 'The task says why.'],
    ['no-instance', READY, { task: task('no-instance') }, 'The task says why.'],
    ['no-object', READY, { task: task('no-codeunit') }, 'The task says why.'],
    ['no-place', READY, { task: task('no-place') }, 'The task says why.'],
    [
      'limit',
      READY,
      { task: task('no-place'), userLimit: 5 },
      'HUGO has 5 tasks on every server instance already, which is the most for one user.',
    ],
    ['starting', READY, { task: task('running') }, 'The task says why.'],
    ['planned', READY, { task: task('later') }, 'The task says why.'],
    ['task', READY, { task: task('failed') }, 'The task says why.'],
  ])('%s: %j %j', (kind, entry, around, sentence) => {
    const { sentence: told, facts } = explained(entry, around);
    expect(told).toBe(sentence);
    expect(facts[0]?.kind).toBe(kind);
  });
});

describe('the order of facts', () => {
  const kinds = (entry: Partial<JobQueueEntry>, around: Partial<EntrySurroundings> = {}) =>
    explained(entry, around).facts.map(({ kind }) => kind);

  test('what runs, then what stops it for good, then what only delays it, then what is worth knowing', () => {
    const running = { sessionId: 7, startedAt: at(-5) };
    const approval = { by: 'CLERK', asked: null, at: at(-30) };
    expect(kinds({ note: 'asked', error }, { running, approval })).toEqual([
      ...['running', 'approval', 'on-hold', 'note', 'last-error'],
    ]);
    expect(kinds({ ...READY, expiration: at(-1) }, { runAsHindrance: LACKS, task: task('held') })).toEqual([
      ...['rights-missing', 'expired', 'held-environment'],
    ]);
    expect(kinds({ ...LATER, status: 'Waiting', category: 'A' }, { runAsHindrance: GONE })).toEqual([
      ...['user-gone', 'waiting'],
    ]);
    expect(kinds({ status: 'Error', error }, { runAsHindrance: GONE })).toEqual(['error', 'user-gone']);
  });

  test('that the user is gone is told once', () => {
    expect(kinds(READY, { runAsHindrance: GONE, task: task('user-gone') })).toEqual(['user-gone']);
  });

  test('of one that runs and recurs, when it runs again', () => {
    const running = { sessionId: 7, startedAt: at(-5) };
    const { facts } = explained({ status: 'In Process', schedule: OFFICE }, { running });
    expect(facts.at(-1)).toEqual({
      kind: 'next-run',
      text: 'It is eligible to run again from 2026-08-03 12:00:00 UTC.',
    });
  });
});

test('a time zone that this machine does not know keeps nobody from looking', () => {
  const schedule = { ...PLAIN_ENTRY.schedule, timeZone: 'Mars/Olympus' };
  expect(explained({ schedule }).sentence).toContain('2026-08-03 09:00:00 UTC');
});
