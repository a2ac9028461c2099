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
