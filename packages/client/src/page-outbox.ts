import type { PageLink } from './page-link.ts';

/**
 * What pages send at most, and how much of it at once. The server takes 40 messages a second over time and 240 at once, and cuts
 * whoever sends more; the rest of the tab wants some, too. A test of the server holds this pace against its own limit.
 */
const AT_ONCE = 120;
const A_SECOND = 25;

/** A message on its way. */
export interface Outgoing {
  readonly type: string;
  readonly page: string;
  readonly [field: string]: unknown;
}

/** Sends what pages have to say at a pace that the server takes; what is out of date by its turn is never sent. */
export class PageOutbox {
  readonly #link: PageLink;
  readonly #waiting: Outgoing[] = [];
  #tokens = AT_ONCE;
  #filledAt: number;
  #isPacing = false;

  constructor(link: PageLink) {
    this.#link = link;
    this.#filledAt = link.now();
  }

  /** Without a connection nothing is kept: when there is one again, each page says how things stand. */
  send(message: Outgoing): void {
    this.#waiting.push(message);
    this.#flush();
  }

  /** Takes back what has not been sent. @returns that */
  drop(isStale: (message: Outgoing) => boolean): readonly Outgoing[] {
    const [stale, kept] = [
      this.#waiting.filter(isStale),
      this.#waiting.filter((message) => !isStale(message)),
    ];
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    return stale;
  }

  /** Sends at once what waits: there will be no later. */
  sendAll(): void {
    for (const message of this.#waiting.splice(0)) this.#link.send(message);
  }

  #flush(): void {
    this.#fill();
    while (this.#waiting.length > 0 && this.#tokens >= 1) {
      const [next] = this.#waiting.splice(0, 1);
      if (next === undefined || !this.#link.send(next)) {
        this.#waiting.length = 0;
        return;
      }
      this.#tokens--;
    }
    if (this.#waiting.length > 0 && !this.#isPacing) void this.#pace();
  }

  async #pace(): Promise<void> {
    this.#isPacing = true;
    await this.#link.sleep(1_000 / A_SECOND);
    this.#isPacing = false;
    this.#flush();
  }

  #fill(): void {
    const now = this.#link.now();
    this.#tokens = Math.min(AT_ONCE, this.#tokens + ((now - this.#filledAt) * A_SECOND) / 1_000);
    this.#filledAt = now;
  }
}
