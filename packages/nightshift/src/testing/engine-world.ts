import type { Caller, Codeunit } from '../session/index.ts';
import { cancelTask, createTask, retryDelay, setTaskReady } from '../task-scheduler/index.ts';
import { type EngineQuery, emptyEngine, readFacts } from './engine-facts.ts';
import { ENGINE_PLACES, ENGINE_RETRIES, EngineInstance, type EngineParts } from './engine-instance.ts';
import { agree, differences, lose, type ModelTask, newModelTask, release } from './engine-model.ts';
import type { RunStep } from './engine-run.ts';
import type { FakeClock } from './fake-clock.ts';

/** Losses in a row: from so many on a task must be the only such one of its instance, and after so many it is poison. */
const ALONE_FROM = 2;
const POISON_AFTER = 3;
/** An instance, and what it is doing in the eyes of the model. */
export interface Seat {
  readonly instance: EngineInstance;
  /** `ended`: another instance has declared it dead, and it does not know. */
  state: 'live' | 'frozen' | 'crashed';
  ended: boolean;
  /** Claimed and not started, in the order of their start. */
  held: readonly string[];
  running: readonly Running[];
}

/** A session in the eyes of the model. */
interface Running {
  readonly id: string;
  /** Effects that are not committed yet. */
  touches: number;
  /** Its connection ended while it had such effects. */
  severed: boolean;
  /** Whether no other such task may run beside it. */
  readonly alone: boolean;
}

/** What a world is made of. */
export interface EngineWorldParts {
  readonly shared: EngineParts;
  readonly clock: FakeClock;
  readonly admin: Caller;
  readonly main: Codeunit<undefined, undefined>;
  readonly failure: Codeunit<undefined, undefined>;
  readonly query: EngineQuery;
  /** Looks for dead instances, and for poison, on behalf of a live one. */
  readonly reap: (epoch: string) => Promise<unknown>;
}

/** The engine and its model, side by side: every act is done to both, and `check` compares them. */
export class EngineWorld {
  readonly parts: EngineWorldParts;
  readonly tasks: ModelTask[] = [];
  /** Crashed ones stay until somebody has found them dead, frozen ones until they know that they are. */
  seats: readonly Seat[] = [];
  /** The epochs of those that were declared dead. */
  readonly #ended = new Set<string>();
  #places = 0;

  private constructor(parts: EngineWorldParts) {
    this.parts = parts;
  }

  static async begin(parts: EngineWorldParts): Promise<EngineWorld> {
    await emptyEngine(parts.query);
    const world = new EngineWorld(parts);
    await world.join();
    return world;
  }

  get #now(): number {
    return this.parts.clock.now().getTime();
  }

  /** Tasks that may be run now. */
  get due(): readonly ModelTask[] {
    return this.tasks.filter(({ state, ready, due }) => state === 'waiting' && ready && due <= this.#now);
  }

  /** Those of them that nobody suspects. */
  get #claimable(): readonly ModelTask[] {
    return this.due.filter(({ suspect }) => suspect === 0);
  }

  async create(ready: boolean, delayMs: number, hasFailureCodeunit: boolean): Promise<void> {
    const { admin, main, failure } = this.parts;
    const due = this.#now + delayMs;
    const id = await createTask(admin, main, {
      ready,
      notBefore: new Date(due),
      ...(hasFailureCodeunit ? { failureCodeunit: failure } : {}),
    });
    this.tasks.push(newModelTask({ id, hasFailureCodeunit, ready, due }));
  }

  async setReady(task: ModelTask, delayMs: number | null): Promise<void> {
    const due = delayMs === null ? null : this.#now + delayMs;
    const done = await setTaskReady(
      this.parts.admin,
      task.id,
      due === null ? {} : { notBefore: new Date(due) },
    );
    agree('setTaskReady', done, task.state === 'waiting');
    if (!done) return;
    task.ready = true;
    task.due = due ?? task.due;
  }

  async cancel(task: ModelTask): Promise<void> {
    const done = await cancelTask(this.parts.admin, task.id);
    agree('cancelTask', done, task.state === 'waiting');
    if (done) task.state = 'cancelled';
  }

  /** A new instance. */
  async join(): Promise<Seat> {
    const instance = await EngineInstance.begin(this.parts.shared, ++this.#places);
    const seat: Seat = { instance, state: 'live', ended: false, held: [], running: [] };
    this.seats = [...this.seats, seat];
    return seat;
  }

  async claim(seat: Seat, limit: number): Promise<void> {
    const expected = this.#claimable;
    const ids = await seat.instance.claim(limit);
    this.#claimed(seat, expected, ids, limit);
    seat.held = [...seat.held, ...ids];
  }

  /** Claims suspects for the free places, and starts them at once. */
  async workOnSuspects(seat: Seat): Promise<void> {
    const free = ENGINE_PLACES - seat.running.length;
    const suspects = this.due.filter(({ suspect }) => suspect > 0 && suspect < ALONE_FROM);
    const culprits = this.due.filter(({ suspect }) => suspect >= ALONE_FROM && suspect <= POISON_AFTER);
    const mayBeAlone = suspects.length < free && seat.running.every(({ alone }) => !alone);
    const count = Math.min(free, suspects.length) + (mayBeAlone && culprits.length > 0 ? 1 : 0);
    const ids = await seat.instance.claimSuspects(free);
    this.#claimed(seat, [...suspects, ...culprits], ids, count);
    for (const id of ids) await this.#start(seat, id);
  }

  async claimInVain(seat: Seat, limit: number): Promise<void> {
    const expected = this.#claimable;
    const known = new Set(
      this.tasks.filter(({ owner }) => owner === seat.instance.epoch).map(({ id }) => id),
    );
    await seat.instance.claimInVain(limit);
    const { tasks } = await readFacts(this.parts.query);
    const ids = tasks.filter(({ id, owner }) => owner === seat.instance.epoch && !known.has(id));
    this.#claimed(
      seat,
      expected,
      ids.map(({ id }) => id),
      limit,
    );
  }

  #claimed(seat: Seat, expected: readonly ModelTask[], ids: readonly string[], limit: number): void {
    for (const id of ids) {
      const task = expected.find((candidate) => candidate.id === id);
      if (task === undefined) throw new Error(`task ${id} was claimed, and must not be`);
      task.state = 'claimed';
      task.owner = seat.instance.epoch;
    }
    if (new Set(ids).size !== ids.length) throw new Error('a task was claimed twice at a time');
    const count = Math.min(limit, expected.length);
    if (ids.length !== count) throw new Error(`${ids.length} tasks were claimed, not ${count}`);
  }

  async releaseUnknown(seat: Seat): Promise<void> {
    await seat.instance.releaseUnknown();
    for (const task of this.tasks) {
      if (task.state === 'claimed' && this.#ended.has(task.owner ?? '')) release(task);
    }
    for (const task of this.#owned(seat)) {
      const isKnown = seat.held.includes(task.id) || seat.running.some(({ id }) => id === task.id);
      if (!isKnown) release(task);
    }
  }

  async handBack(seat: Seat): Promise<void> {
    await seat.instance.handBack();
    for (const task of this.#owned(seat)) if (seat.held.includes(task.id)) release(task);
    seat.held = [];
  }

  async start(seat: Seat): Promise<void> {
    const [id, ...rest] = seat.held;
    if (id === undefined) return;
    seat.held = rest;
    await this.#start(seat, id);
  }

  async #start(seat: Seat, id: string): Promise<void> {
    await seat.instance.start(id);
    const alone = this.tasks.some((task) => task.id === id && task.suspect >= ALONE_FROM);
    seat.running = [...seat.running, { id, touches: 0, severed: false, alone }];
  }

  async take(seat: Seat, run: Running, step: RunStep): Promise<void> {
    await seat.instance.take(run.id, step);
    const task = this.#owned(seat).find(({ id }) => id === run.id);
    const goesOn = (step === 'part' || step === 'touch') && task !== undefined && !run.severed;
    // In vain where the claim is lost: nobody but its new owner has a word in it.
    if (!goesOn) seat.running = seat.running.filter((other) => other !== run);
    if (task === undefined) return;
    if (!run.severed) this.#stepped(task, run, step);
    else if (step === 'pass') this.#reclaimed(task);
    else this.#failed(task, true);
  }

  #stepped(task: ModelTask, run: Running, step: RunStep): void {
    if (step === 'touch' || step === 'part') run.touches++;
    if (step === 'part' || step === 'end' || step === 'pass') {
      task.parts += run.touches;
      run.touches = 0;
    }
    if (step === 'end') task.ends++;
    if (step === 'end' || step === 'pass' || step === 'quiet') task.state = 'done';
    if (step === 'retriable' || step === 'final') this.#failed(task, step === 'retriable');
  }

  /** Nobody had learned what became of its COMMIT. */
  #reclaimed(task: ModelTask): void {
    if (task.losses > 0) task.due = this.#now + Math.min(task.losses, 60) * 1_000;
    task.losses++;
    release(task);
  }

  async sever(seat: Seat): Promise<void> {
    await seat.instance.sever();
    for (const run of seat.running) run.severed ||= run.touches > 0;
  }

  #failed(task: ModelTask, retriable: boolean): void {
    const delay = retriable ? retryDelay(ENGINE_RETRIES, task.attempt + 1) : null;
    task.suspect = 0;
    if (delay !== null) {
      task.attempt++;
      task.due = this.#now + delay;
      release(task);
    } else if (!task.failing && task.hasFailureCodeunit) {
      task.attempt = 0;
      task.failing = true;
      task.due = this.#now;
      release(task);
    } else {
      task.state = 'failed';
    }
  }

  async crash(seat: Seat): Promise<void> {
    await seat.instance.crash();
    seat.state = 'crashed';
    seat.held = seat.running = [];
  }

  async freeze(seat: Seat): Promise<void> {
    await seat.instance.freeze();
    seat.state = 'frozen';
  }

  async thaw(seat: Seat): Promise<void> {
    await seat.instance.thaw();
    seat.state = 'live';
  }

  async reap(seat: Seat): Promise<void> {
    await this.parts.reap(seat.instance.epoch);
    for (const dead of this.seats) {
      if (dead === seat || dead.state === 'live' || dead.ended) continue;
      for (const task of this.#owned(dead)) lose(task);
      dead.ended = true;
      this.#ended.add(dead.instance.epoch);
      if (dead.state === 'crashed') await this.leave(dead);
    }
    for (const task of this.tasks) {
      if (task.state === 'waiting' && task.ready && task.suspect > POISON_AFTER) task.state = 'poison';
    }
  }

  /** One that was declared dead learns of it, or is forgotten. */
  async leave(seat: Seat): Promise<void> {
    this.seats = this.seats.filter((other) => other !== seat);
    await seat.instance.close();
  }

  /** Ends the instances. */
  async end(): Promise<void> {
    await Promise.all(this.seats.map(({ instance }) => instance.close()));
  }

  #owned(seat: Seat): readonly ModelTask[] {
    return this.tasks.filter(({ state, owner }) => state === 'claimed' && owner === seat.instance.epoch);
  }

  /** @throws Error with every difference between the tables and the model */
  async check(): Promise<void> {
    const found = differences(this.tasks, await readFacts(this.parts.query));
    if (found.length > 0) throw new Error(found.join('\n'));
  }
}
