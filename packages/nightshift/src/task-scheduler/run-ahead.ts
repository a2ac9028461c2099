import type { Clock } from '../foundation/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';

/** Most tasks of one shared transaction that are on their way at a time. */
export const AHEAD_MAX = 16;

/**
 * Tasks that take longer gain nothing from running ahead, and what they do besides asking the database should not be done by
 * more of them at a time than places are there.
 */
const AHEAD_MS_MAX = 100;

/**
 * How many tasks of a codeunit are begun one behind the other. Worth it only when they ask one thing of the database and end:
 * so it doubles as long as they do, and halves when one does not.
 */
export class RunAhead {
  readonly #counts = new Map<string, number>();

  /** How many are begun now; at least 1, which is one after another. */
  countOf({ codeunit }: ClaimedTask): number {
    return this.#counts.get(codeunit) ?? 1;
  }

  /** What became of as many. @param keptToOne whether each of them has sent one statement at most, and ended well */
  told(task: ClaimedTask, keptToOne: boolean, tookMs: number): void {
    const count = this.countOf(task);
    const next = keptToOne && tookMs <= AHEAD_MS_MAX ? count * 2 : Math.floor(count / 2);
    this.#counts.set(task.codeunit, Math.min(Math.max(next, 1), AHEAD_MAX));
  }
}

/** With what `LineAhead` learns. */
interface AheadParts {
  readonly ahead: Pick<RunAhead, 'countOf' | 'told'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** How the session of a task has asked. */
interface Asking {
  /** Whether others may have begun behind its first statement. */
  readonly hasAsked: boolean;
  /** Whether it has sent one statement at most, and ended well. */
  readonly keptToOne: boolean;
}

/** How many tasks of one transaction may be on their way; learns from as many as have ended, and goes on with that. */
export class LineAhead {
  readonly #parts: AheadParts;
  readonly #task: ClaimedTask;
  #isFirst: boolean;
  #count: number;
  #since: number;
  #ended = 0;
  #keptToOne = true;

  /**
   * @param task one of them
   * @param isFirst whether the transaction has no connection so far
   */
  constructor(parts: AheadParts, task: ClaimedTask, isFirst: boolean) {
    this.#parts = parts;
    this.#task = task;
    this.#isFirst = isFirst;
    this.#count = parts.ahead.countOf(task);
    this.#since = parts.clock.monotonic();
  }

  get count(): number {
    return this.#count;
  }

  /** One has ended. */
  ended({ hasAsked, keptToOne }: Asking): void {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    // One that had to wait for a connection let nobody begin behind it, which says nothing.
    if (isFirst && !hasAsked) return;
    this.#ended++;
    this.#keptToOne &&= keptToOne;
    if (this.#ended === this.#count) this.#learn();
  }

  /** No more begin. @param areAll whether all have begun that were to */
  over(areAll: boolean): void {
    this.#keptToOne &&= areAll;
    if (this.#ended > 0) this.#learn();
  }

  #learn(): void {
    const { ahead, clock } = this.#parts;
    const now = clock.monotonic();
    ahead.told(this.#task, this.#keptToOne, now - this.#since);
    this.#count = ahead.countOf(this.#task);
    this.#since = now;
    this.#ended = 0;
    this.#keptToOne = true;
  }
}
