import { z } from 'zod';
import { parsedOptions } from '../foundation/index.ts';

const schema = z
  .strictObject({
    /** Days after which documents are removed from the report inbox: 1 to 3,650. Default: 90. */
    retentionDays: z.int().min(1).max(3_650).default(90),
  })
  .readonly();

/** What may be given of the options. */
export type ReportOptionsInput = z.input<typeof schema>;
/** The complete, frozen options. */
export type ReportOptions = z.output<typeof schema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function reportOptions(input: ReportOptionsInput): ReportOptions {
  return parsedOptions('reportInbox', schema, input);
}
