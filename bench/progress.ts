import { setTimeout as delay } from 'node:timers/promises';

/** Tells the person what happens now, on the error output, so that the tables can be piped. */
export function tell(text: string): void {
  const seconds = Math.round(performance.now() / 1_000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  console.error(`[${clock}] ${text}`);
}

/** Milliseconds on the scale that all processes of this machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resolves as `work` does. @throws Error when that takes longer than `ms` */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = delay(ms, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what} took more than ${ms / 1_000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    enough.abort();
  }
}
