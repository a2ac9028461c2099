import type { Executor } from '../database/index.ts';
import type { Service } from '../foundation/index.ts';
import { type JobQueueRetentionParts, jobQueueRetentionOf } from './job-queue-retention.ts';
import { jobQueueWakingOf, type WakingParts } from './wake-service.ts';
import { jobQueueWatchOf, type WatchParts } from './watch-service.ts';

/**
 * What the job queue does by itself on every server instance: it removes what is too old, looks out for trouble, and wakes.
 * @param apart for what goes through many rows and holds nobody up
 */
export function jobQueueServicesOf(
  parts: JobQueueRetentionParts & WatchParts & WakingParts,
  apart: Executor,
): readonly Service[] {
  const unhurried = { ...parts, database: apart };
  return [jobQueueRetentionOf(unhurried), jobQueueWatchOf(unhurried), jobQueueWakingOf(parts)];
}
