import { describe, expect, test } from 'vitest';
import { type EffectHistory, effectViolations } from './effects.ts';

const effect = (task: string, kind: 'main' | 'failure' = 'main', attempt = 0) =>
  ({ task, kind, attempt, instance: 'one' }) as const;
const NOTHING: EffectHistory = {
  accepted: new Map(),
  doubtful: false,
  effects: [],
  left: [],
  failed: [],
};

describe('a history that keeps the promise', () => {
  test('has one effect for each task, and a failure without one', () => {
    const accepted = new Map([
      ['a', 'main'],
      ['b', 'failure'],
      ['c', 'failed'],
    ] as const);
    const effects = [effect('a', 'main', 2), effect('b', 'failure')];
    expect(effectViolations({ ...NOTHING, accepted, effects, failed: ['c'] })).toEqual([]);
  });

  test('may have the effect of a task whose creation got no answer', () => {
    expect(effectViolations({ ...NOTHING, doubtful: true, effects: [effect('a')] })).toEqual([]);
  });
});

describe('a broken history is told', () => {
  const accepted = new Map([['a', 'main']] as const);
  const broken: readonly (readonly [string, Partial<EffectHistory>, string])[] = [
    ['a task that is lost', {}, 'task a is lost'],
    [
      'two effects, of two attempts',
      { effects: [effect('a'), effect('a', 'main', 1)] },
      'task a: 2 effects (main of attempt 0 by instance one; main of attempt 1 by instance one), not main',
    ],
    [
      'the effect of a main codeunit that had failed, beside that of its failure codeunit',
      {
        accepted: new Map([['a', 'failure']] as const),
        effects: [effect('a', 'main'), effect('a', 'failure')],
      },
      'task a: 2 effects (main of attempt 0 by instance one; failure of attempt 0 by instance one), not failure',
    ],
    [
      'the wrong codeunit',
      { effects: [effect('a', 'failure')] },
      'task a: 1 effects (failure of attempt 0 by instance one), not main',
    ],
    ['a failure that nobody expected', { effects: [effect('a')], failed: ['a'] }, 'task a has failed'],
    [
      'a failure that nobody sees',
      { accepted: new Map([['a', 'failed']] as const) },
      'task a has not failed',
    ],
    [
      'a claim that stays',
      { effects: [effect('a')], left: [{ id: 'a', claimed: true }] },
      'task a stays claimed',
    ],
    ['a task that still waits', { left: [{ id: 'a', claimed: false }] }, 'task a was never run to its end'],
    [
      'an effect that nobody asked for',
      { effects: [effect('a'), effect('b')] },
      'task b was never accepted, and has an end',
    ],
    [
      'two effects of a task whose creation got no answer',
      { doubtful: true, effects: [effect('a'), effect('b'), effect('b')] },
      'task b has 2 ends: 2 effects (main of attempt 0 by instance one; main of attempt 0 by instance one)',
    ],
  ];

  test.each(broken)('%s', (_, history, sentence) => {
    expect(effectViolations({ ...NOTHING, accepted, ...history })).toContain(sentence);
  });
});
