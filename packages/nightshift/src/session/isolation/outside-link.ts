import { sessionEnded } from '../session-errors.ts';
import type { Channel } from './channel.ts';
import { unpackError } from './crossing-error.ts';
import type { FromIsolate, Notice, Request, ToIsolate } from './messages.ts';

/** Statements on their way at a time. More wait here, where they count against the memory of the isolate. */
const STATEMENTS_IN_FLIGHT_MAX = 100;
/** Other requests on their way; apart, because they may wait for long. */
const OTHERS_IN_FLIGHT_MAX = 1_000;

interface Waiting {
  readonly lane: Lane;
  readonly run: number;
  readonly request: Request;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that share a limit. */
interface Lane {
  readonly maximum: number;
  inFlight: number;
  queue: Waiting[];
}

/** The isolate's side of the channel: sends requests and finds whom their answers belong to. */
export class OutsideLink {
  readonly #channel: Channel;
  readonly #sent = new Map<number, Waiting>();
  readonly #statements: Lane = { maximum: STATEMENTS_IN_FLIGHT_MAX, inFlight: 0, queue: [] };
  readonly #others: Lane = { maximum: OTHERS_IN_FLIGHT_MAX, inFlight: 0, queue: [] };
  #next = 0;
  /** Errors that came from outside, with the numbers under which they are kept there. */
  readonly #numbers = new WeakMap<object, number>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Asks for something; resolves with the answer. */
  request(run: number, request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const isStatement = request.kind === 'query' || request.kind === 'statement';
      const lane = isStatement ? this.#statements : this.#others;
      lane.queue.push({ lane, run, request, resolve, reject });
      this.#send(lane);
    });
  }

  /** Tells something. */
  notice(run: number, notice: Notice): void {
    this.tell({ kind: 'notice', run, notice });
  }

  tell(message: FromIsolate): void {
    this.#channel.post(message);
  }

  /** Takes an answer. */
  answer(message: Extract<ToIsolate, { readonly kind: 'reply' | 'refusal' }>): void {
    const waiting = this.#sent.get(message.id);
    if (waiting === undefined) return;
    this.#sent.delete(message.id);
    waiting.lane.inFlight--;
    if (message.kind === 'reply') waiting.resolve(message.value);
    else waiting.reject(this.#error(message));
    this.#send(waiting.lane);
  }

  /** Refuses what a run has asked for and was not sent yet. Returns how many of its statements are not answered. */
  forget(run: number): number {
    const isForgotten = (waiting: Waiting) => waiting.run === run;
    // Those on their way as well: outside they may be answered before the end is heard of.
    const unanswered = [...this.#sent.values(), ...this.#statements.queue].filter(
      (waiting) => isForgotten(waiting) && waiting.lane === this.#statements,
    ).length;
    for (const lane of [this.#statements, this.#others]) {
      for (const { reject } of lane.queue.filter(isForgotten)) reject(sessionEnded());
      lane.queue = lane.queue.filter((waiting) => !isForgotten(waiting));
    }
    return unanswered;
  }

  /** The number under which the other side keeps an error; null when it comes from here. */
  readonly numberOf = (thrown: object): number | null => this.#numbers.get(thrown) ?? null;

  #error(message: Extract<ToIsolate, { readonly kind: 'refusal' }>): unknown {
    const error = unpackError(message.error);
    const { original } = message.error;
    if (original !== null && typeof error === 'object' && error !== null) this.#numbers.set(error, original);
    return error;
  }

  #send(lane: Lane): void {
    while (lane.inFlight < lane.maximum) {
      const waiting = lane.queue.shift();
      if (waiting === undefined) return;
      const id = ++this.#next;
      try {
        this.#channel.post({ kind: 'request', run: waiting.run, id, request: waiting.request });
        this.#sent.set(id, waiting);
        lane.inFlight++;
      } catch (error) {
        waiting.reject(error);
      }
    }
  }
}
