import { type Clock, SECOND_MS } from '../foundation/index.ts';
import type { VitalSigns } from './vital-signs.ts';
import type { Examination, Finding } from './watchdog-examination.ts';
import { BLOCKED_BY_NOTHING_KNOWN, type BlockedBy } from './watchdog-place.ts';

/** A main thread whose event loop has stood still for this long is blocked. */
export const BLOCKED_MS = 5 * SECOND_MS;
/** A main thread that stays blocked for this long past the timeout of the session that blocks it is given up. */
export const BLOCKED_GRACE_MS = 30 * SECOND_MS;
/** Looks in the time after which a thread is blocked. */
const LOOKS = 5;
/** Ticks of a healthy main thread in that time. */
const TICKS = 20;
/** A place that is not known by then follows later: the main thread is in native code. */
const EXAMINATION_MS = SECOND_MS;

/** How often a main thread says that it turns: every 250 ms. */
export function tickMsOf(blockedMs: number): number {
  return blockedMs / TICKS;
}

/** What keeps the main thread from running now. */
export interface Blockage {
  /** When its event loop last turned; see `VitalSigns`. */
  readonly since: number;
  readonly by: BlockedBy;
}

/** What the watchdog works with. */
export interface WatchdogParts {
  readonly signs: Pick<VitalSigns, 'tickAt'>;
  readonly clock: Clock;
  readonly blockedMs: number;
  readonly examine: (isStill: () => boolean) => Examination;
  /** How long the main thread may stand, in milliseconds, before this process is of no use any more. */
  readonly patienceMs: (blockage: Blockage) => number;
  /** Called once a blockage, when it is noticed. */
  readonly onBlocked: (blockage: Blockage) => void;
  /** Called once a blockage, when it is over; `ms`: how long the event loop did not turn. */
  readonly onOver: (blockage: Blockage, ms: number) => void;
  /** Called when it has stood for longer than the patience, and nobody debugs it; `ms`: for how long. */
  readonly onHopeless: (blockage: Blockage, ms: number) => void;
}

/** Watches from another thread whether the main thread's event loop turns. */
export class Watchdog {
  readonly #parts: WatchdogParts;
  #seen: number;
  #lookedAt: number;
  /** Only what was looked at counts: when the whole process was frozen, nothing was blocked. */
  #stoodMs = 0;
  #blockage: Blockage | null = null;
  #examination: Examination | null = null;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    this.#seen = parts.signs.tickAt;
    this.#lookedAt = parts.clock.monotonic();
  }

  /** What keeps the main thread from running; null while nothing does. */
  get blockage(): Blockage | null {
    return this.#blockage;
  }

  /** Looks until `signal` is aborted. Never rejects. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.runOnce();
      await this.#parts.clock.sleep(this.#lookMs, signal);
    }
    this.#examination?.end();
  }

  /** One look. Takes at most a second longer than it takes to write to memory: for the examination. */
  async runOnce(): Promise<void> {
    const { signs, clock, blockedMs } = this.#parts;
    const now = clock.monotonic();
    const sinceLook = Math.min(now - this.#lookedAt, 2 * this.#lookMs);
    this.#lookedAt = now;
    const tick = signs.tickAt;
    if (tick !== this.#seen) {
      await this.#turned(tick);
      return;
    }
    this.#stoodMs += sinceLook;
    if (this.#blockage !== null) await this.#judge(this.#blockage);
    else if (this.#stoodMs >= blockedMs) await this.#stands(tick);
  }

  get #lookMs(): number {
    return this.#parts.blockedMs / LOOKS;
  }

  async #turned(tick: number): Promise<void> {
    // What native code was running is told when it returns, that is just now.
    if (this.#examination !== null) await this.#settled(this.#examination);
    const blockage = this.#blockage;
    const ms = tick - this.#seen;
    this.#seen = tick;
    this.#stoodMs = 0;
    this.#blockage = null;
    this.#examination?.end();
    this.#examination = null;
    if (blockage !== null) this.#parts.onOver(blockage, ms);
  }

  async #stands(since: number): Promise<void> {
    const { signs, examine, onBlocked } = this.#parts;
    const examination = examine(() => signs.tickAt === since);
    const found = await this.#settled(examination);
    if (found?.kind === 'paused') {
      // Somebody debugs. When they let it go, the time begins anew.
      this.#stoodMs = 0;
      return;
    }
    const by = found?.kind === 'blocked' ? found.by : BLOCKED_BY_NOTHING_KNOWN;
    this.#blockage = { since, by };
    onBlocked(this.#blockage);
    if (found === null) this.#learnLater(examination);
  }

  /** Looks once more before it gives the main thread up: somebody may debug it by now, or the place may be another one. */
  async #judge({ since }: Blockage): Promise<void> {
    const { signs, examine, patienceMs, onHopeless } = this.#parts;
    if (this.#blockage === null || this.#stoodMs < patienceMs(this.#blockage)) return;
    this.#examination?.end();
    const examination = examine(() => signs.tickAt === since);
    this.#examination = examination;
    const found = await this.#settled(examination);
    if (signs.tickAt !== since) return; // the next look sees it turn
    if (found?.kind === 'paused') {
      this.#stoodMs = 0;
      return;
    }
    if (found?.kind === 'blocked') this.#blockage = { since, by: found.by };
    if (this.#stoodMs >= patienceMs(this.#blockage)) onHopeless(this.#blockage, this.#stoodMs);
  }

  /** What is found in time, else null. */
  async #settled({ found }: Examination): Promise<Finding | null> {
    const enough = new AbortController();
    const late = this.#parts.clock.sleep(EXAMINATION_MS, enough.signal).then(() => null);
    const settled = await Promise.race([found, late]);
    enough.abort();
    return settled;
  }

  #learnLater(examination: Examination): void {
    this.#examination = examination;
    void examination.found.then((found) => {
      if (this.#examination !== examination || this.#blockage === null || found.kind !== 'blocked') return;
      this.#blockage = { ...this.#blockage, by: found.by };
    });
  }
}
