import { type Clock, NightshiftError, type Service, serviceOf } from '../foundation/index.ts';
import type { SessionState } from './session-event.ts';
import { SessionRing } from './session-ring.ts';
import type { SessionSpec } from './session-spec.ts';
import type { ToldSoFar } from './told-lines.ts';

/** How often deadlines are looked at. */
const SWEEP_MS = 500;
/** A session that runs, or waits for a place, longer than this is listed as active. */
const ANNOUNCE_MS = 500;
/** A place is the lower 20 bits of a session id. */
const PLACES = 2 ** 20;

/**
 * Why a session is ended from outside. `no-place`: it has waited in vain; `closing`: its server instance shuts down;
 * `instance-lost`: it can no longer be sure that it owns its work.
 */
export type StopKind = 'stopped' | 'timeout' | 'no-place' | 'closing' | 'instance-lost';

/** How to end what a session is doing. */
export interface SessionEnds {
  /**
   * First, and again while it has not ended: the signal is aborted, the running statement cancelled, everything further
   * refused.
   */
  stop(reason: NightshiftError): void;
  /** When that did not help: the connection is ended, and the thread or process. Nothing commits after that. */
  kill(): void;
  /** What it is doing, for the message of a timeout; null when that cannot be told. */
  whatRuns(): string | null;
  /** What it has logged so far, and how far it says it is. */
  told(): ToldSoFar;
}

/** A session from its acceptance to its end, as the registry, the tables and whoever stops it see it. */
export class ActiveSession {
  readonly id: number;
  readonly spec: SessionSpec;
  readonly codeunit: string;
  readonly startedAt: Date;
  /** On the monotonic clock. */
  readonly begun: number;
  /** On the monotonic clock. */
  deadline: number;
  state: SessionState;
  stopKind: StopKind | null = null;
  /** Whole: why it is stopped. */
  comment: string | null = null;
  stoppingAt: Date | null = null;
  killedAt: Date | null = null;
  /** On the monotonic clock: when it is killed unless it has stopped. */
  killDue: number | null = null;
  /** Whether it is to be listed as active, and whether it is: the row is written. */
  announced = false;
  listed = false;
  #ends: SessionEnds;
  #reason: NightshiftError | null = null;

  constructor(
    seed: Pick<ActiveSession, 'id' | 'spec' | 'codeunit' | 'startedAt' | 'begun' | 'deadline' | 'state'>,
    ends: SessionEnds,
  ) {
    this.id = seed.id;
    this.spec = seed.spec;
    this.codeunit = seed.codeunit;
    this.startedAt = seed.startedAt;
    this.begun = seed.begun;
    this.deadline = seed.deadline;
    this.state = seed.state;
    this.#ends = ends;
  }

  /** Why somebody has asked it to stop; null: nobody has. */
  get stopReason(): NightshiftError | null {
    return this.#reason;
  }

  /** From now on it is ended in another way. */
  endVia(ends: SessionEnds): void {
    this.#ends = ends;
  }

  /** Asks it to stop. */
  stop(reason: NightshiftError): void {
    this.#reason = reason;
    this.#ends.stop(reason);
  }

  /** Asks again: a cancel that reaches the backend before the statement does is lost. */
  stopAgain(): void {
    if (this.#reason !== null) this.#ends.stop(this.#reason);
  }

  /** Ends it. */
  kill(): void {
    this.#ends.kill();
  }

  whatRuns(): string | null {
    return this.#ends.whatRuns();
  }

  told(): ToldSoFar {
    return this.#ends.told();
  }
}

/** Who is told about the life of sessions. */
export interface SessionObserver {
  /** It lives long enough to be listed. */
  announce(session: ActiveSession): void;
  /** Its state is another one. */
  changed(session: ActiveSession): void;
}

/** Where it is noted until when the sessions that run here may run; for whoever cannot ask. */
export interface DeadlineNotes {
  /** `deadline`: on the monotonic clock. */
  begun(sessionId: number, deadline: number): void;
  ended(sessionId: number): void;
}

/** The sessions of one server instance: their ids, their deadlines, and how they are ended from outside. */
export class ActiveSessions {
  readonly #clock: Clock;
  readonly #observer: SessionObserver;
  readonly #graceMs: number;
  readonly #sessions = new SessionRing<ActiveSession>();
  readonly #place: number;
  #next = 0;
  #settled: PromiseWithResolvers<void> | null = null;
  #deadlines: DeadlineNotes | null = null;
  readonly sweeper: Service;

  /**
   * @param place the instance's number; the upper bits of its session ids
   * @param graceMs how long a stopped session may take before it is killed
   */
  constructor(clock: Clock, place: number, graceMs: number, observer: SessionObserver) {
    this.#clock = clock;
    this.#place = place;
    this.#graceMs = graceMs;
    this.#observer = observer;
    let loop: Promise<void> = Promise.resolve();
    this.sweeper = serviceOf('session sweeper', {
      start: async (signal) => {
        loop = this.#run(signal);
      },
      stop: () => loop,
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Notes the deadlines of sessions there from now on. */
  noteDeadlines(notes: DeadlineNotes): void {
    this.#deadlines = notes;
  }

  /** Whether an id is one that this instance gives. */
  owns(id: number): boolean {
    return placeOf(id) === this.#place;
  }

  get(id: number): ActiveSession | undefined {
    return this.#sessions.get(id);
  }

  all(): Generator<ActiveSession> {
    return this.#sessions.all();
  }

  /** A session id that no session of this instance has now. */
  newId(): number {
    const base = this.#place * PLACES;
    do {
      this.#next = (this.#next + 1) % PLACES;
    } while (this.#sessions.has(base + this.#next));
    return base + this.#next;
  }

  /** Lists a session; one that was queued under the same id gives way to the one that runs. */
  add(session: ActiveSession): void {
    this.#sessions.add(session);
    if (session.state !== 'Queued') this.#deadlines?.begun(session.id, session.deadline);
  }

  remove(session: ActiveSession): void {
    if (this.#sessions.remove(session)) this.#deadlines?.ended(session.id);
    this.#tellSettled();
  }

  /** Resolves when no session is active but those whose code lingers, which may be for ever. */
  settled(): Promise<void> {
    this.#settled ??= Promise.withResolvers<void>();
    const { promise } = this.#settled;
    this.#tellSettled();
    return promise;
  }

  #tellSettled(): void {
    if (this.#settled === null) return;
    for (const { state } of this.#sessions.all()) if (state !== 'Lingering') return;
    this.#settled.resolve();
    this.#settled = null;
  }

  /** Stops a session. Returns whether it was active here. A second stop changes nothing. */
  stop(id: number, kind: StopKind, comment: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    if (session.stopKind !== null) return true;
    session.stopKind = kind;
    session.comment = comment.toWellFormed().replaceAll('\0', '␀');
    session.stoppingAt = this.#clock.now();
    session.killDue = this.#clock.monotonic() + this.#graceMs;
    session.state = 'Stopping';
    this.#observer.changed(session);
    session.stop(stopReason(session, kind, comment));
    return true;
  }

  /** Tells a session again that it is to stop. Returns whether it is active, and was told before. */
  stopAgain(id: number): boolean {
    const session = this.#sessions.get(id);
    if (session?.state !== 'Stopping') return false;
    session.stopAgain();
    return true;
  }

  /** Kills a session that was told to stop, before its grace is over. */
  kill(id: number): void {
    const session = this.#sessions.get(id);
    if (session?.state === 'Stopping') this.#kill(session);
  }

  /** Stops every session of this instance. */
  stopAll(kind: StopKind, comment: string): void {
    for (const { id } of [...this.#sessions.all()]) this.stop(id, kind, comment);
  }

  /** Kills every session that was told to stop, however long ago: nobody will look after it any more. */
  killAll(): void {
    for (const session of [...this.#sessions.all()]) if (session.killDue !== null) this.#kill(session);
  }

  /** Stops what is past its deadline, kills what did not stop within the grace, lists what lives long. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const session of [...this.#sessions.all()]) {
      if (session.state === 'Stopping') session.stopAgain();
      if (session.deadline <= now && session.stopKind === null) this.#timeOut(session);
      if (session.killDue !== null && session.killDue <= now) this.#kill(session);
      if (!session.announced && session.stopKind === null && now - session.begun >= ANNOUNCE_MS) {
        this.#observer.announce(session);
      }
    }
  }

  #timeOut(session: ActiveSession): void {
    if (session.state === 'Queued') {
      this.stop(session.id, 'no-place', 'no place became free in time');
      return;
    }
    const text = `the session took longer than its timeout of ${session.spec.timeoutMs} ms`;
    const doing = session.whatRuns();
    this.stop(session.id, 'timeout', doing === null ? text : `${text}; ${doing}`);
  }

  #kill(session: ActiveSession): void {
    session.killDue = null;
    session.killedAt = this.#clock.now();
    session.state = 'Lingering';
    session.kill();
    this.#tellSettled();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.sweep();
      await this.#clock.sleep(SWEEP_MS, signal);
    }
  }
}

/** The server instance that a session id belongs to. */
export function placeOf(id: number): number {
  return Math.floor(id / PLACES);
}

function stopReason(session: ActiveSession, kind: StopKind, comment: string): NightshiftError {
  const text = comment === '' ? 'The session was stopped.' : `The session was stopped: ${comment}.`;
  switch (kind) {
    case 'timeout':
      return new NightshiftError('SESSION_TIMEOUT', text);
    case 'no-place':
      return new NightshiftError('SESSION_LIMIT_REACHED', `The session never started: ${comment}.`);
    case 'stopped':
      return new NightshiftError('SESSION_STOPPED', text);
    case 'closing':
    case 'instance-lost':
      return new NightshiftError(session.spec.claim === null ? 'INSTANCE_LOST' : 'CLAIM_LOST', text);
  }
}
