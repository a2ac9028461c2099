import { z } from 'zod';
import { parsedOptions } from '../foundation/index.ts';

/** How long log entries and Finished entries are kept when nobody says so. */
export const LOG_RETENTION_DAYS_DEFAULT = 90;
/** Longest time that they can be kept. */
export const LOG_RETENTION_DAYS_MAX = 3_650;

const schema = z
  .strictObject({
    /** Days after which log entries and Finished entries are removed, of entries that say nothing else: 1 to 3,650. */
    logRetentionDays: z.int().min(1).max(LOG_RETENTION_DAYS_MAX).default(LOG_RETENTION_DAYS_DEFAULT),
  })
  .readonly();

/** What may be given of the options. */
export type JobQueueOptionsInput = z.input<typeof schema>;
/** The complete, frozen options. */
export type JobQueueOptions = z.output<typeof schema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function jobQueueOptions(input: JobQueueOptionsInput): JobQueueOptions {
  return parsedOptions('jobQueue', schema, input);
}
