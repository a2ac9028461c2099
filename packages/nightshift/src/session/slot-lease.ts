import { sessionEnded } from './session-errors.ts';
import type { Slot, SlotIdentity, SlotPool } from './slots.ts';

/** The slot that one session holds from its first statement to its end. */
export class SlotLease {
  readonly #pool: SlotPool;
  readonly #identity: SlotIdentity;
  #slot: Slot | null = null;
  #acquiring: Promise<Slot> | null = null;
  /** Rejects when the session is not to wait for a slot any more; null while nobody has waited. */
  #refusal: PromiseWithResolvers<never> | null = null;
  #released = false;

  constructor(pool: SlotPool, identity: SlotIdentity) {
    this.#pool = pool;
    this.#identity = identity;
  }

  /** The slot; null while the session has none. */
  get slot(): Slot | null {
    return this.#slot;
  }

  /** One that is ready at once; null when that would take a wait. */
  take(): Slot | null {
    if (this.#acquiring !== null) return null;
    this.#slot = this.#pool.take(this.#identity);
    return this.#slot;
  }

  /**
   * Statements of one session that run side by side share its slot: only the first asks for one.
   * @throws what `refuse` was told; NightshiftError SESSION_ENDED, and as `SlotPool.acquire`
   */
  async acquire(): Promise<Slot> {
    const acquiring = this.#acquiring ?? this.#pool.acquire(this.#identity);
    this.#acquiring = acquiring;
    this.#refusal ??= Promise.withResolvers<never>();
    try {
      const slot = await Promise.race([acquiring, this.#refusal.promise]);
      if (this.#released) throw sessionEnded();
      this.#slot = slot;
      return slot;
    } catch (error) {
      // When it was refused, the slot is still on its way, and is given back when it comes.
      acquiring.catch(() => {
        if (this.#acquiring === acquiring) this.#acquiring = null;
      });
      throw error;
    }
  }

  /** Whoever waits for the slot gets `reason` instead: a session that was told to stop waits for nothing. */
  refuse(reason: unknown): void {
    this.#refusal?.promise.catch(() => undefined);
    this.#refusal?.reject(reason);
  }

  /** Lets its slot join another role of its user. @param lentNo undefined: its own @returns as `SlotPool.rejoin` */
  async rejoin(lentNo = this.#identity.lentNo ?? undefined): Promise<string> {
    if (this.#slot === null) throw sessionEnded();
    return this.#pool.rejoin(this.#slot, this.#identity, lentNo ?? null);
  }

  /** Gives the slot to whoever comes next while the answer to its COMMIT is missing. `answered` must not reject. */
  handOver(answered: Promise<unknown>): void {
    const slot = this.#slot;
    if (slot === null) return;
    this.#slot = this.#acquiring = null;
    this.#released = true;
    this.#pool.handOver(slot, answered);
  }

  /** Gives a broken slot back for another one. Returns false when the session has ended meanwhile. */
  leave(slot: Slot): boolean {
    if (this.#slot !== slot) return false;
    this.#slot = null;
    this.#acquiring = null;
    this.#pool.release(slot, false);
    return true;
  }

  /** Gives it back for good; one that is only on its way as soon as it comes, which nobody waits for. */
  release(isHealthy: () => boolean): void {
    const slot = this.#slot;
    const acquiring = this.#acquiring;
    this.#released = true;
    this.#slot = this.#acquiring = null;
    if (slot !== null) this.#pool.release(slot, isHealthy());
    else acquiring?.then((unused) => this.#pool.release(unused, true)).catch(() => undefined);
    // An error has a stack, which costs more than all else at the end of a session that waited for no slot.
    if (this.#refusal !== null) this.refuse(sessionEnded());
  }
}
