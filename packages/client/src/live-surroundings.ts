/** The part of a `WebSocket` that is used. */
export interface LiveSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** What the connection needs of where it runs. */
export interface LiveSurroundings {
  open(url: string, protocols: readonly string[]): LiveSocket;
  /** Where the page is from, such as `https://jobs.example`. */
  origin(): string;
  /** Resolves after so many milliseconds, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds that never jump. */
  now(): number;
  /** From 0 to 1, so that not all connect again at the same instant. */
  random(): number;
  isHidden(): boolean;
  /** Calls whenever that changes. @returns what ends it */
  onVisibility(listener: () => void): () => void;
}

interface Page {
  readonly location?: { readonly origin: string };
  readonly document?: {
    readonly hidden: boolean;
    addEventListener(name: string, listener: () => void): void;
    removeEventListener(name: string, listener: () => void): void;
  };
}

const page = globalThis as Page;

/** A browser, or Node. */
export const REAL_SURROUNDINGS: LiveSurroundings = {
  open: (url, protocols) => new WebSocket(url, [...protocols]) as unknown as LiveSocket,
  origin: () => page.location?.origin ?? '',
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done);
    }),
  now: () => performance.now(),
  random: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
  isHidden: () => page.document?.hidden ?? false,
  onVisibility(listener) {
    page.document?.addEventListener('visibilitychange', listener);
    return () => page.document?.removeEventListener('visibilitychange', listener);
  },
};
