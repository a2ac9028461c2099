import type { LiveSocket, LiveSurroundings } from '../live.ts';

/** A socket whose other end a test plays. */
export class FakeSocket implements LiveSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  /** By this end: what the other end makes of it, a test says. */
  close(): void {
    this.isClosed = true;
  }

  /** The other end says something. */
  say(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }

  /** The other end lets it in. */
  welcome(resumed = false, connection = 'c1'): void {
    this.onopen?.();
    this.say({ type: 'welcome', version: 1, connection, resumed, heartbeatMs: 15_000, graceMs: 60_000 });
  }

  take(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message['type'] === type);
  }
}

/** A browser in which nothing happens but what a test says. */
export class FakeSurroundings implements LiveSurroundings {
  readonly sockets: FakeSocket[] = [];
  hidden = false;
  /** Whether sockets cannot be had at all. */
  broken = false;
  #now = 0;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];
  readonly #watchers = new Set<() => void>();

  open(url: string, protocols: readonly string[]): FakeSocket {
    if (this.broken) throw new Error('no sockets here');
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    return socket;
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('nothing was opened');
    return last;
  }

  origin(): string {
    return 'https://jobs.example';
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal?.aborted === true) resolve();
    this.#sleepers.push({ due: this.#now + ms, wake: resolve });
    signal?.addEventListener('abort', () => resolve());
    return promise;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  isHidden(): boolean {
    return this.hidden;
  }

  onVisibility(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  show(isShown: boolean): void {
    this.hidden = !isShown;
    for (const watcher of this.#watchers) watcher();
  }

  /** Time passes, a second at a time. */
  async pass(ms: number): Promise<void> {
    await turn();
    for (let left = ms; left > 0; left -= 1_000) {
      this.#now += Math.min(left, 1_000);
      const due = this.#sleepers.filter((sleeper) => sleeper.due <= this.#now);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.due > this.#now);
      for (const { wake } of due) wake();
      await turn();
    }
  }
}

/** Lets everything that is ready happen. */
export async function turn(): Promise<void> {
  for (let at = 0; at < 20; at++) await Promise.resolve();
}
