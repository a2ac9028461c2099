import { type Clock, SECOND_MS, type Service, serviceOf, storedErrorOf } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import type { TaskClaim } from './task-claim.ts';
import type { TaskCompletion } from './task-completion.ts';

/** How often the dispatcher looks by itself, whatever wake-ups say. */
const POLL_MS = 2 * SECOND_MS;
/** Work claimed ahead of the free places, in milliseconds of what tasks were measured to take. */
const CLAIM_AHEAD_MS = 100;
const CLAIM_SIZE_MAX = 1_000;
/** Claimed tasks that waited this long for a place are given back. */
const STALL_MS = SECOND_MS;
/** How often rows are released that this instance is said to hold and does not know of. */
const RELEASE_UNKNOWN_MS = 30 * SECOND_MS;
/** Finished tasks that may wait for their removal before no more are started. */
const COMPLETION_BACKLOG_MAX = 4_000;
/** Weight of the newest measurement. */
const MEASURE_WEIGHT = 0.1;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5 * SECOND_MS;

/** What the dispatcher works with. */
export interface TaskDispatcherParts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly claim: TaskClaim;
  readonly completion: TaskCompletion;
  readonly run: (task: ClaimedTask) => Promise<void>;
  /** Tasks that run at the same time. */
  readonly concurrency: number;
}

/**
 * Claims due tasks and runs them, as many at a time as this instance may. A thin loop around `runOnce`, woken by
 * notifications, by the next due time, and every two seconds.
 */
export class TaskDispatcher {
  readonly #parts: TaskDispatcherParts;
  readonly #running = new Set<Promise<void>>();
  readonly service: Service;
  #buffer: ClaimedTask[] = [];
  #bufferAt = 0;
  #taskMs = 10;
  #lastStart = 0;
  #lastRelease = 0;
  #claiming = false;
  #releasing: Promise<void> = Promise.resolve();
  #stopping = false;
  #woken = Promise.withResolvers<void>();
  #placeFree = Promise.withResolvers<void>();
  #loop: Promise<unknown> = Promise.resolve();

  constructor(parts: TaskDispatcherParts) {
    this.#parts = parts;
    this.service = serviceOf('task dispatcher', {
      start: async (signal) => {
        this.#stopping = false;
        signal.addEventListener('abort', () => this.#beginStop(), { once: true });
        this.#loop = Promise.all([this.#run(signal), this.#watchBuffer(signal)]);
      },
      stop: async () => {
        await this.#loop;
      },
    });
  }

  get #buffered(): number {
    return this.#buffer.length - this.#bufferAt;
  }

  /** Tasks that run now. */
  get running(): number {
    return this.#running.size;
  }

  /** Something may be due: look now. */
  wake(): void {
    this.#woken.resolve();
  }

  /** Resolves when the tasks that run now have ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    await this.#parts.completion.drain();
  }

  /** Hands back what was claimed and not started. */
  async handBack(): Promise<void> {
    await this.#parts.claim.release(this.#takeBuffer());
  }

  /** Gives back every task that the table says this instance holds, whatever has become of it here. */
  async releaseAll(): Promise<void> {
    this.abandon();
    await this.#parts.claim.releaseAll();
  }

  /** Forgets what was claimed: the claims are lost. */
  abandon(): void {
    this.#takeBuffer();
    this.#parts.completion.abandon();
  }

  /**
   * Claims once and starts what it got, as places become free. Returns how many it claimed, and whether there may be
   * more.
   */
  async runOnce(): Promise<{ readonly claimed: number; readonly more: boolean }> {
    const claimed = await this.#claimSome();
    await this.#bufferAtMost(0);
    return claimed;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let delay = RETRY_MS_MIN;
    while (!this.#stopping) {
      this.#woken = Promise.withResolvers<void>();
      try {
        const { more } = await this.#claimSome();
        delay = RETRY_MS_MIN;
        // The next claim is under way while the last tasks of this one run, so that no place is ever idle.
        await this.#bufferAtMost(more ? this.#claimSize() / 2 : 0);
        if (this.#isStalled()) await this.#onePlaceFree();
        else if (!more && !this.#stopping) await this.#rest(await this.#parts.claim.nextDueMs(), signal);
      } catch (error) {
        this.#parts.telemetry.emit('NS0005', { reason: storedErrorOf(error).message });
        await this.#parts.clock.sleep(delay, signal);
        delay = Math.min(delay * 2, RETRY_MS_MAX);
        await this.#releaseUnknown();
      }
    }
  }

  async #claimSome(): Promise<{ readonly claimed: number; readonly more: boolean }> {
    await this.#releasing;
    const wanted = Math.max(1, this.#claimSize() - this.#buffered);
    this.#claiming = true;
    const tasks = await this.#parts.claim.claim(wanted).finally(() => {
      this.#claiming = false;
    });
    this.#buffer = [...this.#takeBuffer(), ...tasks];
    this.#fillPlaces();
    return { claimed: tasks.length, more: tasks.length === wanted };
  }

  /** Never beside a claim, whose rows are not known before its answer. */
  #releaseUnknown(): Promise<void> {
    const { claim, clock, completion } = this.#parts;
    this.#lastRelease = clock.monotonic();
    this.#releasing = claim.releaseUnknown(completion.claims()).catch(() => {
      this.#lastRelease = Number.NEGATIVE_INFINITY; // the database did not answer: again as soon as it may
    });
    return this.#releasing;
  }

  /** Gives back what was claimed ahead when the tasks before it turn out to be long: others may have places free. */
  async #watchBuffer(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(STALL_MS / 2, signal);
      const isReleaseDue = this.#parts.clock.monotonic() - this.#lastRelease >= RELEASE_UNKNOWN_MS;
      if (isReleaseDue && !this.#claiming && !this.#stopping) await this.#releaseUnknown();
      if (this.#buffered === 0 || !this.#isStalled()) continue;
      await this.handBack().catch(() => undefined);
      this.#placeFree.resolve();
    }
  }

  /** No place is free, and none has been for a while. */
  #isStalled(): boolean {
    const { clock, concurrency } = this.#parts;
    return this.#running.size >= concurrency && clock.monotonic() - this.#lastStart > STALL_MS;
  }

  async #onePlaceFree(): Promise<void> {
    while (this.#running.size >= this.#parts.concurrency && !this.#stopping) {
      this.#placeFree = Promise.withResolvers<void>();
      await this.#placeFree.promise;
    }
  }

  /** Sleeps until the next due time, the next poll, a wake-up or the stop. */
  async #rest(nextDueMs: number | null, signal: AbortSignal): Promise<void> {
    const rest = new AbortController();
    const end = () => rest.abort();
    signal.addEventListener('abort', end, { once: true });
    void this.#woken.promise.then(end);
    await this.#parts.clock.sleep(Math.min(nextDueMs ?? POLL_MS, POLL_MS), rest.signal);
    signal.removeEventListener('abort', end);
  }

  /** Starts claimed tasks while places are free. */
  #fillPlaces(): void {
    const { completion, concurrency } = this.#parts;
    while (
      !this.#stopping &&
      this.#running.size < concurrency &&
      completion.waiting < COMPLETION_BACKLOG_MAX
    ) {
      const task = this.#buffer[this.#bufferAt];
      if (task === undefined) return;
      this.#bufferAt++;
      this.#start(task);
    }
  }

  /** Resolves when at most `count` claimed tasks wait for a place, or when the dispatcher stops. */
  async #bufferAtMost(count: number): Promise<void> {
    while (this.#buffered > count && !this.#stopping) {
      this.#placeFree = Promise.withResolvers<void>();
      if (this.#running.size === 0) {
        await this.#parts.completion.drain();
        this.#fillPlaces();
      } else {
        await this.#placeFree.promise;
      }
    }
  }

  #start(task: ClaimedTask): void {
    const { clock, claim, run } = this.#parts;
    const begun = clock.monotonic();
    this.#lastStart = begun;
    const ended = run(task).finally(() => {
      this.#running.delete(ended);
      claim.settled(task);
      this.#taskMs += (clock.monotonic() - begun - this.#taskMs) * MEASURE_WEIGHT;
      this.#fillPlaces();
      this.#placeFree.resolve();
    });
    this.#running.add(ended);
  }

  #claimSize(): number {
    const { concurrency } = this.#parts;
    const ahead = Math.floor((concurrency * CLAIM_AHEAD_MS) / Math.max(this.#taskMs, 0.01));
    return Math.min(CLAIM_SIZE_MAX, concurrency + ahead);
  }

  #takeBuffer(): readonly ClaimedTask[] {
    const rest = this.#buffer.slice(this.#bufferAt);
    this.#buffer = [];
    this.#bufferAt = 0;
    return rest;
  }

  #beginStop(): void {
    this.#stopping = true;
    this.#woken.resolve();
    this.#placeFree.resolve();
  }
}
