import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import type { JobQueueEntryStatus } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { readWatchedEntries } from './watch.sql.ts';
import {
  OVERDUE_MS,
  WAITING_OVERDUE_MS,
  type WatchCase,
  type WatchedEntry,
  watchCases,
} from './watch-rules.ts';

/**
 * What is not as it should be in the caller's company: entries that should have run and did not, runs that take too long, and
 * that nothing runs at all. Not for sessions in a thread or process of their own.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function watch(caller: Caller): Promise<readonly WatchCase[]> {
  readingCaller(caller, 'jobQueue.watch');
  const door = doorOf(caller);
  const wish = { kind: 'entry', id: null };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', wish);
  const { reader, clock } = door.service(JOB_QUEUE);
  return watchedCases(reader, clock, {
    companyNo: door.company.no,
    userNo: reach === 'any' ? null : door.user.no,
  });
}

/** @param whose of which company and user; null: of all */
export async function watchedCases(
  reader: Executor,
  clock: Clock,
  whose: { readonly companyNo: number | null; readonly userNo: number | null },
): Promise<readonly WatchCase[]> {
  const values = [whose.companyNo, clock.pinned(), OVERDUE_MS, WAITING_OVERDUE_MS, whose.userNo];
  const rows = await reader.run<WatchedRow>(readWatchedEntries, values);
  const now = rows[0]?.now;
  return now === undefined ? [] : watchCases(rows.map(watchedOf), now);
}

interface WatchedRow {
  readonly id: string;
  readonly entry_no: string;
  readonly object: string;
  readonly status: JobQueueEntryStatus;
  readonly company: string;
  readonly log_no: string | null;
  readonly since: Date;
  readonly now: Date;
  readonly expected_ms: number | null;
  readonly median_ms: number | null;
  readonly last_run_at: Date | null;
}

function watchedOf(row: WatchedRow): WatchedEntry {
  return {
    entryId: row.id,
    entryNo: Number(row.entry_no),
    object: row.object,
    status: row.status,
    company: row.company,
    logNo: row.log_no === null ? null : Number(row.log_no),
    since: row.since,
    expectedMs: row.expected_ms,
    medianMs: row.median_ms,
    lastRunAt: row.last_run_at,
  };
}
