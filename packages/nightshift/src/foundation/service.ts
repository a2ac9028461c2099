/** Everything that lives longer than a call: starts once, stops once, both awaited and harmless when repeated. */
export interface Service {
  /** For logs and for tests. */
  readonly name: string;
  /** Resolves when it works; a second call waits for the first. */
  start(): Promise<void>;
  /** Resolves when nothing of it runs any more; also before or without a start. */
  stop(): Promise<void>;
}

/** What a service does; `serviceOf` adds the contract. */
export interface ServiceBody {
  /** Does the work of starting; `signal` is aborted by stop. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Does the work of stopping, after `signal` was aborted. */
  readonly stop: () => Promise<void>;
}

/** Makes a service from its two halves: idempotent, awaited, in order, restartable after a stop. */
export function serviceOf(name: string, body: ServiceBody): Service {
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  let controller = new AbortController();
  return {
    name,
    start() {
      if (starting === null) {
        controller = new AbortController();
        const { signal } = controller;
        // A stop that failed was told to its caller; it does not keep the service from starting again.
        const started = (stopping ?? Promise.resolve()).catch(() => undefined).then(() => body.start(signal));
        starting = started;
        // A failed start leaves nothing behind that could be "started": the next call tries anew.
        started.catch(() => {
          if (starting === started) starting = null;
        });
      }
      return starting;
    },
    stop() {
      if (starting === null) return stopping ?? Promise.resolve();
      const started = starting;
      starting = null;
      controller.abort();
      stopping = started.catch(() => undefined).then(() => body.stop());
      return stopping;
    },
  };
}
