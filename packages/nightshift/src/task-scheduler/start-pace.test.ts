import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { StartPace } from './start-pace.ts';

const steps = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 3_000 }), most: fc.integer({ min: 1, max: 50 }) }),
  { maxLength: 60 },
);

test('in no stretch of time do more start than it has room for and one burst', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2_000 }), steps, async (perSecond, all) => {
      const clock = new FakeClock();
      const pace = new StartPace(perSecond, clock);
      const starts: { at: number; tasks: number }[] = [];
      for (const { afterMs, most } of all) {
        await clock.advance(afterMs);
        const tasks = Math.min(most, pace.room);
        pace.started(tasks);
        starts.push({ at: clock.monotonic(), tasks });
      }
      for (const [from, { at: begin }] of starts.entries()) {
        let sum = 0;
        for (const { at, tasks } of starts.slice(from)) {
          sum += tasks;
          expect(sum).toBeLessThanOrEqual(pace.burst + ((at - begin) * perSecond) / 1_000 + 1e-6);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('whoever waits as long as it says may start, also after several that could only start together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 1, max: 100 }),
      async (perSecond, together) => {
        const clock = new FakeClock();
        const pace = new StartPace(perSecond, clock);
        for (let turn = 0; turn < 3; turn++) {
          expect(pace.room).toBeGreaterThan(0);
          pace.started(together);
          for (let waits = 0; pace.waitMs > 0; waits++) {
            expect(waits).toBeLessThan(3);
            await clock.advance(pace.waitMs);
          }
        }
        const fastest = ((2 * together - pace.burst) * 1_000) / perSecond;
        expect(clock.monotonic()).toBeGreaterThanOrEqual(fastest - 1e-6);
      },
    ),
    { numRuns: 60 },
  );
});

test('the next one may start when it was said, however often that is asked meanwhile', async () => {
  const looks = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), looks, async (perSecond, all) => {
      const clock = new FakeClock();
      const pace = new StartPace(perSecond, clock);
      pace.started(pace.room);
      const wait = pace.waitMs;
      for (const ms of all) {
        if (clock.monotonic() + ms >= wait) break;
        await clock.advance(ms);
        expect(pace.room).toBe(0);
      }
      await clock.advance(wait - clock.monotonic());
      expect(pace.room).toBe(1);
    }),
    { numRuns: 300 },
  );
});

test('0: as many as can', () => {
  const pace = new StartPace(0, new FakeClock());
  pace.started(1_000_000);
  expect([pace.room, pace.waitMs, pace.burst]).toEqual([
    Number.POSITIVE_INFINITY,
    0,
    Number.POSITIVE_INFINITY,
  ]);
});
