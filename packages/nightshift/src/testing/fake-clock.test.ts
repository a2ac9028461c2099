import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAKE_START, FakeClock } from './fake-clock.ts';

describe('the fake clock', () => {
  it('stands still, and answers the set time for SQL', () => {
    const clock = new FakeClock();
    expect(clock.now().toISOString()).toBe(FAKE_START);
    expect(clock.pinned()).toEqual(clock.now());
    expect(clock.monotonic()).toBe(0);
  });

  it('wakes in the order of the deadlines, each at its own instant', async () => {
    const clock = new FakeClock();
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.monotonic()}`);
    };
    const all = [sleeper('c', 300), sleeper('a', 100), sleeper('b', 200), sleeper('late', 301)];
    await clock.advance(300);
    expect(woken).toEqual(['a at 100', 'b at 200', 'c at 300']);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    await Promise.all(all);
    expect(woken.at(-1)).toBe('late at 301');
  });

  it('lets each sleeper finish before the next one wakes', async () => {
    const clock = new FakeClock();
    const steps: string[] = [];
    const worker = async (name: string, ms: number) => {
      await clock.sleep(ms);
      for (let step = 0; step < 50; step++) await Promise.resolve();
      steps.push(name);
    };
    const both = [worker('first', 10), worker('second', 10)];
    await clock.advance(10);
    expect(steps).toEqual(['first', 'second']);
    await Promise.all(both);
  });

  it('keeps the beat of a loop that sleeps again', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const beats: number[] = [];
    const loop = (async () => {
      while (!stop.signal.aborted) {
        await clock.sleep(500, stop.signal);
        beats.push(clock.now().getTime() - Date.parse(FAKE_START));
      }
    })();
    await clock.advance(1_999);
    expect(beats).toEqual([500, 1_000, 1_500]);
    stop.abort();
    await loop;
    expect(clock.sleeping).toBe(0);
  });

  it('wakes at once when aborted, before or during the sleep, and never rejects', async () => {
    const clock = new FakeClock();
    await clock.sleep(1_000, AbortSignal.abort());
    const stop = new AbortController();
    const asleep = clock.sleep(1_000, stop.signal);
    stop.abort(new Error('not for the sleeper'));
    await expect(asleep).resolves.toBeUndefined();
    expect(clock.sleeping).toBe(0);
  });

  it('does not sleep for no time, nor for no number', async () => {
    const clock = new FakeClock();
    await Promise.all([clock.sleep(0), clock.sleep(-5), clock.sleep(Number.NaN)]);
    expect(clock.sleeping).toBe(0);
  });

  it('sets the wall clock forwards and backwards without waking anybody', async () => {
    const clock = new FakeClock();
    const asleep = clock.sleep(1_000);
    clock.at('2030-01-01T00:00:00Z');
    expect(clock.sleeping).toBe(1);
    clock.at(new Date('1999-12-31T23:59:59Z'));
    expect(clock.pinned().toISOString()).toBe('1999-12-31T23:59:59.000Z');
    await clock.advance(1_000);
    await asleep;
    expect(clock.now().toISOString()).toBe('2000-01-01T00:00:00.000Z');
  });

  it('refuses to advance backwards or to an instant that is none', () => {
    const clock = new FakeClock();
    expect(() => clock.advance(-1)).toThrow('use at() to go back');
    expect(() => clock.advance(Number.NaN)).toThrow('advances by 0 ms or more');
    expect(() => clock.at('yesterday')).toThrow('no instant');
  });

  it('serves calls of advance in line', async () => {
    const clock = new FakeClock();
    const seen: number[] = [];
    const asleep = [15, 5, 25].map(async (ms) => {
      await clock.sleep(ms);
      seen.push(clock.monotonic());
    });
    await Promise.all([clock.advance(10), clock.advance(10), clock.advance(10)]);
    await Promise.all(asleep);
    expect(seen).toEqual([5, 15, 25]);
    expect(clock.monotonic()).toBe(30);
  });

  it('wakes whoever is due and nobody else, in order, whatever the sleeps', async () => {
    const sleeps = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sleeps, fc.integer({ min: 0, max: 60 }), async (durations, passed) => {
        const clock = new FakeClock();
        const woken: number[] = [];
        for (const ms of durations) void clock.sleep(ms).then(() => woken.push(ms));
        await clock.advance(passed);
        const due = durations.filter((ms) => ms <= passed).sort((one, other) => one - other);
        expect(woken).toEqual(due);
        expect(clock.sleeping).toBe(durations.length - due.length);
      }),
    );
  });
});
