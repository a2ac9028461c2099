import { SECOND_MS, type Service, serviceOf, storedErrorOf } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { TaskPlaces, type TaskPlacesParts } from './task-places.ts';
import { tellClaimed } from './task-telemetry.ts';

/** How often the dispatcher looks by itself, whatever wake-ups say. */
const POLL_MS = 2 * SECOND_MS;
/** How often it looks whether what was claimed ahead finds no place. */
const STALL_LOOK_MS = 0.5 * SECOND_MS;
/** How often rows are released that this instance is said to hold and does not know of. */
const RELEASE_UNKNOWN_MS = 30 * SECOND_MS;
/** What is done again and again for safety's sake rests this many times as long as it takes. */
const COST_SHARE = 50;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5 * SECOND_MS;

/** What the dispatcher works with. */
export interface TaskDispatcherParts extends TaskPlacesParts {
  readonly telemetry: Telemetry;
}

/**
 * Claims due tasks and runs them, as many at a time as this instance may. A thin loop around `runOnce`, woken by
 * notifications, by the next due time, and every two seconds.
 */
export class TaskDispatcher {
  readonly #parts: TaskDispatcherParts;
  readonly #places: TaskPlaces;
  readonly service: Service;
  #releaseMs = 0;
  /** When all lanes were looked at from their starts, and how long to wait with the next time. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #lookPauseMs = POLL_MS;
  #lastRelease = 0;
  #claiming = false;
  #started = false;
  #releasing: Promise<void> = Promise.resolve();
  #woken = Promise.withResolvers<void>();
  #loop: Promise<unknown> = Promise.resolve();

  constructor(parts: TaskDispatcherParts) {
    this.#parts = parts;
    this.#places = new TaskPlaces(parts, {
      onSuspect: (task) => tellClaimed(parts.telemetry, [task]),
      onRoom: () => this.#woken.resolve(),
    });
    this.service = serviceOf('task dispatcher', {
      start: async (signal) => {
        this.#places.open();
        this.#started = true;
        signal.addEventListener('abort', () => this.#beginStop(), { once: true });
        this.#loop = Promise.all([
          this.#run(signal),
          this.#watchWaiting(signal),
          this.#places.suspects.watch(signal),
        ]);
      },
      stop: async () => {
        await this.#loop;
      },
    });
  }

  /** Whether tasks may begin: not while it stops. */
  get mayStart(): boolean {
    return this.#places.isOpen;
  }

  /** Tasks that run now. */
  get running(): number {
    return this.#places.running;
  }

  /** Places for tasks that are created now: none while anything else may be waiting for one. */
  get idlePlaces(): number {
    return this.#started && !this.#parts.claim.wanted ? this.#places.idle : 0;
  }

  /** Starts tasks that were claimed when they were created. */
  adopt(tasks: readonly ClaimedTask[]): void {
    this.#places.add(tasks);
    tellClaimed(this.#parts.telemetry, tasks);
  }

  /** Rows may be claimed that this instance does not know of: they are given back soon. */
  doubt(): void {
    this.#lastRelease = Number.NEGATIVE_INFINITY;
  }

  /** Tasks of a company may be due, or of all (null). `fromStart`: also such as had been due for a while. */
  wake(lane: number | null = null, fromStart = true): void {
    this.#parts.claim.want(lane, fromStart);
    this.#woken.resolve();
  }

  /** Tasks of a dead instance were given back: as suspects. */
  expectSuspects(): void {
    this.#places.suspects.expect();
  }

  /** Resolves when the tasks that run now have ended. */
  settled(): Promise<void> {
    return this.#places.settled();
  }

  /** Hands back what was claimed and not started. */
  async handBack(): Promise<void> {
    await this.#parts.claim.release(this.#places.take());
  }

  /** Gives back every task that the table says this instance holds, whatever has become of it here. */
  async releaseAll(): Promise<void> {
    this.abandon();
    await this.#parts.claim.releaseAll();
  }

  /** Forgets what was claimed: the claims are lost. */
  abandon(): void {
    this.#places.take();
    this.#parts.completion.abandon();
  }

  /**
   * Claims once and starts what it got, as places become free. Returns how many it claimed, and whether there may be
   * more.
   */
  async runOnce(): Promise<{ readonly claimed: number; readonly more: boolean }> {
    const claimed = await this.#claimSome();
    await this.#places.waitingAtMost(0);
    return claimed;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { claim, clock, telemetry } = this.#parts;
    const places = this.#places;
    let delay = RETRY_MS_MIN;
    while (places.isOpen) {
      this.#woken = Promise.withResolvers<void>();
      try {
        const waitMs = claim.wanted ? 0 : await this.#look();
        if (claim.wanted) {
          await this.#claimSome();
          // The next claim is under way while the last tasks of this one run, so that no place is ever idle.
          await places.waitingAtMost(claim.wanted ? places.claimSize / 2 : 0);
          if (places.isStalled) await places.oneFree();
        } else if (places.isOpen) {
          await this.#rest(waitMs, signal);
        }
        delay = RETRY_MS_MIN;
      } catch (error) {
        telemetry.emit('NS0005', { reason: storedErrorOf(error).message });
        await clock.sleep(delay, signal);
        delay = Math.min(delay * 2, RETRY_MS_MAX);
        await this.#releaseUnknown();
      }
    }
  }

  /** Looks for due tasks, whatever wake-ups say. Returns for how long nothing is to be done. */
  async #look(): Promise<number> {
    const { claim, clock } = this.#parts;
    const begun = clock.monotonic();
    const full = begun - this.#lookedAt >= this.#lookPauseMs;
    const nextDueMs = await claim.look(full);
    if (full) {
      this.#lookedAt = clock.monotonic();
      this.#lookPauseMs = Math.max(POLL_MS, COST_SHARE * (this.#lookedAt - begun));
    }
    return Math.min(nextDueMs ?? POLL_MS, POLL_MS);
  }

  async #claimSome(): Promise<{ readonly claimed: number; readonly more: boolean }> {
    await this.#releasing;
    const { claim, telemetry } = this.#parts;
    const wanted = Math.max(1, this.#places.claimSize - this.#places.waiting);
    this.#claiming = true;
    const tasks = await claim.claim(wanted).finally(() => {
      this.#claiming = false;
    });
    this.#places.add(tasks);
    tellClaimed(telemetry, tasks);
    return { claimed: tasks.length, more: claim.wanted };
  }

  /** Never beside a claim, whose rows are not known before its answer. */
  #releaseUnknown(): Promise<void> {
    const { claim, clock, completion } = this.#parts;
    const begun = clock.monotonic();
    this.#lastRelease = begun;
    this.#releasing = claim.releaseUnknown(completion.claims()).then(
      () => {
        this.#releaseMs = clock.monotonic() - begun;
      },
      () => {
        this.#lastRelease = Number.NEGATIVE_INFINITY; // the database did not answer: again as soon as it may
      },
    );
    return this.#releasing;
  }

  /** Gives back what was claimed ahead when the tasks before it turn out to be long: others may have places free. */
  async #watchWaiting(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const places = this.#places;
    while (!signal.aborted) {
      await clock.sleep(STALL_LOOK_MS, signal);
      // It reads the whole table, for which no index is worth its price.
      const pauseMs = Math.max(RELEASE_UNKNOWN_MS, COST_SHARE * this.#releaseMs);
      const isReleaseDue = clock.monotonic() - this.#lastRelease >= pauseMs;
      if (isReleaseDue && !this.#claiming && places.isOpen) await this.#releaseUnknown();
      if (places.waiting === 0 || !places.isStalled) continue;
      await this.handBack().catch(() => undefined);
      places.recheck();
    }
  }

  /** Sleeps until the next due time, the next poll, a wake-up or the stop. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const rest = new AbortController();
    const end = () => rest.abort();
    signal.addEventListener('abort', end, { once: true });
    void this.#woken.promise.then(end);
    await this.#parts.clock.sleep(ms, rest.signal);
    signal.removeEventListener('abort', end);
  }

  #beginStop(): void {
    this.#places.close();
    this.#woken.resolve();
  }
}
