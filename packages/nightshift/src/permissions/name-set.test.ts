import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALL_NAMES,
  difference,
  EVERY,
  hasName,
  isEmptySet,
  type NameSet,
  NO_NAMES,
  nameSetOf,
  union,
} from './name-set.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
/** A name that no set of the tests lists: it stands for all others. */
const OTHER = 'another';
const UNIVERSE = [...NAMES, OTHER];

const nameSet: fc.Arbitrary<NameSet> = fc
  .tuple(fc.boolean(), fc.subarray(NAMES))
  .map(([allBut, names]) => ({ allBut, names: new Set(names) }));
const members = (set: NameSet) => UNIVERSE.filter((name) => hasName(set, name));
const same = (one: NameSet, other: NameSet) => expect(members(one)).toEqual(members(other));

describe('sets of names', () => {
  it('union and difference are those of sets', () => {
    fc.assert(
      fc.property(nameSet, nameSet, fc.constantFrom(...UNIVERSE), (one, other, name) => {
        expect(hasName(union(one, other), name)).toBe(hasName(one, name) || hasName(other, name));
        expect(hasName(difference(one, other), name)).toBe(hasName(one, name) && !hasName(other, name));
      }),
    );
  });

  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(nameSet, nameSet, nameSet, (a, b, c) => {
        same(union(a, b), union(b, a));
        same(union(a, union(b, c)), union(union(a, b), c));
        same(union(a, a), a);
        same(union(a, NO_NAMES), a);
        same(union(a, ALL_NAMES), ALL_NAMES);
        same(difference(a, a), NO_NAMES);
        same(difference(a, NO_NAMES), a);
        same(difference(a, ALL_NAMES), NO_NAMES);
        same(difference(difference(a, b), c), difference(a, union(b, c)));
        same(union(difference(a, b), b), union(a, b));
        same(difference(union(a, b), c), union(difference(a, c), difference(b, c)));
      }),
    );
  });

  it('know when they are empty, and leave what they are made of alone', () => {
    fc.assert(
      fc.property(nameSet, nameSet, (a, b) => {
        const before = [members(a), members(b)];
        expect(isEmptySet(difference(a, union(a, b)))).toBe(true);
        expect(isEmptySet(a)).toBe(members(a).length === 0);
        expect([members(a), members(b)]).toEqual(before);
      }),
    );
  });

  it('of a list with the wildcard hold every name, and the wildcard itself', () => {
    const all = nameSetOf(['a', EVERY]);
    expect(members(all)).toEqual(UNIVERSE);
    expect(hasName(all, EVERY)).toBe(true);
    expect(members(nameSetOf([]))).toEqual([]);
    expect(hasName(nameSetOf(['a']), EVERY)).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'toString', '', '🧾'])('take the name %j for a name', (name) => {
    expect(hasName(nameSetOf([name]), name)).toBe(true);
    expect(hasName(nameSetOf(['other']), name)).toBe(false);
  });
});
