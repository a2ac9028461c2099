import { type Clock, NightshiftError, type Service, serviceOf } from '../foundation/index.ts';

/** How often deadlines are looked at. */
const SWEEP_MS = 500;
/** How long a stopped session's running statement may take to be cancelled before its connection is ended. */
const CANCEL_GRACE_MS = 5_000;
/** A place is the lower 20 bits of a session id. */
const PLACES = 2 ** 20;

/** Why a session is ended from outside. */
export type StopKind = 'stopped' | 'timeout' | 'instance-lost';

/** A session that runs, as the registry sees it. */
export interface ActiveSession {
  readonly id: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  /** Ends the session: first the signal and the statement, after the grace the connection. */
  stop(reason: NightshiftError): void;
  /** Ends the connection; nothing of the session commits after that. */
  kill(): void;
}

/** The sessions of one server instance: their ids, their deadlines, and how they are ended from outside. */
export class ActiveSessions {
  readonly #clock: Clock;
  readonly #sessions = new Map<number, ActiveSession>();
  readonly #stopping = new Map<number, number>();
  readonly #base: number;
  #next = 0;
  readonly sweeper: Service;

  /** @param place the instance's number; the upper bits of its session ids */
  constructor(clock: Clock, place: number) {
    this.#clock = clock;
    this.#base = place * PLACES;
    this.sweeper = serviceOf('session sweeper', {
      start: async (signal) => {
        this.#loop = this.#run(signal);
      },
      stop: () => this.#loop,
    });
  }

  #loop: Promise<void> = Promise.resolve();

  get size(): number {
    return this.#sessions.size;
  }

  /** A session id that no running session of this instance has. */
  newId(): number {
    do {
      this.#next = (this.#next + 1) % PLACES;
    } while (this.#sessions.has(this.#base + this.#next));
    return this.#base + this.#next;
  }

  add(session: ActiveSession): void {
    this.#sessions.set(session.id, session);
  }

  remove(id: number): void {
    this.#sessions.delete(id);
    if (this.#stopping.size > 0) this.#stopping.delete(id);
  }

  /** Stops a session. Returns whether it was running here. */
  stop(id: number, kind: StopKind, comment: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    if (!this.#stopping.has(id)) {
      this.#stopping.set(id, this.#clock.monotonic() + CANCEL_GRACE_MS);
      session.stop(stopReason(kind, comment));
    }
    return true;
  }

  /** Stops every session of this instance. */
  stopAll(kind: StopKind, comment: string): void {
    for (const id of [...this.#sessions.keys()]) this.stop(id, kind, comment);
  }

  /** Stops what is past its deadline, kills what did not stop within the grace. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const session of this.#sessions.values()) {
      if (session.deadline <= now)
        this.stop(session.id, 'timeout', 'the session took longer than its timeout');
    }
    for (const [id, killAt] of this.#stopping) {
      if (killAt <= now) this.#sessions.get(id)?.kill();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.sweep();
      await this.#clock.sleep(SWEEP_MS, signal);
    }
  }
}

function stopReason(kind: StopKind, comment: string): NightshiftError {
  switch (kind) {
    case 'timeout':
      return new NightshiftError('SESSION_TIMEOUT', `The session was stopped: ${comment}.`);
    case 'stopped':
      return new NightshiftError('SESSION_STOPPED', `The session was stopped: ${comment}.`);
    case 'instance-lost':
      return new NightshiftError('CLAIM_LOST', `The session was stopped: ${comment}.`);
  }
}
