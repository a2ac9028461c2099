import { LiveLink } from './live-link.ts';
import type { LiveChange, LiveDialog, LiveEvent, LiveLogLine, LiveOutcome } from './live-messages.ts';
import { type LiveEnd, LiveSubscription, type LiveTopic } from './live-subscription.ts';
import { type LiveSurroundings, REAL_SURROUNDINGS } from './live-surroundings.ts';

export type { LinkListener } from './live-link.ts';
export type {
  LiveChange,
  LiveDialog,
  LiveEvent,
  LiveList,
  LiveLogLine,
  LiveOutcome,
  LiveRow,
} from './live-messages.ts';
export type { LiveEnd, LiveTopic } from './live-subscription.ts';
export type { LiveSocket, LiveSurroundings } from './live-surroundings.ts';

/** How often everything is read again while there is no connection. */
const POLL_MS = 10_000;

/** `live`: changes are told as they happen. `polling`: there is no connection. `paused`: the tab is hidden. */
export type LiveState = 'live' | 'polling' | 'paused';

/** How it is set up. */
export interface LiveOptions {
  /** Where the server is, such as `https://jobs.example`. Default: where the page is from. */
  readonly url?: string;
  /** An API key, `ns_…`. Default: none; a browser sends its cookie. */
  readonly key?: string;
  /** Hears of each change of the state. `code`: why there is no connection, 4401 when nobody is signed in. */
  readonly onState?: (state: LiveState, code: number | null) => void;
  /** Default: the browser. */
  readonly surroundings?: LiveSurroundings;
}

/** Who watches runs that were started by `runOnce` with this connection. */
export interface RunListener {
  readonly dialog?: (dialog: LiveDialog) => void;
  /** A question is over, also when it was answered. */
  readonly dialogClosed?: (closed: {
    readonly run: string;
    readonly dialog: string;
    readonly answer: boolean;
    readonly reason: string;
  }) => void;
  readonly message?: (message: { readonly run: string; readonly text: string }) => void;
  /** A window shows this now; null: it is closed. */
  readonly progress?: (progress: {
    readonly run: string;
    readonly window: number;
    readonly text: string | null;
  }) => void;
  readonly log?: (log: { readonly run: string; readonly lines: readonly LiveLogLine[] }) => void;
  readonly runEnded?: (ended: { readonly run: string; readonly outcome: LiveOutcome }) => void;
}

/** The connection of a tab. */
export interface Live {
  readonly state: LiveState;
  /** Its name, for `runOnce`; null: there is none now. */
  readonly connection: string | null;
  /**
   * Hears of a list or a row: `onChange` is called with what changed, or with `rows: null` to read again, which it also is first
   * of all, every 10 s while there is no connection, and when the tab is shown again.
   * @returns what ends it
   */
  subscribe(
    topic: LiveTopic,
    onChange: (change: LiveChange) => void,
    onEnd?: (end: LiveEnd) => void,
  ): () => void;
  /** Watches the runs of this tab. @returns what ends it */
  onRun(listener: RunListener): () => void;
  /** Answers a question of a run. @returns whether there is a connection */
  answer(dialog: string, value: boolean): boolean;
  /** Tries to connect now, as after signing in. */
  reconnect(): void;
  close(): void;
  // What pages need of it.
  send(message: object): boolean;
  listen(listener: {
    readonly onWelcome: (resumed: boolean) => void;
    readonly onEvent: (event: LiveEvent) => void;
  }): () => void;
  sleep(ms: number): Promise<void>;
  now(): number;
}

/** Connects, and stays connected until it is closed. One for a tab is enough. */
export function connectLive(options: LiveOptions = {}): Live {
  return new OpenLive(options);
}

class OpenLive implements Live {
  readonly #surroundings: LiveSurroundings;
  readonly #onState: NonNullable<LiveOptions['onState']>;
  readonly #link: LiveLink;
  readonly #subscriptions = new Set<LiveSubscription>();
  readonly #closed = new AbortController();
  readonly #forget: () => void;
  #connected = false;
  #code: number | null = null;
  #told: LiveState | null = null;
  #count = 0;

  constructor({ url, key, onState, surroundings = REAL_SURROUNDINGS }: LiveOptions) {
    this.#surroundings = surroundings;
    this.#onState = onState ?? (() => undefined);
    const base = (url ?? surroundings.origin()).replace(/\/+$/, '').replace(/^http/, 'ws');
    this.#link = new LiveLink({
      url: `${base}/api/v1/live`,
      key: key ?? null,
      surroundings,
      onConnected: (isConnected, code) => {
        this.#connected = isConnected;
        this.#code = code;
        this.#tellState();
      },
    });
    this.#forget = surroundings.onVisibility(() => this.#onVisibility());
    this.#tellState();
    void this.#poll();
  }

  get state(): LiveState {
    if (this.#surroundings.isHidden()) return 'paused';
    return this.#connected ? 'live' : 'polling';
  }

  get connection(): string | null {
    return this.#link.connection;
  }

  subscribe(
    topic: LiveTopic,
    onChange: (change: LiveChange) => void,
    onEnd: (end: LiveEnd) => void = () => undefined,
  ): () => void {
    const subscription = new LiveSubscription(`s${++this.#count}`, topic, this.#link, { onChange, onEnd });
    this.#subscriptions.add(subscription);
    subscription.hold(this.state === 'paused');
    const leave = this.#link.listen(subscription);
    return () => {
      if (!this.#subscriptions.delete(subscription)) return;
      leave();
      subscription.end();
    };
  }

  onRun(listener: RunListener): () => void {
    const onEvent = (event: LiveEvent) => {
      const handler = (listener as Readonly<Record<string, ((event: LiveEvent) => void) | undefined>>)[
        event.type
      ];
      handler?.(event);
    };
    return this.#link.listen({ onWelcome: () => undefined, onEvent });
  }

  answer(dialog: string, value: boolean): boolean {
    return this.#link.send({ type: 'answer', dialog, value });
  }

  reconnect(): void {
    this.#link.hurry();
  }

  close(): void {
    this.#closed.abort();
    this.#forget();
    this.#subscriptions.clear();
    this.#link.close();
  }

  send(message: object): boolean {
    return this.#link.send(message);
  }

  listen(listener: Parameters<Live['listen']>[0]): () => void {
    return this.#link.listen(listener);
  }

  sleep(ms: number): Promise<void> {
    return this.#surroundings.sleep(ms);
  }

  now(): number {
    return this.#surroundings.now();
  }

  #tellState(): void {
    const { state } = this;
    if (state === this.#told || this.#closed.signal.aborted) return;
    this.#told = state;
    this.#onState(state, this.#code);
  }

  #onVisibility(): void {
    const isHidden = this.#surroundings.isHidden();
    this.#tellState();
    for (const subscription of [...this.#subscriptions]) {
      // While nobody told anything, nothing was held back either.
      if (!isHidden && !this.#connected) subscription.poll();
      subscription.hold(isHidden);
    }
    if (!isHidden && !this.#connected && this.#code !== 4401) this.#link.hurry();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#surroundings.sleep(POLL_MS, signal);
      if (signal.aborted || this.state !== 'polling') continue;
      for (const subscription of [...this.#subscriptions]) subscription.poll();
    }
  }
}
