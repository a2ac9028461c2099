import { MINUTE_MS } from '../foundation/index.ts';
import type { JobQueueEntryStatus } from './job-queue-entry.ts';

/** A start that is later than this is told of: tasks wait for places, and for each other. */
export const OVERDUE_MS = 5 * MINUTE_MS;
/** Entries of one category run one after another, so waiting there is told of later. */
export const WAITING_OVERDUE_MS = 60 * MINUTE_MS;
/** Nobody is called for a run that is shorter, whatever the others took. */
const OVERRUN_MS_MIN = MINUTE_MS;
const OVERRUN_MEDIANS = 3;
/** So long nothing ran at all, though something was due. */
const NOTHING_RAN_MS = 15 * MINUTE_MS;

/** An entry that is planned, waits or runs, as far as the watch is concerned. */
export interface WatchedEntry {
  readonly entryId: string;
  readonly entryNo: number;
  readonly object: string;
  readonly status: JobQueueEntryStatus;
  readonly company: string;
  /** The log entry of the run that is under way; null: none is. */
  readonly logNo: number | null;
  /** When it was to start, since when it waits in its category, or since when it runs. */
  readonly since: Date;
  /** Milliseconds; null: nobody said. */
  readonly expectedMs: number | null;
  /** Of its last good runs; null: there are none, or it does not matter. */
  readonly medianMs: number | null;
  /** When the last run of any entry of its company began; null: none did. */
  readonly lastRunAt: Date | null;
}

/** One thing that is not as it should be. */
export interface WatchCase {
  readonly kind: 'overdue' | 'overrun' | 'nothing-ran';
  readonly company: string;
  /** Of `nothing-ran` it is the entry that has been due for longest. */
  readonly entryId: string;
  readonly entryNo: number;
  readonly object: string;
  readonly status: JobQueueEntryStatus;
  /** When it was to start, or began to run; of `nothing-ran`, when the last run began, if there was one. */
  readonly since: Date;
  /** Milliseconds beyond what was to be expected. */
  readonly byMs: number;
}

/** Entries that should have run and did not. Pure. */
export function overdue(entries: readonly WatchedEntry[], now: Date): readonly WatchCase[] {
  return entries.flatMap((entry) => {
    if (entry.logNo !== null) return [];
    const late = now.getTime() - entry.since.getTime();
    const patience = entry.status === 'Waiting' ? WAITING_OVERDUE_MS : OVERDUE_MS;
    return late > patience ? [caseOf('overdue', entry, { since: entry.since, byMs: late })] : [];
  });
}

/** Runs that take longer than expected, or than three times the median where nobody said what is. Pure. */
export function overrun(entries: readonly WatchedEntry[], now: Date): readonly WatchCase[] {
  return entries.flatMap((entry) => {
    const allowed = allowedMs(entry);
    if (entry.logNo === null || allowed === null) return [];
    const byMs = now.getTime() - entry.since.getTime() - allowed;
    return byMs > 0 ? [caseOf('overrun', entry, { since: entry.since, byMs })] : [];
  });
}

function allowedMs({ expectedMs, medianMs }: WatchedEntry): number | null {
  if (expectedMs !== null) return expectedMs;
  return medianMs === null ? null : Math.max(OVERRUN_MS_MIN, OVERRUN_MEDIANS * medianMs);
}

/** Companies in which entries are due and no run of any has begun for a quarter of an hour. Pure. */
export function nothingRan(entries: readonly WatchedEntry[], now: Date): readonly WatchCase[] {
  const running = new Set(entries.filter(({ logNo }) => logNo !== null).map(({ company }) => company));
  const due = entries.filter(({ logNo, status }) => logNo === null && status !== 'Waiting');
  return [...Map.groupBy(due, ({ company }) => company).entries()].flatMap(([company, late]) => {
    const first = late.toSorted((one, other) => one.since.getTime() - other.since.getTime())[0];
    if (first === undefined || running.has(company)) return [];
    const since = first.lastRunAt !== null && first.lastRunAt > first.since ? first.lastRunAt : first.since;
    const byMs = now.getTime() - since.getTime();
    return byMs > NOTHING_RAN_MS ? [caseOf('nothing-ran', first, { since, byMs })] : [];
  });
}

/** What decides whether nothing runs: of each company the entry that is due for longest, and one that runs. Pure. */
export function decidingOf(entries: readonly WatchedEntry[]): readonly WatchedEntry[] {
  const kept = new Map<string, WatchedEntry>();
  for (const entry of entries) {
    if (entry.logNo === null && entry.status === 'Waiting') continue;
    const key = `${entry.logNo === null ? 'due' : 'runs'} ${entry.company}`;
    const other = kept.get(key);
    if (other === undefined || entry.since < other.since) kept.set(key, entry);
  }
  return [...kept.values()];
}

function caseOf(
  kind: WatchCase['kind'],
  { entryId, entryNo, object, status, company }: WatchedEntry,
  when: Pick<WatchCase, 'since' | 'byMs'>,
): WatchCase {
  return { kind, company, entryId, entryNo, object, status, ...when };
}

/** Everything that is not as it should be. Pure. */
export function watchCases(entries: readonly WatchedEntry[], now: Date): readonly WatchCase[] {
  return [...nothingRan(entries, now), ...overdue(entries, now), ...overrun(entries, now)];
}
