import { given, isUuid } from '../../foundation/index.ts';
import type { EntryQuery, JobQueueLogEntry, ListedEntry, LogQuery } from '../../job-queue/index.ts';
import { jobQueue } from '../../platform/index.ts';
import { type FoundAction, withinScopes } from '../allowed-actions.ts';
import { retryRefusal, retryRun } from '../log-entry-retry.ts';
import { dateOf } from '../wire-parts.ts';
import {
  absentRow,
  type BulkFilter,
  type BulkRows,
  type MeantRow,
  needed,
  noSuchAction,
  numberOf,
  type RowDeed,
  type RowWish,
  reasonAmong,
} from './bulk-target.ts';

const PAGE = 500;

function entryRow({ entry, actions }: ListedEntry, { action, call }: RowWish): MeantRow {
  const allowed = actions.map((each: FoundAction) => withinScopes(each, call.who));
  return {
    id: entry.id,
    name: `${entry.entryNo} (${entry.object})`,
    reason: reasonAmong(allowed, action),
    code: null,
  };
}

async function entriesByIds(wish: RowWish, ids: readonly string[]): Promise<readonly MeantRow[]> {
  const found = new Map<string, MeantRow>();
  const known = ids.filter(isUuid);
  for (let at = 0; at < known.length; at += PAGE) {
    const listed = await jobQueue.describeMany(wish.call.caller, known.slice(at, at + PAGE));
    for (const each of listed) found.set(each.entry.id, entryRow(each, wish));
  }
  return ids.map((id) => found.get(id.toLowerCase()) ?? absentRow(id, 'ENTRY_UNKNOWN', 'job queue entry'));
}

async function* entriesByFilter(wish: RowWish, filter: BulkFilter) {
  const { status, object, category, runAs, tag, q, userGone } = filter;
  let after: EntryQuery['after'];
  do {
    const query = given({ object, category, runAs, tag, userGone, statuses: status, text: q, after });
    const page = await jobQueue.page(wish.call.caller, { ...query, limit: PAGE } as EntryQuery);
    yield page.entries.map((each) => entryRow(each, wish));
    after = page.next ?? undefined;
  } while (after !== undefined);
}

function actOnEntry({ caller, action, id, given: { priority, user, comment } }: RowDeed): Promise<unknown> {
  switch (action) {
    case 'setReady':
      return jobQueue.setStatusToReady(caller, id);
    case 'setOnHold':
      return jobQueue.setOnHold(caller, id);
    case 'restart':
      return jobQueue.restart(caller, id);
    case 'runNow':
      return jobQueue.runNow(caller, id);
    case 'wake':
      return jobQueue.wake(caller, id);
    case 'stopRun':
      return jobQueue.stopRun(caller, id, comment ?? '');
    case 'delete':
      return jobQueue.delete(caller, id);
    case 'setPriority':
      return jobQueue.setPriority(caller, id, needed(priority, 'priority'));
    case 'reassign':
      return jobQueue.reassign(caller, id, given({ user: needed(user, 'user'), comment }));
    default:
      throw noSuchAction(action);
  }
}

/** Job queue entries. */
export const BULK_ENTRIES: BulkRows = { byIds: entriesByIds, byFilter: entriesByFilter, act: actOnEntry };

/** Runs, with what may be done with the entry of each. */
async function runRows(wish: RowWish, runs: readonly JobQueueLogEntry[]): Promise<readonly MeantRow[]> {
  if (wish.action !== 'retry') throw noSuchAction(wish.action);
  const ids = [...new Set(runs.map(({ entryId }) => entryId))];
  const entries = await entriesByIds({ ...wish, action: 'restart' }, ids);
  const reasons = new Map(entries.map(({ id, reason }) => [id, reason]));
  return runs.map((run) => ({
    id: String(run.no),
    name: `${run.no} (${run.object})`,
    reason: retryRefusal(run) ?? reasons.get(run.entryId) ?? null,
    code: null,
  }));
}

async function runsByIds(wish: RowWish, ids: readonly string[]): Promise<readonly MeantRow[]> {
  const found: JobQueueLogEntry[] = [];
  for (const id of ids) {
    const no = numberOf(id);
    const run = no === null ? null : await jobQueue.logEntry(wish.call.caller, no);
    if (run !== null) found.push(run);
  }
  const rows = new Map((await runRows(wish, found)).map((row) => [row.id, row]));
  return ids.map((id) => rows.get(id) ?? absentRow(id, 'LOG_ENTRY_UNKNOWN', 'log entry'));
}

async function* runsByFilter(wish: RowWish, filter: BulkFilter) {
  const { status, object, fingerprint, startedFrom, startedTo } = filter;
  const times = { startedFrom: dateOf(startedFrom), startedTo: dateOf(startedTo) };
  let before: number | undefined;
  do {
    const query = given({ object, fingerprint, statuses: status, ...times, before });
    const page = await jobQueue.logPage(wish.call.caller, { ...query, limit: PAGE } as LogQuery);
    yield await runRows(wish, page.entries);
    before = page.next ?? undefined;
  } while (before !== undefined);
}

/** Runs of job queue entries. */
export const BULK_RUNS: BulkRows = {
  byIds: runsByIds,
  byFilter: runsByFilter,
  act: ({ caller, id }) => retryRun(caller, Number(id)),
};
