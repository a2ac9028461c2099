import type { Service } from '../foundation/index.ts';
import { type JobQueueRetentionParts, jobQueueRetentionOf } from './job-queue-retention.ts';
import { jobQueueWakingOf, type WakingParts } from './wake-service.ts';
import { jobQueueWatchOf, type WatchParts } from './watch-service.ts';

/** What the job queue does by itself on every server instance: it removes what is too old, looks out for trouble, and wakes. */
export function jobQueueServicesOf(
  parts: JobQueueRetentionParts & WatchParts & WakingParts,
): readonly Service[] {
  return [jobQueueRetentionOf(parts), jobQueueWatchOf(parts), jobQueueWakingOf(parts)];
}
