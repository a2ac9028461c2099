import { expect, test } from 'vitest';
import { describeBytes } from './bytes.ts';

test('a number of bytes is told in the unit that people would use', () => {
  const told = [0, 999, 1_000, 12_499, 999_499, 1_000_000, 26_214_400].map(describeBytes);
  expect(told).toEqual(['0 bytes', '999 bytes', '1 kB', '12 kB', '999 kB', '1.0 MB', '26.2 MB']);
});
