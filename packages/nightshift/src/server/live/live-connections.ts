import type { WebSocket } from 'ws';
import { LIVE_CLOSE_CODES, LIVE_VERSION, type LiveRequest } from '../../contract/live.ts';
import { type Clock, MINUTE_MS, NightshiftError, randomUuid } from '../../foundation/index.ts';
import { isSame, type Who } from '../who.ts';
import { HEARTBEAT_MS } from './heartbeat.ts';
import { LiveConnection } from './live-connection.ts';
import type { LiveParts } from './live-parts.ts';
import { LiveTab } from './live-tab.ts';

/** How long a connection is kept whose socket was cut. */
export const GRACE_MS = MINUTE_MS;

type Hello = Extract<LiveRequest, { type: 'hello' }>;

/** The connections of a process, by their names. */
export class LiveConnections {
  readonly #clock: Clock;
  readonly #perUserMax: number;
  readonly #tabs = new Map<string, LiveTab>();
  readonly #counts = new Map<string, number>();

  /** @param perUserMax connections of one user or key, also such as were cut a moment ago */
  constructor(clock: Clock, perUserMax: number) {
    this.#clock = clock;
    this.#perUserMax = perUserMax;
  }

  get tabs(): ReadonlyMap<string, LiveTab> {
    return this.#tabs;
  }

  /** @throws NightshiftError TOO_MANY_REQUESTS when somebody has as many connections as one may */
  refuseTooMany({ countedAs }: Who): void {
    if ((this.#counts.get(countedAs) ?? 0) < this.#perUserMax) return;
    throw new NightshiftError('TOO_MANY_REQUESTS', `You have ${this.#perUserMax} live connections already.`);
  }

  /**
   * Says welcome: to a connection that goes on, or to a new one.
   * @throws NightshiftError TOO_MANY_REQUESTS
   */
  welcome(socket: WebSocket, who: Who, { resume }: Hello, parts: LiveParts): LiveTab {
    const known = resume === undefined ? undefined : this.#tabs.get(resume.connection);
    const resumed = known !== undefined && isSame(known.connection.who, who);
    const tab = resumed ? known : this.#newTab(who, parts);
    const { connection } = tab;
    // What the former socket had subscribed to, it does not hear of any more.
    tab.unsubscribe();
    connection.attach(socket, resume?.seen ?? 0);
    connection.send({
      type: 'welcome',
      version: LIVE_VERSION,
      connection: connection.id,
      resumed,
      heartbeatMs: HEARTBEAT_MS,
      graceMs: GRACE_MS,
    });
    connection.repeat();
    return tab;
  }

  /** A socket is no more; its connection is kept for a while. */
  cut(tab: LiveTab, socket: WebSocket): void {
    if (tab.connection.socket !== socket) return;
    tab.connection.detach(socket);
    tab.unsubscribe();
  }

  /** Ends what was cut too long ago, and readers who are too slow. */
  sweep(now: number): void {
    for (const { connection } of this.#tabs.values()) {
      const { cutAt } = connection;
      if (cutAt !== null && now - cutAt >= GRACE_MS) connection.end(LIVE_CLOSE_CODES.silent, 'gone');
      else connection.checkPace(now);
    }
  }

  /** Ends all. */
  close(): void {
    for (const { connection } of this.#tabs.values()) connection.end(LIVE_CLOSE_CODES.restart, 'restarts');
  }

  #newTab(who: Who, parts: LiveParts): LiveTab {
    this.refuseTooMany(who);
    const connection = new LiveConnection(randomUuid(), who, this.#clock);
    const tab = new LiveTab(connection, parts);
    const { countedAs } = who;
    this.#tabs.set(connection.id, tab);
    this.#counts.set(countedAs, (this.#counts.get(countedAs) ?? 0) + 1);
    connection.ended.addEventListener('abort', () => {
      tab.unsubscribe();
      this.#tabs.delete(connection.id);
      const left = (this.#counts.get(countedAs) ?? 1) - 1;
      if (left === 0) this.#counts.delete(countedAs);
      else this.#counts.set(countedAs, left);
    });
    return tab;
  }
}
