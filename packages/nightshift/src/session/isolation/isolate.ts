import { NightshiftError, SECOND_MS, systemClock } from '../../foundation/index.ts';
import { sessionEnded } from '../session-errors.ts';
import { quietly } from '../slot-wire.ts';
import { packError, unpackError } from './crossing-error.ts';
import { type Death, deathError, type IsolateBody, type IsolateKind } from './isolate-body.ts';
import type { EndOfRun, FromIsolate, Notice, Request, StrayFault, ToIsolate } from './messages.ts';

/** How long an isolate may take to load the application. */
const START_MS_MAX = 60 * SECOND_MS;

/** A session that an isolate works for. None of these may throw. */
export interface Tenant {
  begun(): void;
  request(id: number, request: Request): void;
  notice(notice: Notice): void;
  end(end: EndOfRun): void;
  died(error: NightshiftError): void;
}

/** A thread or a process that runs sessions, one after another. What it says counts for its present session only. */
export class Isolate {
  readonly kind: IsolateKind;
  /** Resolves when the application is loaded; rejects with why it cannot be. */
  readonly ready: Promise<void>;
  /** Resolves when the thread or process is gone. */
  readonly gone: Promise<unknown>;
  readonly #body: IsolateBody;
  readonly #ready = Promise.withResolvers<void>();
  #tenant: Tenant | null = null;
  #run = 0;
  #death: Death | null = null;
  /** Something of an earlier session goes on in it. */
  #spoiled = false;
  #watch = new AbortController();

  constructor(kind: IsolateKind, body: IsolateBody) {
    this.kind = kind;
    this.#body = body;
    this.ready = quietly(this.#ready.promise);
    this.gone = body.died;
    body.channel.onMessage((message) => this.#receive(message));
    void body.died.then((death) => this.#die(death));
    const started = new AbortController();
    const startedOrNot = () => started.abort();
    this.ready.then(startedOrNot, startedOrNot);
    // Real time, as that of the thread or process.
    void systemClock.sleep(START_MS_MAX, started.signal).then(() => {
      if (!started.signal.aborted) this.kill('the application module took too long to load');
    });
  }

  /** Runs that it was given. */
  get runs(): number {
    return this.#run;
  }

  /** Whether it may be given another session. */
  get usable(): boolean {
    return this.#death === null && !this.#spoiled;
  }

  /**
   * Gives it a session. Returns how to speak to it.
   * @throws DataCloneError when the record cannot be copied
   */
  begin(
    tenant: Tenant,
    order: Omit<Extract<ToIsolate, { readonly kind: 'start' }>, 'kind' | 'run'>,
  ): { readonly run: number; readonly post: (message: ToIsolate) => void } {
    if (this.#death !== null) throw deathError(this.kind, this.#death);
    const run = ++this.#run;
    this.#body.channel.post({ kind: 'start', run, ...order });
    this.#tenant = tenant;
    this.#body.hold(true);
    this.#watchMemory();
    return { run, post: (message) => this.#post(message) };
  }

  /** The present session needs it no more. */
  release(): void {
    this.#tenant = null;
    this.#watch.abort();
    this.#body.hold(false);
  }

  /** Ends it at once; its session, if it has one, fails. */
  kill(reason: string): void {
    this.#die({ kind: 'ended', reason });
  }

  #watchMemory(): void {
    this.#watch = new AbortController();
    const { signal } = this.#watch;
    void this.#body.watchMemory(signal).then((megabytes) => {
      if (megabytes !== null && !signal.aborted) this.#die({ kind: 'memory', megabytes });
    });
  }

  /** The first reason counts: a process that we end for its memory is ended by a signal as well. */
  #die(death: Death): void {
    if (this.#death !== null) return;
    this.#death = death;
    this.#watch.abort();
    this.#body.kill();
    const error = deathError(this.kind, death);
    this.#ready.reject(error);
    const tenant = this.#tenant;
    this.#tenant = null;
    tenant?.died(error);
  }

  #post(message: ToIsolate): void {
    if (this.#death === null) this.#body.channel.post(message);
  }

  /** User code in a process can send anything: nothing of it may hurt us. */
  #receive(message: unknown): void {
    try {
      if (typeof message === 'object' && message !== null) this.#hear(message as FromIsolate);
    } catch (error) {
      this.#die({ kind: 'broken', error });
    }
  }

  #hear(message: FromIsolate): void {
    switch (message.kind) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'unfit':
        this.#ready.reject(unfit(this.kind, unpackError(message.error)));
        this.kill('the application module cannot be loaded');
        break;
      case 'begun':
        if (this.#isPresent(message.run)) this.#tenant?.begun();
        break;
      case 'request':
        if (this.#isPresent(message.run)) this.#tenant?.request(message.id, message.request);
        else this.#post({ kind: 'refusal', id: message.id, error: packError(sessionEnded()) });
        break;
      case 'notice':
        if (this.#isPresent(message.run)) this.#tenant?.notice(message.notice);
        break;
      case 'end':
        if (message.leftovers) this.#spoiled = true;
        if (this.#isPresent(message.run)) this.#tenant?.end(message);
        break;
      case 'stray':
        this.#stray(message);
        break;
    }
  }

  #isPresent(run: number): boolean {
    return this.#tenant !== null && run === this.#run;
  }

  /** The fault of an earlier session must not become that of the present one. */
  #stray({ run, what, error }: StrayFault): void {
    this.#spoiled = true;
    const isPresent = run === null || run === this.#run;
    if (this.#tenant === null || isPresent) this.#die({ kind: 'stray', what, error });
  }
}

function unfit(kind: IsolateKind, cause: unknown): NightshiftError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new NightshiftError(
    'APPLICATION_INVALID',
    `The application module cannot be loaded in a ${kind}: ${text}`,
    { field: 'applicationModule', cause },
  );
}
