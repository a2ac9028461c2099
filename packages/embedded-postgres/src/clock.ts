import { performance } from 'node:perf_hooks';

/** The only timer of this package: resolves after `ms` milliseconds, and keeps the process alive meanwhile. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A point in the future of this process; not affected when somebody sets the system's clock. */
export interface Deadline {
  /** True when the time is over. */
  passed(): boolean;
}

/** A deadline `ms` milliseconds from now. */
export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms;
  return { passed: () => performance.now() >= end };
}

/** The age in milliseconds of something that carries a wall-clock time stamp, such as a file's mtime. */
export function ageInMs(timestampMs: number): number {
  return Date.now() - timestampMs;
}
