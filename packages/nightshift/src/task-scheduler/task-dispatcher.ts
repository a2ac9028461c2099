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
  #stopping = false;
  #woken = Promise.withResolvers<void>();
  #placeFree = Promise.withResolvers<void>();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: TaskDispatcherParts) {
    this.#parts = parts;
    this.service = serviceOf('task dispatcher', {
      start: async (signal) => {
        this.#stopping = false;
        signal.addEventListener('abort', () => this.#beginStop(), { once: true });
        this.#loop = this.#run(signal);
      },
      stop: () => this.#loop,
    });
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

  /** Forgets what was claimed: the claims are lost. */
  abandon(): void {
    this.#takeBuffer();
    this.#parts.completion.abandon();
  }

  /**
   * Claims once and starts what it got, waiting for places as needed. Returns how many it claimed, and whether there may
   * be more.
   */
  async runOnce(): Promise<{ readonly claimed: number; readonly more: boolean }> {
    const wanted = this.#claimSize();
    const tasks = await this.#parts.claim.claim(wanted);
    this.#buffer.push(...tasks);
    await this.#startBuffered();
    return { claimed: tasks.length, more: tasks.length === wanted };
  }

  async #run(signal: AbortSignal): Promise<void> {
    let delay = RETRY_MS_MIN;
    while (!this.#stopping) {
      this.#woken = Promise.withResolvers<void>();
      try {
        const { more } = await this.runOnce();
        delay = RETRY_MS_MIN;
        if (!more && !this.#stopping) await this.#rest(await this.#parts.claim.nextDueMs(), signal);
      } catch (error) {
        this.#parts.telemetry.emit('NS0005', { reason: storedErrorOf(error).message });
        await this.#parts.clock.sleep(delay, signal);
        delay = Math.min(delay * 2, RETRY_MS_MAX);
        await this.#parts.claim.releaseUnknown().catch(() => undefined);
      }
    }
  }

  /** Sleeps until the next due time, the next poll, a wake-up or the stop. */
  async #rest(nextDueMs: number | null, signal: AbortSignal): Promise<void> {
    const rest = new AbortController();
    const end = () => rest.abort();
    signal.addEventListener('abort', end, { once: true });
    const woken = this.#woken.promise.then(end);
    await this.#parts.clock.sleep(Math.min(nextDueMs ?? POLL_MS, POLL_MS), rest.signal);
    signal.removeEventListener('abort', end);
    if (rest.signal.aborted) await Promise.race([woken, Promise.resolve()]);
  }

  /** Starts claimed tasks while places are free; the last ones are started before the next claim is needed. */
  async #startBuffered(): Promise<void> {
    while (this.#bufferAt < this.#buffer.length && !this.#stopping) {
      if (this.#running.size >= this.#parts.concurrency) {
        this.#placeFree = Promise.withResolvers<void>();
        await this.#placeFree.promise;
        continue;
      }
      if (this.#parts.completion.waiting > COMPLETION_BACKLOG_MAX) await this.#parts.completion.drain();
      const task = this.#buffer[this.#bufferAt++];
      if (task !== undefined) this.#start(task);
    }
    if (!this.#stopping) this.#takeBuffer();
  }

  #start(task: ClaimedTask): void {
    const { clock, claim, run } = this.#parts;
    const begun = clock.monotonic();
    const ended = run(task).finally(() => {
      this.#running.delete(ended);
      claim.settled(task);
      this.#taskMs += (clock.monotonic() - begun - this.#taskMs) * MEASURE_WEIGHT;
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
