import { describe, expect, it } from 'vitest';
import { SavepointMarks } from './savepoint-marks.ts';

/** Plays a transaction; a number is something that is said, `!` before a command means that it fails. Tells what is left. */
async function play(...steps: readonly (string | number)[]): Promise<readonly number[]> {
  const said: number[] = [];
  const marks = new SavepointMarks({
    mark: () => said.length,
    rewind: (mark) => void said.splice(mark),
  });
  for (const step of steps) {
    if (typeof step === 'number') {
      said.push(step);
      continue;
    }
    const text = step.replace(/^!/, '');
    const keyword = /[a-z]+/i.exec(text.replace(/\/\*.*?\*\//g, ''))?.[0].toUpperCase() ?? '';
    const answer = () => (text === step ? Promise.resolve() : Promise.reject(new Error('refused')));
    await marks.follow(keyword, text, answer).catch(() => undefined);
  }
  return said;
}

describe('what was said behind a savepoint goes with it', () => {
  it.each<readonly [string, readonly (string | number)[], readonly number[]]>([
    ['once', [1, 'savepoint a', 2, 'rollback to a', 3], [1, 3]],
    ['again and again', ['savepoint a', 1, 'rollback to a', 2, 'rollback to a', 3], [3]],
    ['to an outer one', ['savepoint a', 1, 'savepoint b', 2, 'rollback to a'], []],
    ['to the newer of two', ['savepoint a', 1, 'savepoint a', 2, 'rollback to a'], [1]],
    [
      'to the older, when the newer was released',
      ['savepoint a', 1, 'savepoint a', 2, 'release a', 'rollback to a'],
      [],
    ],
    [
      'to the older, when the newer was released with one around it',
      ['savepoint a', 1, 'savepoint b', 2, 'savepoint a', 'release savepoint b', 'rollback to a'],
      [],
    ],
    [
      'to the older, when the newer was refused',
      ['savepoint a', 1, '!savepoint a', 'rollback to savepoint a'],
      [],
    ],
    [
      'through our own',
      [
        'savepoint ns_savepoint_1',
        1,
        'rollback to savepoint ns_savepoint_1; release savepoint ns_savepoint_1',
        2,
        'savepoint ns_savepoint_1',
        3,
        'release savepoint ns_savepoint_1',
      ],
      [2, 3],
    ],
    ['in another case', ['SAVEPOINT Aa', 1, 'ROLLBACK WORK TO SAVEPOINT aA'], []],
    ['by quoted names, which differ', ['savepoint "a"', 1, 'savepoint "a""b"', 2, 'rollback to "a"'], []],
    ['by names that begin alike', ['savepoint a', 1, 'savepoint aé', 2, 'rollback to a'], []],
    ['whatever that is', [1, 'savepoint U&"\\0061"', 2, 'rollback to a'], []],
    ['also when we cannot read where to', [1, 'savepoint a', 2, '/* x */ rollback to a'], []],
    ['also when we could not read a release', ['savepoint a', 1, '/* x */ release a', 'rollback to a'], []],
  ])('%s', async (_, steps, left) => {
    expect(await play(...steps)).toEqual(left);
  });
});
