import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import type { JobQueueEntryStatus } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { readWatchedEntries } from './watch.sql.ts';
import {
  decidingOf,
  nothingRan,
  OVERDUE_MS,
  overdue,
  overrun,
  WAITING_OVERDUE_MS,
  type WatchCase,
  type WatchedEntry,
  watchCases,
} from './watch-rules.ts';

/** Late entries that people are shown at most, and that the watch reads at a time. */
const SHOWN_MAX = 1_000;
const PAGE_SIZE_DEFAULT = 10_000;

/**
 * What is not as it should be in the caller's company: entries that should have run and did not, the latest first, at most
 * 1,000; runs that take too long; and that nothing runs at all. Not for sessions in a thread or process of their own.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function watch(caller: Caller): Promise<readonly WatchCase[]> {
  readingCaller(caller, 'jobQueue.watch');
  const door = doorOf(caller);
  const wish = { kind: 'entry', id: null };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', wish);
  const { reader, clock } = door.service(JOB_QUEUE);
  const whose = { companyNo: door.company.no, userNo: reach === 'any' ? null : door.user.no };
  const page = await readPage(reader, clock, whose, { size: SHOWN_MAX, after: null });
  return page === null ? [] : watchCases(page.entries, page.now);
}

/** The same of all companies and everybody, however much it is. */
export async function watchedCases(
  reader: Executor,
  clock: Clock,
  size = PAGE_SIZE_DEFAULT,
): Promise<readonly WatchCase[]> {
  const everybody = { companyNo: null, userNo: null };
  const cases: WatchCase[] = [];
  let deciding: readonly WatchedEntry[] = [];
  let page = await readPage(reader, clock, everybody, { size, after: null });
  while (page !== null) {
    const { entries, now, after } = page;
    cases.push(...overdue(entries, now), ...overrun(entries, now));
    deciding = decidingOf([...deciding, ...entries]);
    const next = after === null ? null : await readPage(reader, clock, everybody, { size, after });
    if (next === null) return [...nothingRan(deciding, now), ...cases];
    page = next;
  }
  return [];
}

/** Where a page ended: the last row's instant, to the microsecond, and its entry. */
type PageEnd = readonly [sinceExactly: string, entryNo: string];

interface Page {
  readonly entries: readonly WatchedEntry[];
  readonly now: Date;
  /** Null: it is the last one. */
  readonly after: PageEnd | null;
}

/** @returns null: there is nothing more */
async function readPage(
  reader: Executor,
  clock: Clock,
  whose: { readonly companyNo: number | null; readonly userNo: number | null },
  { size, after }: { readonly size: number; readonly after: PageEnd | null },
): Promise<Page | null> {
  const [since, entryNo] = after ?? [null, null];
  const late = [OVERDUE_MS, WAITING_OVERDUE_MS] as const;
  const values = [whose.companyNo, clock.pinned(), ...late, whose.userNo, since, entryNo, size];
  const rows = await reader.run<WatchedRow>(readWatchedEntries, values);
  const last = rows.at(-1);
  if (last === undefined) return null;
  const isFull = rows.filter((row) => row.log_no === null).length >= size;
  return {
    entries: rows.map(watchedOf),
    now: last.now,
    after: isFull ? [last.since_exactly, last.entry_no] : null,
  };
}

interface WatchedRow {
  readonly id: string;
  readonly entry_no: string;
  readonly object: string;
  readonly status: JobQueueEntryStatus;
  readonly company: string;
  readonly log_no: string | null;
  readonly since: Date;
  readonly since_exactly: string;
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
