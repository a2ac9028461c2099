import { type Clock, SECOND_MS } from '../foundation/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { type SharedSizes, sharedCountAt, sharedTogether } from './shared-tasks.ts';
import { StartPace } from './start-pace.ts';
import type { SuspectClaim, SuspectPlaces } from './suspect-claim.ts';
import type { TaskClaim } from './task-claim.ts';
import type { TaskCompletion } from './task-completion.ts';

/** Work claimed ahead of the free places, in milliseconds of what tasks were measured to take. */
const CLAIM_AHEAD_MS = 100;
const CLAIM_SIZE_MAX = 1_000;
/** No place has become free for this long: what was claimed ahead may find one elsewhere. */
const STALL_MS = SECOND_MS;
/** Finished tasks that may wait for their removal before no more are started. */
const COMPLETION_BACKLOG_MAX = 4_000;
/** Weight of the newest measurement. */
const MEASURE_WEIGHT = 0.1;

/** What places are filled with. */
export interface TaskPlacesParts {
  readonly clock: Clock;
  readonly claim: TaskClaim;
  readonly completion: TaskCompletion;
  /** Makes the claim of suspects. */
  readonly suspects: (places: SuspectPlaces) => SuspectClaim;
  /**
   * Runs a task to its outcome; never rejects. `yieldPlace` may be called once, when nothing but an answer of the database
   * is missing: another task may start in its place.
   */
  readonly run: (task: ClaimedTask, yieldPlace: () => void) => Promise<void>;
  /** How many tasks of which codeunit share a transaction, and what runs them to their outcomes; never rejects. */
  readonly shared: {
    readonly sizes: SharedSizes;
    readonly run: (tasks: readonly ClaimedTask[], yieldPlace: () => void) => Promise<void>;
  };
  /** Tasks that run at the same time. */
  readonly concurrency: number;
  /** How many may start in a second; 0: as many as can. */
  readonly startsPerSecond: number;
}

/** What the places tell whoever claims for them. */
export interface TaskPlacesObserver {
  /** A suspect was claimed, which starts at once. */
  readonly onSuspect: (task: ClaimedTask) => void;
  /** A limit has room again. */
  readonly onRoom: () => void;
}

/** The places of an instance, in each of which a task runs, and the claimed tasks that wait for one. */
export class TaskPlaces {
  readonly #parts: TaskPlacesParts;
  readonly #observer: TaskPlacesObserver;
  readonly #running = new Set<Promise<void>>();
  readonly #pace: StartPace;
  readonly suspects: SuspectClaim;
  #buffer: ClaimedTask[] = [];
  #bufferAt = 0;
  #taskMs = 10;
  /** Places that are taken; a task that only waits for its commit has none. */
  #taken = 0;
  #lastStart = 0;
  #isOpen = true;
  /** Ends the wait for the pace; null: nobody waits for it. */
  #pausing: AbortController | null = null;
  #free = Promise.withResolvers<void>();

  constructor(parts: TaskPlacesParts, observer: TaskPlacesObserver) {
    this.#parts = parts;
    this.#observer = observer;
    this.#pace = new StartPace(parts.startsPerSecond, parts.clock);
    this.suspects = parts.suspects({
      concurrency: parts.concurrency,
      free: () => parts.concurrency - this.#taken,
      start: (task) => {
        observer.onSuspect(task);
        this.#start(task);
      },
      over: () => {
        this.fill();
        this.#free.resolve();
      },
    });
  }

  /** Tasks may start from now on. */
  open(): void {
    this.#isOpen = true;
  }

  /** No task starts any more. */
  close(): void {
    this.#isOpen = false;
    this.#pausing?.abort();
    this.#free.resolve();
  }

  /** Whether tasks may start. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Tasks that run now. */
  get running(): number {
    return this.#running.size;
  }

  /** Claimed tasks that wait for a place. */
  get waiting(): number {
    return this.#buffer.length - this.#bufferAt;
  }

  /** Places that nobody waits for, as far as is known here. */
  get idle(): number {
    const { concurrency } = this.#parts;
    const isFree = this.#isOpen && this.waiting === 0 && this.suspects.kept === 0;
    return isFree ? Math.min(concurrency - this.#taken, this.#pace.room) : 0;
  }

  /** No place is free, and none has been for a while. */
  get isStalled(): boolean {
    const { clock, concurrency } = this.#parts;
    return this.#taken >= concurrency && clock.monotonic() - this.#lastStart > STALL_MS;
  }

  /** How many tasks are to be claimed at a time. */
  get claimSize(): number {
    const { concurrency } = this.#parts;
    const ahead = Math.floor((concurrency * CLAIM_AHEAD_MS) / Math.max(this.#taskMs, 0.01));
    return Math.min(CLAIM_SIZE_MAX, concurrency + ahead, Math.ceil(this.#pace.burst));
  }

  /** Adds claimed tasks, which start as places become free. */
  add(tasks: readonly ClaimedTask[]): void {
    this.#buffer = sharedTogether([...this.take(), ...tasks], this.#parts.shared.sizes);
    this.fill();
  }

  /** Takes all that have not started. */
  take(): readonly ClaimedTask[] {
    const rest = this.#buffer.slice(this.#bufferAt);
    this.#buffer = [];
    this.#bufferAt = 0;
    return rest;
  }

  /** Resolves when the tasks that run now have ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    await this.#parts.completion.drain();
  }

  /** Resolves when at most `count` tasks wait for a place, or when no more start. */
  async waitingAtMost(count: number): Promise<void> {
    while (this.waiting > count && this.#isOpen) {
      this.#free = Promise.withResolvers<void>();
      if (this.#running.size === 0 && this.suspects.kept === 0 && this.#pausing === null) {
        await this.#parts.completion.drain();
        this.fill();
      } else {
        await this.#free.promise;
      }
    }
  }

  /** Resolves when a place is free, or when no more tasks start. */
  async oneFree(): Promise<void> {
    while (this.#taken >= this.#parts.concurrency && this.#isOpen) {
      this.#free = Promise.withResolvers<void>();
      await this.#free.promise;
    }
  }

  /** Lets go of whoever waits for a place: there may be nothing left that needs one. */
  recheck(): void {
    this.#free.resolve();
  }

  /** Starts tasks that wait, while places are free. */
  fill(): void {
    const { claim, completion, concurrency, shared } = this.#parts;
    while (
      this.#isOpen &&
      this.#taken + this.suspects.kept < concurrency &&
      completion.waiting < COMPLETION_BACKLOG_MAX
    ) {
      const task = this.#buffer[this.#bufferAt];
      if (task === undefined) return;
      if (this.#pace.room === 0) {
        this.#pause();
        return;
      }
      const free = concurrency - this.#taken - this.suspects.kept;
      const count = sharedCountAt(this.#buffer, this.#bufferAt, shared.sizes, free);
      this.#bufferAt += count;
      if (count > 1) this.#startShared(this.#buffer.slice(this.#bufferAt - count, this.#bufferAt));
      else if (claim.starts(task)) this.#start(task);
      else claim.settled(task);
    }
  }

  /** Fills places again when the pace allows it. */
  #pause(): void {
    if (this.#pausing !== null) return;
    const pausing = new AbortController();
    this.#pausing = pausing;
    void this.#parts.clock.sleep(this.#pace.waitMs, pausing.signal).then(() => {
      this.#pausing = null;
      this.fill();
      this.#free.resolve();
    });
  }

  #start(task: ClaimedTask): void {
    this.#occupy([task], (yieldPlace) => this.#parts.run(task, yieldPlace));
  }

  #startShared(tasks: readonly ClaimedTask[]): void {
    this.#occupy(tasks, (yieldPlace) => this.#parts.shared.run(tasks, yieldPlace));
  }

  /** Runs something in a place. */
  #occupy(tasks: readonly ClaimedTask[], run: (yieldPlace: () => void) => Promise<void>): void {
    const { clock, claim } = this.#parts;
    const begun = clock.monotonic();
    this.#lastStart = begun;
    this.#pace.started(tasks.length);
    let hasPlace = true;
    this.#taken++;
    const yieldPlace = () => {
      if (!hasPlace) return;
      hasPlace = false;
      this.#taken--;
      const taskMs = (clock.monotonic() - begun) / tasks.length;
      this.#taskMs += (taskMs - this.#taskMs) * MEASURE_WEIGHT;
      this.suspects.placeFree();
      this.fill();
    };
    const ended = run(yieldPlace).finally(() => {
      this.#running.delete(ended);
      for (const task of tasks) {
        if (claim.settled(task)) this.#observer.onRoom();
        this.suspects.ended(task);
      }
      yieldPlace();
      this.#free.resolve();
    });
    this.#running.add(ended);
  }
}
