import { expect, test } from 'vitest';
import { lazily } from './lazily.ts';

test('is made when it is first asked for, and once', () => {
  let times = 0;
  const value = lazily(() => {
    times += 1;
    return undefined;
  });
  expect(times).toBe(0);
  expect([value(), value()]).toEqual([undefined, undefined]);
  expect(times).toBe(1);
});
