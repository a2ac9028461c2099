import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionRing } from './session-ring.ts';

/** Numbers as an instance gives them; some of them meet in a small ring. */
const number = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 5 }))
  .map(([turn, at]) => 7 * 2 ** 32 + turn * 1_024 + at);

describe('what goes on now', () => {
  it('is what was added and not removed, as a Map keeps it (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.boolean()), { maxLength: 60 }), (steps) => {
        const ring = new SessionRing<{ readonly id: number }>();
        const model = new Map<number, { readonly id: number }>();
        for (const [id, adds] of steps) {
          const present = model.get(id);
          if (adds || present === undefined) {
            const item = { id };
            ring.add(item);
            model.set(id, item);
          } else {
            expect(ring.remove({ id })).toBe(false); // another one of the same number
            expect(ring.remove(present)).toBe(true);
            expect(ring.remove(present)).toBe(false);
            model.delete(id);
          }
          expect(ring.size).toBe(model.size);
          expect(ring.get(id)).toBe(model.get(id));
          expect(ring.has(id)).toBe(model.has(id));
        }
        const byId = (one: { readonly id: number }, other: { readonly id: number }) => one.id - other.id;
        expect([...ring.all()].sort(byId)).toEqual([...model.values()].sort(byId));
        for (const [id, item] of model) expect(ring.get(id)).toBe(item);
      }),
    );
  });

  it('may be removed while it is gone through', () => {
    const ring = new SessionRing<{ readonly id: number }>();
    for (let id = 0; id < 3_000; id++) ring.add({ id });
    for (const item of ring.all()) ring.remove(item);
    expect(ring.size).toBe(0);
    expect([...ring.all()]).toEqual([]);
  });
});
