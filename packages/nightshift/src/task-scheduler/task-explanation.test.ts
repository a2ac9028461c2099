import { describe, expect, test } from 'vitest';
import { type ExplanationFacts, type InstanceForTask, whyNotRunning } from './task-explanation.ts';
import type { ScheduledTask } from './task-list.ts';

const NOW = new Date('2026-08-01T06:00:00Z');
const at = (secondsFromNow: number) => new Date(NOW.getTime() + secondsFromNow * 1_000);

function task(more: Partial<ScheduledTask> = {}): ScheduledTask {
  return {
    id: '019b0000-0000-7000-8000-000000000001',
    state: 'Pending',
    codeunit: 'Post',
    failureCodeunit: 'Tell',
    failing: false,
    user: 'ADMIN',
    userGone: false,
    reassignedBy: null,
    company: 'CRONUS',
    due: at(-5),
    attempt: 0,
    losses: 0,
    suspect: 0,
    record: null,
    recordTable: null,
    timeout: 1_000,
    language: null,
    timeZone: null,
    error: null,
    idempotencyKey: null,
    correlationId: null,
    createdAt: at(-10),
    failedAt: null,
    instance: null,
    ...more,
  };
}

function instance(place: number, more: Partial<InstanceForTask> = {}): InstanceForTask {
  const able = { runsTasks: true, held: null, hasCodeunit: true, silentMs: 500, blocked: false };
  return { place, host: 'shop', processId: 4_700 + place, ...able, ...more };
}

const facts = (more: Partial<ExplanationFacts> = {}): ExplanationFacts => ({
  now: NOW,
  upgrade: null,
  timeZone: 'Europe/Berlin',
  instances: [instance(1)],
  retryPolicy: 'online',
  startsPerSecond: 0,
  ...more,
});

const shopDown = {
  ...{ code: 'ECONNREFUSED', name: 'Error', message: 'The shop\ndoes not answer.', stack: null, field: null },
  ...{ causes: [], sessionId: 1, lines: [], progress: null },
};

const lacks = { hasCodeunit: false };

describe('why a task does not run, in one sentence', () => {
  test.each<[string, ScheduledTask, ExplanationFacts, string]>([
    [
      'Not Ready',
      task({ state: 'Not Ready' }),
      facts(),
      'It is Not Ready: it waits until somebody sets it ready.',
    ],
    ['later', task({ due: at(180) }), facts(), 'It is due in 3 min, at 2026-08-01 08:03:00 Europe/Berlin.'],
    [
      'in a zone that nobody knows',
      task({ due: at(180) }),
      facts({ timeZone: 'Mars/Olympus' }),
      'It is due in 3 min, at 2026-08-01 06:03:00 UTC.',
    ],
    [
      'a retry',
      task({ state: 'Retrying', attempt: 3, due: at(60), error: shopDown }),
      facts(),
      'It waits for its retry 3 of 99 at 2026-08-01 08:01:00 Europe/Berlin (in 1 min), after: The shop does not answer (ECONNREFUSED).',
    ],
    [
      'a retry by a policy of one’s own, of an error that is not known',
      task({ state: 'Retrying', attempt: 1, due: at(60) }),
      facts({ retryPolicy: { delaysMs: [60_000], maximumRetries: 2 } }),
      'It waits for its retry 1 of 2 at 2026-08-01 08:01:00 Europe/Berlin (in 1 min), after: an error.',
    ],
    [
      'lost, and later',
      task({ state: 'Retrying', losses: 2, due: at(2) }),
      facts(),
      'It was lost 2 times and is run again at 2026-08-01 08:00:02 Europe/Berlin (in 2.0 s).',
    ],
    [
      'claimed',
      task({ state: 'Running', instance: { place: 1, host: 'shop', processId: 4_701 } }),
      facts(),
      'It is claimed by instance 1 (shop, process 4701), and runs there or is about to.',
    ],
    [
      'claimed by one that is no more',
      task({ state: 'Running' }),
      facts(),
      'It is claimed by a server instance that is no more; a live one frees it within seconds.',
    ],
    [
      'due, no instance',
      task(),
      facts({ instances: [] }),
      'It has been due for 5.0 s, but no live server instance runs tasks.',
    ],
    [
      'due, only instances that run no tasks, or are silent',
      task(),
      facts({ instances: [instance(1, { runsTasks: false }), instance(2, { silentMs: 20_000 })] }),
      'It has been due for 5.0 s, but no live server instance runs tasks.',
    ],
    [
      'held',
      task(),
      facts({ instances: [instance(1, { held: 'a copy' }), instance(2, { runsTasks: false })] }),
      'It has been due for 5.0 s, but instance 1 (shop, process 4701) is held (a copy), and no other one runs tasks.',
    ],
    [
      'an upgrade',
      task(),
      facts({ upgrade: 'order-sync' }),
      'It has been due for 5.0 s: no tasks are begun while order-sync is upgraded.',
    ],
    [
      'no instance has the codeunit',
      task(),
      facts({
        instances: [instance(1, lacks), instance(2, lacks), instance(3, { ...lacks, silentMs: 60_000 })],
      }),
      'No live server instance has codeunit "Post": instance 1 (shop, process 4701) and instance 2 (shop, process 4702) lack it.',
    ],
    [
      'no instance has the failure codeunit',
      task({ failing: true }),
      facts({ instances: [instance(2, lacks)] }),
      'No live server instance has codeunit "Tell": instance 2 (shop, process 4702) lacks it.',
    ],
    [
      'one has it, the others lack it',
      task(),
      facts({ instances: [instance(1), instance(2, lacks)] }),
      'It has been due for 5.0 s: it waits for a free place on instance 1 (shop, process 4701) (codeunit "Post": instance 2 (shop, process 4702) lacks it).',
    ],
    [
      'several have it',
      task(),
      facts({ instances: [instance(1), instance(2, { blocked: true }), instance(3)] }),
      'It has been due for 5.0 s: it waits for a free place on instance 1 (shop, process 4701) or instance 3 (shop, process 4703).',
    ],
    [
      'a pace is set',
      task(),
      facts({ startsPerSecond: 300 }),
      'It has been due for 5.0 s: it waits for a free place on instance 1 (shop, process 4701), where 300 tasks a second are started.',
    ],
    [
      'blocked',
      task(),
      facts({ instances: [instance(1, { blocked: true })] }),
      'It has been due for 5.0 s: the main thread of instance 1 (shop, process 4701) is blocked.',
    ],
    [
      'suspect',
      task({ state: 'Retrying', losses: 1, suspect: 1 }),
      facts(),
      'It has been due for 5.0 s: it waits for a free place on instance 1 (shop, process 4701), alone, because server instances were lost with it once in a row.',
    ],
    [
      'Failed',
      task({ state: 'Failed', failedAt: at(-60), error: shopDown }),
      facts(),
      'It is Failed since 2026-08-01 07:59:00 Europe/Berlin: it failed for good: The shop does not answer (ECONNREFUSED); it runs again when somebody says so.',
    ],
    [
      'Poison',
      task({ state: 'Poison', failedAt: at(-60) }),
      facts(),
      'It is Poison since 2026-08-01 07:59:00 Europe/Berlin: server instances died of it again and again; it runs again when somebody says so.',
    ],
  ])('%s', (_, which, known, sentence) => {
    expect(whyNotRunning(which, known)).toBe(sentence);
  });
});
