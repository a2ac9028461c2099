import type { z } from 'zod';
import type {
  logEntryRow,
  category as wireCategory,
  logEntry as wireLogEntry,
} from '../contract/job-queue.ts';
import type { JobQueueRouteName } from '../contract/job-queue-routes.ts';
import { given, NightshiftError } from '../foundation/index.ts';
import {
  type ApprovalRequest,
  type DoneWithMany,
  type EntrySelection,
  type JobQueueCategory,
  type JobQueueLogEntry,
  jobQueueEntryRecord,
  type LogQuery,
} from '../job-queue/index.ts';
import { approvals, categories, jobQueue } from '../platform/index.ts';
import {
  type AnyCodeunit,
  AUTHORITY,
  actorOf,
  type Caller,
  doorOf,
  type LogPlace,
} from '../session/index.ts';
import type { HandlersOf } from './handler.ts';
import { told } from './job-queue-entry-handlers.ts';
import { retryRun } from './log-entry-retry.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import {
  countsWire,
  dateOf,
  errorChainWire,
  errorWire,
  instantOf,
  jsonSchemaOf,
  linesWire,
  progressWire,
} from './wire-parts.ts';

const APPROVALS_READ = 1_000;
/** More than any log has. */
const LINES_SEEN_MAX = 1_000_000;
const INSTANT = /^[\d:.TZ-]{1,40}$/;
/** Those that the platform brings; nobody runs them by himself. */
const isOwnCodeunit = ({ onRunPrivileged }: AnyCodeunit) => onRunPrivileged !== null;
const isCodeunit = ({ objectType }: AnyCodeunit) => objectType === 'codeunit';

function codeunitWire({ name, id, record, isolation, permissions }: AnyCodeunit) {
  return { name, id, recordSchema: recordSchemaOf(record), isolation, tables: { ...permissions.tables } };
}

function recordSchemaOf(record: z.ZodType | null): unknown {
  if (record === null) return null;
  return record === jobQueueEntryRecord ? { title: 'JobQueueEntry' } : jsonSchemaOf(record);
}

function logRowWire(entry: JobQueueLogEntry): z.input<typeof logEntryRow> {
  const { startedAt, endedAt } = entry;
  return {
    no: entry.no,
    entryId: entry.entryId,
    entryNo: entry.entryNo,
    object: entry.object,
    description: entry.description,
    parameterString: entry.parameterString,
    category: entry.category,
    status: entry.status,
    user: entry.user,
    trigger: entry.trigger,
    attempt: entry.attempt,
    plannedAt: instantOf(entry.plannedAt),
    startedAt: instantOf(startedAt),
    endedAt: instantOf(endedAt),
    waitMs: entry.wait,
    durationMs: endedAt === null ? null : endedAt.getTime() - startedAt.getTime(),
    note: entry.note,
    error: errorWire(entry.error),
    phase: entry.phase,
    fingerprint: entry.fingerprint,
    itemsDone: entry.items?.done ?? null,
    itemsTotal: entry.items?.total ?? null,
    sessionId: entry.sessionId,
    instanceName: entry.instanceName,
    correlationId: entry.correlationId,
  };
}

function logEntryWire(entry: JobQueueLogEntry): z.input<typeof wireLogEntry> {
  return {
    ...logRowWire(entry),
    errorChain: errorChainWire(entry.error),
    lines: linesWire(entry.lines),
    progress: progressWire(entry.progress),
    parameters: entry.parameters ?? null,
    taskId: entry.taskId,
    codeunitVersion: entry.codeunitVersion,
    errorMessages: entry.errorMessages,
    itemCounts: countsWire(entry.items?.counts),
    instanceEpoch: entry.instanceEpoch,
  };
}

/** Before the first line when nothing was seen. */
function logPlaceOf(after: string | undefined): LogPlace | undefined {
  if (after === undefined) return undefined;
  const [seen, lastAt] = placeOf(after, ['number', 'string']);
  const count = Math.trunc(Math.min(Math.max(Number(seen), 0), LINES_SEEN_MAX));
  return { seen: count, lastAt: INSTANT.test(String(lastAt)) ? String(lastAt) : null };
}

function categoryWire(category: JobQueueCategory): z.input<typeof wireCategory> {
  const { code, description, parallelism, entries, held, waiting, version } = category;
  return { code, description, parallelism, entries, held, waiting, version };
}

async function categoryOf(caller: Caller, code: string) {
  const found = (await categories.list(caller)).find((category) => category.code === code);
  if (found !== undefined) return categoryWire(found);
  throw new NightshiftError(
    'CATEGORY_UNKNOWN',
    `There is no category ${JSON.stringify(code)} in this company.`,
  );
}

function approvalWire(request: ApprovalRequest) {
  return {
    ...request,
    requestedAt: instantOf(request.requestedAt),
    decidedAt: instantOf(request.decidedAt),
  };
}

function manyWire({ done, notDone }: DoneWithMany) {
  const looked = ({ id, entryNo, object }: DoneWithMany['done'][number]) => ({ id, entryNo, object });
  return {
    done: done.map(looked),
    notDone: notDone.map((each) => ({ ...looked(each), code: each.code, reason: each.reason })),
  };
}

/** What the addresses of the job queue beside its entries do. */
export const JOB_QUEUE_HANDLERS: HandlersOf<JobQueueRouteName> = {
  async 'codeunits.list'({ platform, caller }, { query }) {
    const door = doorOf(caller);
    const wish = { kind: 'company', id: String(door.company.no), name: caller.company };
    await door.service(AUTHORITY).demand(actorOf(door), 'company.open', wish);
    const all = platform.codeunits.names().map((name) => platform.codeunits.get(name));
    const shown = all.filter((each) => isCodeunit(each) && !isOwnCodeunit(each));
    return pageOfAll(shown, query, { key: ({ name }) => name, row: codeunitWire });
  },
  async 'jobQueueLogEntries.list'({ caller }, { query }) {
    const { after, status, startedFrom, startedTo, details, ...filters } = query;
    const before = after === undefined ? undefined : Number(placeOf(after, ['number'])[0]);
    const wanted = {
      ...filters,
      before,
      statuses: status,
      startedFrom: dateOf(startedFrom),
      startedTo: dateOf(startedTo),
    };
    const { entries, next, total } = await jobQueue.logPage(caller, given(wanted) as LogQuery);
    return {
      items: entries.map(details === true ? logEntryWire : logRowWire),
      page: { next: next === null ? null : cursorOf([next]) },
      total: { value: total.value, relation: total.isExact ? 'eq' : 'gte' },
    };
  },
  async 'jobQueueLogEntries.get'({ caller }, { params }) {
    const found = await jobQueue.logEntry(caller, params.no);
    if (found !== null) return logEntryWire(found);
    throw new NightshiftError('NOT_FOUND', `There is no log entry ${params.no} in this company.`);
  },
  async 'jobQueueLogEntries.lines'({ caller }, { params, query }) {
    const told = await jobQueue.runLines(caller, params.no, logPlaceOf(query.after));
    const { lines, place, progress, ...how } = told;
    const next = cursorOf([place.seen, place.lastAt ?? '']);
    return { ...how, items: linesWire(lines), next, progress: progressWire(progress) };
  },
  async 'jobQueueLogEntries.errors'({ caller }, { params }) {
    const messages = await jobQueue.errorMessages(caller, params.no);
    return { items: messages.map((message) => ({ ...message, at: instantOf(message.at) })) };
  },
  async 'jobQueueLogEntries.retry'(call, { params }) {
    return told(call, await retryRun(call.caller, params.no));
  },
  async 'jobQueueEntries.hold'({ caller }, { body }) {
    return manyWire(await jobQueue.hold(caller, given(body) as EntrySelection));
  },
  async 'jobQueueEntries.release'({ caller }, { body }) {
    return manyWire(await jobQueue.release(caller, given(body) as EntrySelection));
  },
  async 'jobQueueEntries.deleteFailed'({ caller }, { body }) {
    return manyWire(await jobQueue.removeFailed(caller, { olderThan: body.olderThanMs ?? 0 }));
  },
  async 'categories.list'({ caller }, { query }) {
    return pageOfAll(await categories.list(caller), query, { key: ({ code }) => code, row: categoryWire });
  },
  'categories.get': ({ caller }, { params }) => categoryOf(caller, params.code),
  async 'categories.create'({ caller }, { body }) {
    const { code, description, parallelism } = body;
    return categoryWire(await categories.create(caller, { code, ...given({ description, parallelism }) }));
  },
  async 'categories.modify'({ caller, version }, { params, body }) {
    await categories.modify(caller, params.code, given({ ...body, version }));
    return categoryOf(caller, body.code ?? params.code);
  },
  async 'categories.delete'({ caller }, { params }) {
    await categories.delete(caller, params.code);
    return undefined;
  },
  async 'approvals.list'({ caller }, { query }) {
    const { status, ...paging } = query;
    const all = await approvals.list(caller, { limit: APPROVALS_READ, ...given({ status }) });
    return pageOfAll(all, paging, { key: ({ id }) => id, row: approvalWire });
  },
  async 'approvals.get'({ caller }, { params }) {
    return approvalWire(await approvals.get(caller, params.approvalId));
  },
  async 'approvals.approve'({ caller }, { params, body }) {
    return approvalWire(await approvals.approve(caller, params.approvalId, given(body)));
  },
  async 'approvals.reject'({ caller }, { params, body }) {
    return approvalWire(await approvals.reject(caller, params.approvalId, given(body)));
  },
  async 'approvals.withdraw'({ caller }, { params, body }) {
    return approvalWire(await approvals.withdraw(caller, params.approvalId, given(body)));
  },
};
