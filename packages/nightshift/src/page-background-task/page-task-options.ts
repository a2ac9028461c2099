import { z } from 'zod';
import { MINUTE_MS, parsedOptions, SECOND_MS } from '../foundation/index.ts';

const optionsSchema = z
  .strictObject({
    /** Background tasks of pages that run at the same time on this server instance: 1 to 100. Default 16. */
    tasksMaxConcurrent: z.int().min(1).max(100).default(16),
    /** Of one page session: 1 to 100. Default 5. */
    tasksMaxConcurrentPerPage: z.int().min(1).max(100).default(5),
    /** Background tasks of one page session that wait: 0 to 10,000. Default 100. */
    tasksMaxQueuedPerPage: z.int().min(0).max(10_000).default(100),
    /** Milliseconds that a background task may run that states no timeout: 1 to 10 min. Default 2 min. */
    taskDefaultTimeoutMs: z
      .int()
      .min(1)
      .max(10 * MINUTE_MS)
      .default(2 * MINUTE_MS),
    /** Milliseconds; a longer timeout is cut: 1 to 10 min. Default 10 min. */
    taskMaxTimeoutMs: z
      .int()
      .min(1)
      .max(10 * MINUTE_MS)
      .default(10 * MINUTE_MS),
    /** Background tasks that enqueue each other from the triggers of their page: 1 to 10,000. Default 100. */
    tasksMaxInARow: z.int().min(1).max(10_000).default(100),
    /** Milliseconds that the pages of a connection that was cut stay open: 0 to 10 min. Default 10 s. */
    reconnectGraceMs: z
      .int()
      .min(0)
      .max(10 * MINUTE_MS)
      .default(10 * SECOND_MS),
    /** Pages that are open at the same time on this server instance: 1 to 1,000,000. Default 10,000. */
    pagesMax: z.int().min(1).max(1_000_000).default(10_000),
  })
  .readonly();

/** What may be given of the options. */
export type PageTaskOptionsInput = z.input<typeof optionsSchema>;
/** The complete, frozen options. */
export type PageTaskOptions = z.output<typeof optionsSchema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function pageTaskOptions(input: PageTaskOptionsInput): PageTaskOptions {
  return parsedOptions('pages', optionsSchema, input);
}
