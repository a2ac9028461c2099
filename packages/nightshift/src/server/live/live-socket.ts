import type { RawData, WebSocket } from 'ws';
import { LIVE_CLOSE_CODES, type LiveRequest, liveRequest } from '../../contract/live.ts';
import { type Clock, MINUTE_MS } from '../../foundation/index.ts';
import { RateLimit } from '../rate-limit.ts';
import type { Who } from '../who.ts';
import { heartbeat, type Vitals } from './heartbeat.ts';
import { closeSocket } from './live-connection.ts';
import type { LiveTab } from './live-tab.ts';

/** Messages of one socket in a minute; a tenth of them at once. */
export const MESSAGES_PER_MINUTE = 2_400;
/** How often is asked whether somebody is still signed in. */
const IDENTIFY_MS = MINUTE_MS;

/** What a socket belongs to. */
export interface SocketParts {
  readonly clock: Clock;
  readonly who: Who;
  /** Who it is now; null: nobody any more. */
  readonly identify: () => Promise<Who | null>;
  readonly welcome: (hello: Extract<LiveRequest, { type: 'hello' }>) => LiveTab;
  /** It is no more. */
  readonly onClose: (tab: LiveTab | null) => void;
}

/** One socket, from its opening to its end: what comes in is read and handed to its tab. */
export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #parts: SocketParts;
  readonly #limit: RateLimit;
  #vitals: Vitals;
  #identifiedAt: number;
  #tab: LiveTab | null = null;

  constructor(socket: WebSocket, parts: SocketParts) {
    const now = parts.clock.monotonic();
    this.#socket = socket;
    this.#parts = parts;
    this.#limit = new RateLimit(parts.clock, MESSAGES_PER_MINUTE);
    this.#vitals = { openedAt: now, heardAt: now, pingedAt: now, saidHello: false };
    this.#identifiedAt = now;
    socket.on('message', (data, isBinary) => this.#read(data, isBinary));
    // What breaks it also closes it.
    socket.on('error', () => undefined);
    socket.on('close', () => parts.onClose(this.#tab));
  }

  /** Looks after it: asks for signs of life, and whether its user is still signed in. */
  async check(now: number): Promise<void> {
    const due = heartbeat(this.#vitals, now);
    if (due === 'silent') return this.close(LIVE_CLOSE_CODES.silent, 'nothing was heard');
    if (due === 'ping') {
      this.#vitals = { ...this.#vitals, pingedAt: now };
      this.#tab?.connection.send({ type: 'ping' });
    }
    if (now - this.#identifiedAt < IDENTIFY_MS) return;
    this.#identifiedAt = now;
    if (await this.#isSignedIn()) return;
    this.#tab?.connection.end(LIVE_CLOSE_CODES.signedOut, 'signed out');
    this.close(LIVE_CLOSE_CODES.signedOut, 'signed out');
  }

  close(code: number, reason: string): void {
    closeSocket(this.#socket, code, reason);
  }

  /** Cuts it, without a goodbye. */
  terminate(): void {
    this.#socket.terminate();
  }

  async #isSignedIn(): Promise<boolean> {
    const now = await this.#parts.identify();
    return now !== null && now.user === this.#parts.who.user;
  }

  #read(data: RawData, isBinary: boolean): void {
    const now = this.#parts.clock.monotonic();
    this.#vitals = { ...this.#vitals, heardAt: now };
    const request = isBinary ? null : requestOf(data);
    if (this.#isFlooded()) this.close(LIVE_CLOSE_CODES.flooded, 'too many messages');
    else if (request === null) this.close(LIVE_CLOSE_CODES.malformed, 'not a message of this version');
    else this.#take(request);
  }

  #take(request: LiveRequest): void {
    if (request.type === 'hello' && !this.#vitals.saidHello) this.#welcome(request);
    else if (request.type === 'hello') this.close(LIVE_CLOSE_CODES.malformed, 'hello was said');
    else if (this.#tab === null || this.#tab.connection.socket !== this.#socket) {
      this.close(LIVE_CLOSE_CODES.malformed, 'say hello first');
    } else if (request.type === 'pong') this.#tab.connection.seen(request.seen);
    else this.#tab.take(request);
  }

  #welcome(hello: Extract<LiveRequest, { type: 'hello' }>): void {
    this.#vitals = { ...this.#vitals, saidHello: true };
    try {
      this.#tab = this.#parts.welcome(hello);
    } catch {
      this.close(LIVE_CLOSE_CODES.flooded, 'too many connections');
    }
  }

  #isFlooded(): boolean {
    try {
      this.#limit.take('');
      return false;
    } catch {
      return true;
    }
  }
}

/** Reads a message; null: it is none. */
function requestOf(data: RawData): LiveRequest | null {
  try {
    return liveRequest.parse(JSON.parse(String(data)));
  } catch {
    return null;
  }
}
