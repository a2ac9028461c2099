import type { LinkEvent, PageLink, PageLinkListener } from '../page-link.ts';

/** A message that was sent. */
export type Sent = Readonly<Record<string, unknown>>;

/** A connection whose other side a test plays; its time stands still until the test moves it. */
export class FakeLink implements PageLink {
  readonly sent: Sent[] = [];
  isConnected = true;
  readonly #listeners = new Set<PageLinkListener>();
  #now = 0;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  send(message: object): boolean {
    if (this.isConnected) this.sent.push(message as Sent);
    return this.isConnected;
  }

  listen(listener: PageLinkListener): () => void {
    this.#listeners.add(listener);
    if (this.isConnected) listener.onWelcome(false);
    return () => void this.#listeners.delete(listener);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ due: this.#now + ms, wake }));
  }

  now(): number {
    return this.#now;
  }

  /** Lets time pass, and everything happen that follows from that. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      const next = this.#sleepers.toSorted((one, other) => one.due - other.due)[0];
      if (next === undefined || next.due > target) break;
      this.#now = Math.max(this.#now, next.due);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
      await turn();
    }
    this.#now = target;
    await turn();
  }

  /** The server says something. */
  hear(event: LinkEvent): void {
    for (const listener of [...this.#listeners]) listener.onEvent(event);
  }

  /** The connection is cut. */
  cut(): void {
    this.isConnected = false;
  }

  /** There is a connection again. */
  welcome(resumed: boolean): void {
    this.isConnected = true;
    for (const listener of [...this.#listeners]) listener.onWelcome(resumed);
  }

  /** The messages of a type, and what they say; forgets them all. */
  take(type: string): Sent[] {
    const taken = this.sent.filter((message) => message['type'] === type);
    this.sent.length = 0;
    return taken;
  }

  /** A task is done. */
  complete(message: Sent | undefined, results: Readonly<Record<string, string>>): void {
    const { page, task } = message ?? {};
    this.hear({ type: 'taskCompleted', seq: 1, page, task, recordId: null, results, waitedMs: 1, ranMs: 2 });
  }

  /** A task has failed. */
  fail(message: Sent | undefined, code: string, errorLevel = 'error'): void {
    const { page, task } = message ?? {};
    const error = { code, message: `failed with ${code}` };
    this.hear({ type: 'taskFailed', seq: 1, page, task, error, errorLevel, callStack: null });
  }
}

async function turn(): Promise<void> {
  for (let microtask = 0; microtask < 10; microtask++) await Promise.resolve();
}
