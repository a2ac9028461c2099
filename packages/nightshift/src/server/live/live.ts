import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIVE_CLOSE_CODES, LIVE_MESSAGE_BYTES_MAX, LIVE_PROTOCOL } from '../../contract/live.ts';
import { type Clock, SECOND_MS } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Who } from '../who.ts';
import { ForegroundRuns } from './foreground-runs.ts';
import { LiveConnections } from './live-connections.ts';
import { LiveFeed } from './live-feed.ts';
import { LiveSocket } from './live-socket.ts';

/** How often all sockets are looked after. */
const SWEEP_MS = 5 * SECOND_MS;
/** How long sockets may take to say goodbye. */
const GOODBYE_MS = SECOND_MS;

/** A request to become a socket, of somebody who was let in. */
export interface Admitted {
  readonly raw: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly who: Who;
  /** Who it is now, by the same request; null: nobody any more. */
  readonly identify: () => Promise<Who | null>;
}

/** How it is set up. */
export interface LiveOptions {
  readonly clock: Clock;
  /** Connections of one user or key. */
  readonly connectionsPerUser: number;
}

/** Live updates of a process: its sockets, what they hear, and the runs that people watch. */
export class Live {
  readonly runs: ForegroundRuns;
  readonly connections: LiveConnections;
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #feed: LiveFeed;
  readonly #sockets = new Set<LiveSocket>();
  readonly #closed = new AbortController();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: LIVE_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    // The other subprotocol is an API key.
    handleProtocols: () => LIVE_PROTOCOL,
  });
  #sweeping: Promise<void> | null = null;

  constructor(platform: Platform, { clock, connectionsPerUser }: LiveOptions) {
    const { database, directory } = platform;
    this.#platform = platform;
    this.#clock = clock;
    this.connections = new LiveConnections(clock, connectionsPerUser);
    this.runs = new ForegroundRuns(clock, this.connections.tabs);
    this.#feed = new LiveFeed({ database, directory, clock });
  }

  /** How many sockets there are. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Makes a socket of a request. */
  accept(admitted: Admitted): void {
    const { raw, socket, head } = admitted;
    this.#webSockets.handleUpgrade(raw, socket, head, (webSocket) => this.#open(webSocket, admitted));
  }

  /** Closes all sockets, so that whoever is there connects again, elsewhere or later. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.runs.close();
    this.connections.close();
    for (const socket of this.#sockets) socket.close(LIVE_CLOSE_CODES.restart, 'restarts');
    await this.#feed.close();
    const gone = new AbortController();
    this.#onEmpty = () => gone.abort();
    if (this.#sockets.size > 0) await this.#clock.sleep(GOODBYE_MS, gone.signal);
    for (const socket of this.#sockets) socket.terminate();
    await this.#sweeping;
  }

  #onEmpty: () => void = () => undefined;

  #open(webSocket: WebSocket, { who, identify }: Admitted): void {
    const socket = new LiveSocket(webSocket, {
      clock: this.#clock,
      who,
      identify,
      welcome: (hello) => this.connections.welcome(webSocket, who, hello, this.#tabParts),
      onClose: (tab) => {
        this.#sockets.delete(socket);
        if (tab !== null) this.connections.cut(tab, webSocket);
        if (this.#sockets.size === 0) this.#onEmpty();
      },
    });
    this.#sockets.add(socket);
    if (this.#closed.signal.aborted) socket.close(LIVE_CLOSE_CODES.restart, 'restarts');
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
    });
  }

  get #tabParts() {
    return { platform: this.#platform, feed: this.#feed, runs: this.runs, clock: this.#clock };
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted && this.#sockets.size + this.connections.tabs.size > 0) {
      await this.#clock.sleep(SWEEP_MS, signal);
      const now = this.#clock.monotonic();
      this.connections.sweep(now);
      // A database that does not answer says nothing about who is signed in.
      for (const socket of [...this.#sockets]) await socket.check(now).catch(() => undefined);
    }
  }
}
