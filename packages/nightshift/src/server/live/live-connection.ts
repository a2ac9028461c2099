import type { WebSocket } from 'ws';
import { LIVE_CLOSE_CODES, type LiveEvent } from '../../contract/live.ts';
import { type Clock, SECOND_MS } from '../../foundation/index.ts';
import type { Who } from '../who.ts';

/** What may lie in a socket unsent before its reader counts as slow, in bytes. */
const UNSENT_MAX = 262_144;
/** How long a reader may be slow. */
const SLOW_MS = 30 * SECOND_MS;
/** What is kept for a reader until he says that it came: messages, and characters of them. */
const KEPT_MAX = 2_000;
const KEPT_LENGTH_MAX = 4_000_000;

type Without<Event, Key extends string> = Event extends unknown ? Omit<Event, Key> : never;

/** What has to arrive: it is numbered and kept until it did. */
export type LastingEvent = Without<Extract<LiveEvent, { seq: number }>, 'seq'>;
/** What need not. */
type PassingEvent = Exclude<LiveEvent, { seq: number }>;

interface Kept {
  readonly seq: number;
  readonly text: string;
}

/** The connection of a tab. It outlives its socket by a while: the tab may come back with another. */
export class LiveConnection {
  readonly id: string;
  readonly who: Who;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #socket: WebSocket | null = null;
  #kept: Kept[] = [];
  #keptLength = 0;
  #seq = 0;
  #cutAt = 0;
  #slowSince: number | null = null;

  constructor(id: string, who: Who, clock: Clock) {
    this.id = id;
    this.who = who;
    this.#clock = clock;
  }

  /** Is aborted when the connection is over, for whatever hangs on it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get socket(): WebSocket | null {
    return this.#socket;
  }

  /** Since when it has no socket, monotonic; null: it has one. */
  get cutAt(): number | null {
    return this.#socket === null ? this.#cutAt : null;
  }

  /** Goes on over a socket; what came is forgotten, what did not come comes again. A socket that it has is closed. */
  attach(socket: WebSocket, seen: number): void {
    const former = this.#socket;
    this.#socket = socket;
    this.#slowSince = null;
    former?.close(LIVE_CLOSE_CODES.replaced, 'goes on elsewhere');
    this.seen(seen);
  }

  /** Sends again what has not arrived. */
  repeat(): void {
    for (const { text } of this.#kept) this.#socket?.send(text);
  }

  /** The socket is no more. */
  detach(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#cutAt = this.#clock.monotonic();
  }

  /** What has arrived need not be kept. */
  seen(seq: number): void {
    const rest = this.#kept.findIndex((kept) => kept.seq > seq);
    const gone = this.#kept.splice(0, rest === -1 ? this.#kept.length : rest);
    for (const { text } of gone) this.#keptLength -= text.length;
  }

  /** Whether more lies in the socket than its reader takes; also while there is none. */
  get isBehind(): boolean {
    return this.#socket === null || this.#socket.bufferedAmount > UNSENT_MAX;
  }

  /** Sends what need not arrive. @returns whether it was sent: a reader who is behind gets nothing */
  send(event: PassingEvent): boolean {
    return this.sendText(JSON.stringify(event));
  }

  /** The same, already as a text. */
  sendText(text: string): boolean {
    if (this.isBehind) return false;
    this.#socket?.send(text);
    return true;
  }

  /** Sends what has to arrive. A reader for whom too much is kept is given up. */
  tell(event: LastingEvent): void {
    if (this.#ended.signal.aborted) return;
    const seq = ++this.#seq;
    const text = JSON.stringify({ ...event, seq });
    this.#kept.push({ seq, text });
    this.#keptLength += text.length;
    if (this.#kept.length > KEPT_MAX || this.#keptLength > KEPT_LENGTH_MAX) {
      this.end(LIVE_CLOSE_CODES.slow, 'reads too slowly');
      return;
    }
    this.#socket?.send(text);
  }

  /** Gives up a reader who has been behind for too long. */
  checkPace(now: number): void {
    if (this.#socket === null || !this.isBehind) this.#slowSince = null;
    else {
      this.#slowSince ??= now;
      if (now - this.#slowSince >= SLOW_MS) this.end(LIVE_CLOSE_CODES.slow, 'reads too slowly');
    }
  }

  /** Ends it for good. */
  end(code: number, reason: string): void {
    if (this.#ended.signal.aborted) return;
    const socket = this.#socket;
    this.#socket = null;
    this.#kept = [];
    this.#keptLength = 0;
    if (socket !== null) closeSocket(socket, code, reason);
    this.#ended.abort();
  }
}

/** Closes a socket; one whose reader takes nothing is cut, since a goodbye would not reach him. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.bufferedAmount > UNSENT_MAX) socket.terminate();
  else socket.close(code, reason);
}
