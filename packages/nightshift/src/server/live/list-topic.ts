import type { LiveList } from '../../contract/live.ts';
import type { Executor } from '../../database/index.ts';
import { type Clock, SECOND_MS } from '../../foundation/index.ts';
import { type ListLook, type LookedAt, lookAtList, lookSince } from './list-look.ts';
import { type Listener, type LookRound, tellAll } from './live-listener.ts';
import { positionText } from './live-position.ts';

/** How often a list is looked at that is too long for it. */
const LONG_LIST_MS = 2 * SECOND_MS;
/** Positions that listeners come back with, looked at in one round; further ones wait for the next. */
const RETURNS_MAX = 20;

/** A list of a company that somebody listens to. */
export class ListTopic {
  readonly list: LiveList;
  readonly companyNo: number;
  readonly #clock: Clock;
  readonly #joining = new Set<Listener>();
  readonly #listeners = new Set<Listener>();
  #last: ListLook | null = null;
  #lookedAt = 0;

  constructor(list: LiveList, companyNo: number, clock: Clock) {
    this.list = list;
    this.companyNo = companyNo;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#joining.size + this.#listeners.size === 0;
  }

  add(listener: Listener): void {
    this.#joining.add(listener);
  }

  remove(listener: Listener): void {
    this.#joining.delete(listener);
    this.#listeners.delete(listener);
  }

  /** Tells those who may not listen any more. */
  async checkRights(): Promise<void> {
    for (const listener of [...this.#listeners]) {
      if ((await listener.reach()) !== null || !this.#listeners.delete(listener)) continue;
      listener.end();
    }
  }

  async look(executor: Executor, round: LookRound): Promise<void> {
    if (this.#joining.size === 0 && !this.#isDue(round)) return;
    const at: LookedAt = { list: this.list, companyNo: this.companyNo, head: round.head };
    const joining = [...this.#joining];
    const last = this.#last;
    const look = await lookAtList(executor, at, last?.position ?? null, last?.told ?? null);
    this.#last = look;
    this.#lookedAt = this.#clock.monotonic();
    if (look.change !== null) await tellAll(this.#listeners, positionText(look.position), look.change);
    await this.#admit(executor, at, joining, look);
  }

  #isDue({ isQuiet }: LookRound): boolean {
    if (isQuiet) return false;
    return this.#last?.tooLong !== true || this.#clock.monotonic() - this.#lookedAt >= LONG_LIST_MS;
  }

  /** Lets those in who came before the look. */
  async #admit(
    executor: Executor,
    at: LookedAt,
    joining: readonly Listener[],
    look: ListLook,
  ): Promise<void> {
    const since = Map.groupBy(joining, (listener) => listener.since);
    let returns = 0;
    for (const [position, listeners] of since) {
      if (position !== null && returns++ === RETURNS_MAX) return;
      const missed =
        position === null ? null : await lookSince(executor, at, position, look.position.horizon);
      // One who left meanwhile is not let in.
      const present = new Set(listeners.filter((listener) => this.#joining.delete(listener)));
      for (const listener of present) {
        this.#listeners.add(listener);
        listener.begin(positionText((missed ?? look).position), missed === null);
      }
      if (missed === null || missed.change === null) continue;
      await tellAll(present, positionText(missed.position), missed.change);
      for (const listener of listeners) if (!present.has(listener)) this.#listeners.delete(listener);
    }
  }
}
