import { type Clock, NightshiftError, SECOND_MS, systemClock } from '../../foundation/index.ts';
import type { Caller } from '../caller.ts';
import { Isolate } from './isolate.ts';
import type { IsolateBody, IsolateKind, IsolateLaunch } from './isolate-body.ts';
import { startProcess } from './process-body.ts';
import { startThread } from './thread-body.ts';

/** An isolate that nobody needs is ended after this time. */
export const ISOLATE_IDLE_MS = 60 * SECOND_MS;
/** What user code leaves behind in an isolate does not pile up for ever. */
export const ISOLATE_RUNS_MAX = 1_000;
/** How long the end of the pool waits for isolates that do not end. */
const END_MS_MAX = 3 * SECOND_MS;

/**
 * What the platform offers to sessions in isolates, by name. Called in the main thread with the session as its caller;
 * what it throws or answers crosses. It must check its arguments: a process can send what it likes.
 */
export type IsolateService = (caller: Caller, method: string, args: readonly unknown[]) => unknown;

/** Where sessions get their isolates. */
export interface Isolates {
  readonly clock: Clock;
  readonly services: ReadonlyMap<string, IsolateService>;
  /** A warm isolate, or a new one that is not ready yet. */
  take(kind: IsolateKind): Isolate;
  /** Takes it back after a session. */
  giveBack(isolate: Isolate): void;
}

/** What a pool of isolates is made of. */
export interface IsolatePoolParts {
  readonly clock: Clock;
  readonly launch: IsolateLaunch;
  readonly services: ReadonlyMap<string, IsolateService>;
  /** Isolates of each kind that are kept warm. */
  readonly idleIsolates: number;
  /** For tests. Default: real ones. */
  readonly start?: (kind: IsolateKind, launch: IsolateLaunch) => IsolateBody;
}

/** The isolates of one server instance: as many as sessions need, and a few that are kept warm. */
export class IsolatePool implements Isolates {
  readonly clock: Clock;
  readonly services: ReadonlyMap<string, IsolateService>;
  readonly #parts: IsolatePoolParts;
  readonly #all = new Set<Isolate>();
  readonly #idle: { readonly isolate: Isolate; readonly taken: AbortController }[] = [];
  #closed = false;

  constructor(parts: IsolatePoolParts) {
    this.clock = parts.clock;
    this.services = parts.services;
    this.#parts = parts;
  }

  /** Isolates that are alive, at work or idle. */
  get size(): number {
    return this.#all.size;
  }

  /** Isolates that wait for work. */
  get idle(): number {
    return this.#idle.length;
  }

  take(kind: IsolateKind): Isolate {
    if (this.#closed) throw new NightshiftError('PLATFORM_NOT_STARTED', 'The server instance has stopped.');
    // The one that was used last is the warmest.
    const at = this.#idle.findLastIndex(({ isolate }) => isolate.kind === kind && isolate.usable);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (found === undefined) return this.#start(kind);
    found.taken.abort();
    return found.isolate;
  }

  giveBack(isolate: Isolate): void {
    const kept = this.#idle.filter((other) => other.isolate.kind === isolate.kind).length;
    const isKept =
      !this.#closed && isolate.usable && isolate.runs < ISOLATE_RUNS_MAX && kept < this.#parts.idleIsolates;
    if (!isKept) {
      isolate.kill('it is not needed any more');
      return;
    }
    const taken = new AbortController();
    this.#idle.push({ isolate, taken });
    void this.clock.sleep(ISOLATE_IDLE_MS, taken.signal).then(() => {
      if (!taken.signal.aborted) isolate.kill('nobody needed it');
    });
  }

  /** Ends all isolates, also those at work: their sessions fail. Waits 3 s at most. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#all];
    for (const isolate of all) isolate.kill('the server instance stops');
    const enough = new AbortController();
    await Promise.race([
      Promise.all(all.map(({ gone }) => gone)),
      // Real time: a test whose clock stands still must end as well.
      systemClock.sleep(END_MS_MAX, enough.signal),
    ]);
    enough.abort();
  }

  #start(kind: IsolateKind): Isolate {
    const { launch, start = startBody } = this.#parts;
    const isolate = new Isolate(kind, start(kind, launch));
    this.#all.add(isolate);
    void isolate.gone.then(() => this.#strike(isolate));
    return isolate;
  }

  #strike(isolate: Isolate): void {
    this.#all.delete(isolate);
    const at = this.#idle.findIndex((other) => other.isolate === isolate);
    if (at < 0) return;
    this.#idle[at]?.taken.abort();
    this.#idle.splice(at, 1);
  }
}

function startBody(kind: IsolateKind, launch: IsolateLaunch): IsolateBody {
  return kind === 'thread' ? startThread(launch) : startProcess(launch);
}
