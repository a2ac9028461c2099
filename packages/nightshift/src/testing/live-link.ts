import type { PageLink } from '@nightshift/client/page';
import { WebSocket } from 'ws';
import { LIVE_PROTOCOL } from '../contract/live.ts';
import { systemClock } from '../foundation/index.ts';

type Listener = Parameters<PageLink['listen']>[0];
type Event = Parameters<Listener['onEvent']>[0];

/** The connection of a tab, as plain as can be: cut and connected when the test says so. */
export class LiveLink implements PageLink {
  readonly #user: string;
  readonly #listeners = new Set<Listener>();
  #socket: WebSocket | null = null;
  #connection: string | null = null;
  #seen = 0;
  /** What was refused. */
  readonly refused: Event[] = [];

  constructor(user: string) {
    this.#user = user;
  }

  /** Connects, or connects again. @returns whether the connection of before goes on */
  async connect(address: string): Promise<boolean> {
    const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/api/v1/live`, LIVE_PROTOCOL, {
      headers: { 'x-user': this.#user, origin: address },
    });
    const welcomed = Promise.withResolvers<boolean>();
    socket.on('error', welcomed.reject);
    socket.on('open', () => {
      const resume =
        this.#connection === null ? undefined : { connection: this.#connection, seen: this.#seen };
      socket.send(JSON.stringify({ type: 'hello', version: 1, resume }));
    });
    socket.on('message', (data) => {
      const event = JSON.parse(String(data)) as Event;
      if (event.type === 'welcome') {
        const { connection, resumed } = event as unknown as { connection: string; resumed: boolean };
        this.#connection = connection;
        if (!resumed) this.#seen = 0;
        this.#socket = socket;
        for (const listener of [...this.#listeners]) listener.onWelcome(resumed);
        welcomed.resolve(resumed);
      } else this.#hear(event);
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    return await welcomed.promise;
  }

  /** Cuts the connection, without a goodbye. */
  cut(): void {
    this.#socket?.terminate();
    this.#socket = null;
  }

  send(message: object): boolean {
    this.#socket?.send(JSON.stringify(message));
    return this.#socket !== null;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#socket !== null) listener.onWelcome(false);
    return () => void this.#listeners.delete(listener);
  }

  sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms);
  }

  now(): number {
    return systemClock.monotonic();
  }

  #hear(event: Event): void {
    if (typeof event['seq'] === 'number') this.#seen = event['seq'];
    if (event.type === 'refused') this.refused.push(event);
    for (const listener of [...this.#listeners]) listener.onEvent(event);
  }
}
