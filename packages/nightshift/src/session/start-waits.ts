/** What of a session of StartSession matters to those who wait for it. */
export interface AwaitedSession {
  readonly waiting: { readonly id: number };
  readonly state: 'held' | 'queued' | 'running' | 'ended';
}

/**
 * Which running sessions of StartSession wait for which others. A session that waits keeps its place, so when each of
 * them waits, directly or through others, for one that waits for a place, none would ever go on.
 */
export class StartWaits {
  /** By the id of who waits: for whom, and how often. */
  readonly #waits = new Map<number, Map<AwaitedSession, number>>();

  /**
   * A running session is about to wait for another one until `over` settles.
   * @returns false, and nothing is noted, when none of those that run could go on then
   */
  mayWait(own: number, target: AwaitedSession, over: Promise<unknown>, running: Iterable<number>): boolean {
    const targets = this.#waits.get(own) ?? new Map<AwaitedSession, number>();
    this.#waits.set(own, targets);
    targets.set(target, (targets.get(target) ?? 0) + 1);
    const end = () => this.#end(own, target);
    if ([...running].every((id) => this.#isStuck(id, new Set()))) {
      end();
      return false;
    }
    over.then(end, end);
    return true;
  }

  #end(own: number, target: AwaitedSession): void {
    const targets = this.#waits.get(own);
    const left = (targets?.get(target) ?? 1) - 1;
    if (left > 0) targets?.set(target, left);
    else targets?.delete(target);
    if (targets?.size === 0) this.#waits.delete(own);
  }

  /** Whether it waits for one that waits for a place, or for one of which that is true. */
  #isStuck(id: number, seen: Set<number>): boolean {
    if (seen.has(id)) return false;
    seen.add(id);
    for (const { state, waiting } of this.#waits.get(id)?.keys() ?? []) {
      if (state === 'queued' || state === 'held') return true;
      if (state === 'running' && this.#isStuck(waiting.id, seen)) return true;
    }
    return false;
  }
}
