import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of a session whose code runs; a running session is one. */
export interface RunningFacts {
  readonly id: number;
  readonly user: string;
  readonly company: string;
  /** The codeunits that run each other, outermost first. */
  readonly chain: readonly string[];
}

const storage = new AsyncLocalStorage<RunningFacts>();

/** Which session's code runs now: it holds in everything that the code calls and awaits. */
export const runningCode = Object.freeze({
  /**
   * Runs `work` as code of a session. What it leaves behind (a socket it was the first to need, a timer) keeps the facts
   * for as long as that lives.
   */
  run<T>(facts: RunningFacts, work: () => T): T {
    return storage.run(facts, work);
  },
});

// The watchdog asks from another thread, by the inspector, which reaches globals only. It gets plain values.
Object.defineProperty(globalThis, Symbol.for('nightshift.running'), {
  configurable: true,
  value: () => {
    const facts = storage.getStore();
    if (facts === undefined) return null;
    const { id, user, company, chain } = facts;
    return { codeunit: chain.at(-1) ?? null, sessionId: id, company, user };
  },
});
