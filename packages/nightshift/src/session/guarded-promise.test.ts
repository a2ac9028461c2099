import { expect, it } from 'vitest';
import { askedPromise } from './guarded-promise.ts';

it('a promise that is asked for asks when somebody waits, once, and again after a refusal', async () => {
  let asked = 0;
  const promise = askedPromise(async () => {
    asked++;
    if (asked === 1) throw new Error('not now');
    return asked;
  });
  expect(asked).toBe(0);
  await expect(promise).rejects.toThrow('not now');
  expect(await promise).toBe(2);
  expect(await Promise.all([promise, promise.then((value) => value), promise.finally(() => 7)])).toEqual([
    2, 2, 2,
  ]);
  expect(asked).toBe(2);
});
