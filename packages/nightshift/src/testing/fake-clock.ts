import { MessageChannel } from 'node:worker_threads';
import type { Clock } from '../foundation/index.ts';

/** Where a fake clock begins when nothing is said: a Monday, in the winter. */
export const FAKE_START = '2026-01-05T08:00:00.000Z';

interface Sleeper {
  readonly deadline: number;
  readonly wake: () => void;
}

/**
 * The clock of tests. Time stands still until `advance` moves it; `at` sets the wall clock only, as an administrator
 * would, also backwards. `pinned()` answers the set time, so SQL follows.
 */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: Sleeper[] = [];
  #advancing: Promise<void> = Promise.resolve();

  /** @param start Default: Monday, 5 January 2026, 08:00 UTC */
  constructor(start: Date | string = FAKE_START) {
    this.#now = instant(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  pinned(): Date {
    return new Date(this.#now);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!(ms > 0) || signal?.aborted === true) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    const sleeper: Sleeper = { deadline: this.#monotonic + ms, wake: leave };
    this.#sleepers.push(sleeper);
    signal?.addEventListener('abort', leave, { once: true });
    return promise;
  }

  /** Sets the wall clock. Nobody wakes: sleepers measure with a clock that never jumps. */
  at(instantOfDay: Date | string): void {
    this.#now = instant(instantOfDay);
  }

  /**
   * Lets time pass: wakes the sleepers in the order of their deadlines, each at its own instant, and lets each finish
   * what it can do without input and output (also sleep again) before the next. Calls one after another wait in line.
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a clock advances by 0 ms or more, not ${ms}; use at() to go back`);
    this.#advancing = this.#advancing.then(() => this.#advance(ms));
    return this.#advancing;
  }

  async #advance(ms: number): Promise<void> {
    const target = this.#monotonic + ms;
    for (;;) {
      const next = this.#earliest();
      if (next === null || next.deadline > target) break;
      this.#pass(next.deadline);
      next.wake();
      await turn();
    }
    this.#pass(target);
    await turn();
  }

  /** Of equal deadlines the one that fell asleep first. */
  #earliest(): Sleeper | null {
    let earliest: Sleeper | null = null;
    for (const sleeper of this.#sleepers) {
      if (earliest === null || sleeper.deadline < earliest.deadline) earliest = sleeper;
    }
    return earliest;
  }

  #pass(to: number): void {
    this.#now += to - this.#monotonic;
    this.#monotonic = to;
  }
}

function instant(text: Date | string): number {
  const ms = new Date(text).getTime();
  if (Number.isNaN(ms)) throw new RangeError(`${String(text)} is no instant`);
  return ms;
}

/** One turn of the event loop: every promise that can settle by itself has settled after it. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.once('message', () => {
      port1.close();
      resolve();
    });
    port2.postMessage(null);
  });
}
