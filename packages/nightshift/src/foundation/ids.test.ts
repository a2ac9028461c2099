import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedUuid, isUuid, randomSecret, randomUuid, uuidV7 } from './ids.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** The last instant that 48 bits of milliseconds hold. */
const MS_MAX = 2 ** 48 - 1;

describe('ids', () => {
  it('version 7 has its form and carries its instant', () => {
    const ms = fc.integer({ min: 0, max: MS_MAX });
    fc.assert(
      fc.property(ms, (at) => {
        const id = uuidV7(new Date(Math.min(at, 8.64e15)));
        expect(id).toMatch(V7);
        expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
      }),
    );
  });

  it('version 7 sorts by time, whatever the instants', () => {
    const ms = fc.integer({ min: 0, max: MS_MAX });
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        fc.pre(one !== other);
        const sorted = [uuidV7(new Date(one)), uuidV7(new Date(other))].sort();
        expect(sorted[0]).toBe([...sorted].sort()[0]);
        expect(uuidV7(new Date(Math.min(one, other))) < uuidV7(new Date(Math.max(one, other)))).toBe(true);
      }),
    );
  });

  it('version 7 keeps the order within a millisecond', () => {
    for (let turn = 0; turn < 20; turn++) {
      const at = new Date(1_700_000_000_000 + turn);
      const ids = Array.from({ length: 2_000 }, () => uuidV7(at));
      expect(ids).toEqual(ids.toSorted());
    }
  });

  it('is never given twice, beyond the block of random bytes too', () => {
    const at = new Date(1_700_000_000_000);
    const ids = new Set<string>();
    for (let count = 0; count < 10_000; count++) ids.add(uuidV7(at)).add(randomUuid());
    expect(ids.size).toBe(20_000);
  });

  it('version 4 has its form', () => {
    for (let count = 0; count < 600; count++) expect(randomUuid()).toMatch(V4);
  });

  it('a derived id follows from its text alone', () => {
    expect(derivedUuid('a')).toBe(derivedUuid('a'));
    expect(derivedUuid('a')).not.toBe(derivedUuid('b'));
    expect(derivedUuid('')).toMatch(V8);
  });

  it('knows the form of a UUID', () => {
    expect(isUuid(randomUuid().toUpperCase())).toBe(true);
    for (const wrong of ['', 'x', ` ${randomUuid()}`, `${randomUuid()}\n`, `{${randomUuid()}}`]) {
      expect(isUuid(wrong)).toBe(false);
    }
  });

  it('a secret has the length asked for', () => {
    expect(randomSecret(24)).toMatch(/^[0-9a-f]{48}$/);
    expect(randomSecret(24)).not.toBe(randomSecret(24));
  });
});
