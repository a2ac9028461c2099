import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, parsedOptions, SECOND_MS } from '../foundation/index.ts';
import { SESSION_TIMEOUT_MS_MAX } from './start-session.ts';

const optionsSchema = z
  .strictObject({
    /** Sessions of StartSession that run at the same time: 0 (none) to 100. */
    backgroundSessionsMaxConcurrent: z.int().min(0).max(100).default(10),
    /** Sessions of StartSession that wait for a place: 0 (none) to 10,000. */
    backgroundSessionsMaxQueued: z.int().min(0).max(10_000).default(100),
    /** Milliseconds; how long they wait, at most 48 h. Default 8 h. */
    backgroundSessionsWaitTimeoutMs: z
      .int()
      .min(1)
      .max(48 * HOUR_MS)
      .default(8 * HOUR_MS),
    /** Milliseconds; timeout of a session of StartSession that states none, at most 48 h. Default 12 h. */
    backgroundSessionsDefaultTimeoutMs: z
      .int()
      .min(1)
      .max(SESSION_TIMEOUT_MS_MAX)
      .default(12 * HOUR_MS),
    /** Milliseconds between the wish that a session stops and its being killed: 0 to 10 minutes. Default 5 s. */
    stopGraceMs: z
      .int()
      .min(0)
      .max(10 * MINUTE_MS)
      .default(5 * SECOND_MS),
    /** Megabytes of heap of a thread: 32 to 65,536. Default 256. */
    threadMemoryMb: z.int().min(32).max(65_536).default(256),
    /** Megabytes of a process, all of it: 128 to 65,536. Default 512. */
    processMemoryMb: z.int().min(128).max(65_536).default(512),
    /** Threads, and processes, that are kept warm while nothing runs in them: 0 to 100. Default 2. */
    idleIsolates: z.int().min(0).max(100).default(2),
    /** Days that events of background sessions are kept: 1 to 3,650. Default 5. */
    nonInteractiveSessionsLogRetainDays: z.int().min(1).max(3_650).default(5),
    /** Days that events of all other sessions are kept: 1 to 3,650. Default 90. */
    sessionEventTableRetainDays: z.int().min(1).max(3_650).default(90),
  })
  .readonly();

/** What may be given of the options. */
export type SessionOptionsInput = z.input<typeof optionsSchema>;
/** The complete, frozen options. */
export type SessionOptions = z.output<typeof optionsSchema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function sessionOptions(input: SessionOptionsInput): SessionOptions {
  return parsedOptions('sessions', optionsSchema, input);
}
