import type { LiveEvent } from './live-messages.ts';
import type { LiveSocket, LiveSurroundings } from './live-surroundings.ts';

const PROTOCOL = 'nightshift.live.v1';
const KEY_PREFIX = 'nightshift.key.';
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** Nothing was heard for so long: the connection is dead, whatever the system thinks. */
const SILENCE_MS = 40_000;
const LOOK_MS = 5_000;
/** Events that have to arrive, after which it is said that they did without being asked. */
const SEEN_AT_LATEST = 50;
/** After these there is no use in trying again: a mistake of ours, signed out, taken over. */
const FINAL_CODES = new Set([4400, 4401, 4409]);
const FLOODED = 4429;

/** Who hears what comes. */
export interface LinkListener {
  /** There is a connection; `resumed`: the one of before goes on. */
  readonly onWelcome: (resumed: boolean) => void;
  readonly onEvent: (event: LiveEvent) => void;
}

/** How it is set up. */
export interface LinkOptions {
  readonly url: string;
  readonly key: string | null;
  readonly surroundings: LiveSurroundings;
  /** There is a connection, or there is none any more. */
  readonly onConnected: (isConnected: boolean, code: number | null) => void;
}

/** The connection of a tab: comes back by itself, and says what has arrived. */
export class LiveLink {
  readonly #options: LinkOptions;
  readonly #listeners = new Set<LinkListener>();
  readonly #closed = new AbortController();
  #hurry = new AbortController();
  #socket: LiveSocket | null = null;
  /** Once it has said welcome. */
  #isWelcome = false;
  #connection: string | null = null;
  #seen = 0;
  #unsaid = 0;
  #heardAt = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    void this.#keepConnected();
  }

  /** The name of the connection; null: there is none. */
  get connection(): string | null {
    return this.#isWelcome ? this.#connection : null;
  }

  /** @returns whether there is a connection */
  send(message: object): boolean {
    if (!this.#isWelcome) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener);
    if (this.#isWelcome) listener.onWelcome(false);
    return () => void this.#listeners.delete(listener);
  }

  /** Does not wait any longer to connect again. */
  hurry(): void {
    this.#hurry.abort();
  }

  close(): void {
    this.#closed.abort();
    this.#hurry.abort();
    this.#socket?.close();
  }

  async #keepConnected(): Promise<void> {
    const { surroundings, onConnected } = this.#options;
    let pause = RETRY_MS_MIN;
    while (!this.#closed.signal.aborted) {
      const { code, wasWelcome } = await this.#oneConnection();
      onConnected(false, code);
      if (this.#closed.signal.aborted) return;
      if (wasWelcome) pause = RETRY_MS_MIN;
      if (code === FLOODED) pause = RETRY_MS_MAX;
      this.#hurry = new AbortController();
      const wait = FINAL_CODES.has(code) ? Number.POSITIVE_INFINITY : pause * (0.5 + surroundings.random());
      await this.#wait(wait);
      pause = Math.min(pause * 2, RETRY_MS_MAX);
    }
  }

  /** Without an end: until somebody asks for another try. */
  #wait(ms: number): Promise<void> {
    const { signal } = this.#hurry;
    if (Number.isFinite(ms)) return this.#options.surroundings.sleep(ms, signal);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #oneConnection(): Promise<{ readonly code: number; readonly wasWelcome: boolean }> {
    const { url, key, surroundings } = this.#options;
    const protocols = key === null ? [PROTOCOL] : [PROTOCOL, KEY_PREFIX + key];
    const over = Promise.withResolvers<number>();
    const ended = new AbortController();
    try {
      const socket = surroundings.open(url, protocols);
      this.#socket = socket;
      this.#heardAt = surroundings.now();
      socket.onopen = () => socket.send(JSON.stringify(this.#hello()));
      socket.onmessage = ({ data }) => this.#hear(data);
      socket.onclose = ({ code }) => over.resolve(code);
      socket.onerror = () => undefined; // what breaks it also closes it
      void this.#watch(socket, ended.signal, () => over.resolve(0));
    } catch {
      over.resolve(0); // it cannot be had here
    }
    const code = await over.promise;
    ended.abort();
    const wasWelcome = this.#isWelcome;
    this.#isWelcome = false;
    this.#socket = null;
    return { code, wasWelcome };
  }

  #hello() {
    const resume =
      this.#connection === null ? {} : { resume: { connection: this.#connection, seen: this.#seen } };
    return { type: 'hello', version: 1, ...resume };
  }

  /** A connection that is dead may never say so. */
  async #watch(socket: LiveSocket, signal: AbortSignal, onSilence: () => void): Promise<void> {
    const { surroundings } = this.#options;
    while (!signal.aborted) {
      await surroundings.sleep(LOOK_MS, signal);
      if (signal.aborted || surroundings.now() - this.#heardAt < SILENCE_MS) continue;
      socket.onmessage = null;
      socket.close();
      onSilence();
      return;
    }
  }

  #hear(data: unknown): void {
    this.#heardAt = this.#options.surroundings.now();
    const event = JSON.parse(String(data)) as LiveEvent;
    if (event.type === 'ping') this.#saySeen();
    else if (event.type === 'welcome') this.#welcome(event);
    else if (this.#isNew(event)) for (const listener of [...this.#listeners]) listener.onEvent(event);
    if (this.#unsaid >= SEEN_AT_LATEST) this.#saySeen();
  }

  #welcome({ connection, resumed }: LiveEvent): void {
    if (resumed !== true) this.#seen = 0;
    this.#connection = String(connection);
    this.#isWelcome = true;
    this.#options.onConnected(true, null);
    for (const listener of [...this.#listeners]) listener.onWelcome(resumed === true);
  }

  /** What had to arrive may arrive twice. */
  #isNew({ seq }: LiveEvent): boolean {
    if (typeof seq !== 'number') return true;
    if (seq <= this.#seen) return false;
    this.#seen = seq;
    this.#unsaid++;
    return true;
  }

  #saySeen(): void {
    this.#unsaid = 0;
    this.send({ type: 'pong', seen: this.#seen });
  }
}
