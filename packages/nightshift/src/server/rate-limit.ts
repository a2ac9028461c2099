import { type Clock, MINUTE_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

/** Whoever is counted at the same time, at most; beyond that the one seen longest ago is forgotten. */
const COUNTED_MAX = 10_000;

interface Bucket {
  /** Requests that may still come. */
  tokens: number;
  /** Monotonic. */
  at: number;
}

/** Is thrown when somebody asks too often; says when to come again. */
export class TooManyRequests extends NightshiftError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('TOO_MANY_REQUESTS', `Too many requests: try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Lets everybody have so many requests a minute, a tenth of them at once. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#burst = Math.max(10, Math.ceil(perMinute / 10));
  }

  /** Counts a request. @throws TooManyRequests */
  take(key: string): void {
    const bucket = this.#bucketOf(key);
    if (bucket.tokens < 1) {
      const waitMs = ((1 - bucket.tokens) * MINUTE_MS) / this.#perMinute;
      throw new TooManyRequests(Math.max(1, Math.ceil(waitMs / SECOND_MS)));
    }
    bucket.tokens -= 1;
  }

  #bucketOf(key: string): Bucket {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) * this.#perMinute) / MINUTE_MS);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > COUNTED_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
