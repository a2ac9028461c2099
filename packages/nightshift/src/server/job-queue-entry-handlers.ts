import type { z } from 'zod';
import type {
  entryChanges,
  newEntry,
  entry as wireEntry,
  entryRow as wireRow,
} from '../contract/job-queue-entry.ts';
import type { JobQueueEntryRouteName } from '../contract/job-queue-entry-routes.ts';
import { given } from '../foundation/index.ts';
import {
  describeSchedule,
  type EntryDeclaration,
  type EntryQuery,
  isRecurring,
  type JobQueueEntryChanges,
  type JobQueueEntryInput,
  type ListedEntry,
  previewRuns,
} from '../job-queue/index.ts';
import { jobQueue } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import { withinScopes } from './allowed-actions.ts';
import type { Call, HandlersOf } from './handler.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import { dateOf, errorChainWire, errorWire, instantOf } from './wire-parts.ts';

const PREVIEWED_DEFAULT = 10;

function rowWire(
  { entry, runAs, runAsGone, createdBy, actions }: ListedEntry,
  { caller, who }: Call,
): z.input<typeof wireRow> {
  return {
    id: entry.id,
    entryNo: entry.entryNo,
    object: entry.object,
    objectType: entry.objectType,
    description: entry.description,
    parameterString: entry.parameterString,
    status: entry.status,
    statusSince: instantOf(entry.statusSince),
    category: entry.category,
    priority: entry.priority,
    tags: [...entry.tags],
    isRecurring: isRecurring(entry.schedule),
    schedule: describeSchedule(entry.schedule, caller.language),
    earliestStart: instantOf(entry.earliestStart),
    expiration: instantOf(entry.expiration),
    attempts: entry.attempts,
    maximumAttempts: entry.maximumAttempts,
    runAs,
    runAsGone,
    createdBy,
    error: errorWire(entry.error),
    note: entry.note,
    sessionId: entry.sessionId,
    sessionStartedAt: instantOf(entry.sessionStartedAt),
    version: entry.version,
    allowedActions: actions.map((action) => withinScopes(action, who)),
  };
}

function entryWire(listed: ListedEntry, call: Call): z.input<typeof wireEntry> {
  const { entry } = listed;
  return {
    ...rowWire(listed, call),
    categorySlot: entry.categorySlot,
    runAsState: stateOf(listed, call),
    errorChain: errorChainWire(entry.error),
    keepLogDays: entry.keepLogDays,
    parameters: entry.parameters ?? null,
    reportOutputType: entry.reportOutputType,
    recordToProcess:
      entry.recordToProcess === null
        ? null
        : { table: entry.recordToProcess.table, key: { ...entry.recordToProcess.key } },
    rerunDelaySeconds: entry.rerunDelaySeconds,
    timeoutMs: entry.timeout,
    inactivityTimeoutMinutes: entry.inactivityTimeoutMinutes,
    manualRecurrence: entry.manualRecurrence,
    notifyOnSuccess: entry.notifyOnSuccess,
    expectedDurationMs: entry.expectedDuration,
    missedRuns: entry.missedRuns,
    afterFinalError: entry.afterFinalError,
    scheduleFields: { ...entry.schedule },
    lastReadyState: instantOf(entry.lastReadyState),
    taskId: entry.taskId,
    waitingSince: instantOf(entry.waitingSince),
    declaredName: entry.declaredName,
  };
}

/** Whether the user as whom it runs may act now. */
function stateOf({ runAs, runAsGone }: ListedEntry, { platform }: Call): 'enabled' | 'disabled' | 'expired' {
  if (!runAsGone) return 'enabled';
  const user = platform.directory.users.find(({ name }) => name === runAs);
  return user?.state === 'disabled' ? 'disabled' : 'expired';
}

function inputOf(body: z.output<typeof newEntry> | z.output<typeof entryChanges>): JobQueueEntryChanges {
  const { timeoutMs, expectedDurationMs, earliestStart, expiration, ...same } = body;
  return given({
    ...same,
    timeout: timeoutMs,
    expectedDuration: expectedDurationMs,
    earliestStart: dateOf(earliestStart),
    expiration: dateOf(expiration),
  }) as JobQueueEntryChanges;
}

function declarationWire<Declared extends EntryDeclaration>(declared: Declared) {
  const { changedByPeople, changedInCode } = declared;
  return { ...declared, changedByPeople: [...changedByPeople], changedInCode: [...changedInCode] };
}

/** An entry as it travels, as it is now. */
export async function told(call: Call, entryId: string) {
  return entryWire(await jobQueue.describe(call.caller, entryId), call);
}

/** A handler that uses a verb, and answers with the entry as it is then. */
function afterVerb(verb: (caller: Caller, entryId: string) => Promise<unknown>) {
  return async (call: Call, { params }: { readonly params: { readonly entryId: string } }) => {
    await verb(call.caller, params.entryId);
    return told(call, params.entryId);
  };
}

/** What the addresses about job queue entries do. */
export const JOB_QUEUE_ENTRY_HANDLERS: HandlersOf<JobQueueEntryRouteName> = {
  async 'jobQueueEntries.list'(call, { query }) {
    const { after, status, q, details, ...filters } = query;
    const [key, entryNo] = after === undefined ? [] : placeOf(after, ['string', 'number']);
    const wanted: EntryQuery = given({
      ...filters,
      statuses: status,
      text: q,
      after: key === undefined ? undefined : { key: String(key), entryNo: Number(entryNo) },
    }) as EntryQuery;
    const { entries, next, total } = await jobQueue.page(call.caller, wanted);
    return {
      items: entries.map((listed) => (details === true ? entryWire : rowWire)(listed, call)),
      page: { next: next === null ? null : cursorOf([next.key, next.entryNo]) },
      total: { value: total.value, relation: total.isExact ? 'eq' : 'gte' },
    };
  },
  async 'jobQueueEntries.declarations'({ caller }, { query }) {
    const all = await jobQueue.declarations(caller);
    return pageOfAll(all, query, { key: ({ entryId }) => entryId, row: declarationWire });
  },
  async 'jobQueueEntries.watch'({ caller }) {
    const cases = await jobQueue.watch(caller);
    return { items: cases.map((each) => ({ ...each, since: instantOf(each.since) })) };
  },
  async 'jobQueueEntries.plannedRuns'({ caller, now }, { query }) {
    const { from, to, limit } = query;
    const wish = { from: dateOf(from) ?? now, to: dateOf(to), ...given({ limit }) };
    const { runs, isComplete } = await jobQueue.plannedRuns(caller, wish);
    return { items: runs.map(({ at, ...run }) => ({ ...run, at: instantOf(at) })), isComplete };
  },
  async 'jobQueueEntries.create'(call, { body }) {
    const { id } = await jobQueue.create(call.caller, inputOf(body) as JobQueueEntryInput);
    return told(call, id);
  },
  'jobQueueEntries.get': (call, { params }) => told(call, params.entryId),
  async 'jobQueueEntries.modify'(call, { params, body }) {
    const { version } = call;
    const changes = { ...inputOf(body), ...(version === undefined ? {} : { version }) };
    await jobQueue.modify(call.caller, params.entryId, changes);
    return told(call, params.entryId);
  },
  async 'jobQueueEntries.delete'({ caller }, { params }) {
    await jobQueue.delete(caller, params.entryId);
  },
  async 'jobQueueEntries.explain'({ caller }, { params }) {
    const { sentence, facts } = await jobQueue.explain(caller, params.entryId);
    return { sentence, facts: facts.map(({ kind, text }) => ({ kind, text })) };
  },
  async 'jobQueueEntries.preview'({ caller, now }, { params, query }) {
    const { schedule, earliestStart } = await jobQueue.get(caller, params.entryId);
    const from = earliestStart !== null && earliestStart > now ? earliestStart : now;
    const runs = previewRuns(schedule, from, query.count ?? PREVIEWED_DEFAULT, schedule.timeZone);
    const warnings = await jobQueue.scheduleWarnings(caller, params.entryId);
    return {
      sentence: describeSchedule(schedule, caller.language),
      runs: runs.map(({ at, note }) => ({ at: instantOf(at), note })),
      warnings: warnings.map(({ text }) => text),
    };
  },
  async 'jobQueueEntries.declaration'({ caller }, { params }) {
    const declared = await jobQueue.declaration(caller, params.entryId);
    return declared === null ? null : declarationWire(declared);
  },
  'jobQueueEntries.setReady': afterVerb(jobQueue.setStatusToReady),
  'jobQueueEntries.setOnHold': afterVerb(jobQueue.setOnHold),
  'jobQueueEntries.restart': afterVerb(jobQueue.restart),
  'jobQueueEntries.runNow': afterVerb(jobQueue.runNow),
  'jobQueueEntries.wake': afterVerb(jobQueue.wake),
  'jobQueueEntries.resetToCode': afterVerb(jobQueue.resetToCode),
  async 'jobQueueEntries.copy'(call, { params }) {
    const { id } = await jobQueue.copy(call.caller, params.entryId);
    return told(call, id);
  },
  async 'jobQueueEntries.stopRun'(call, { params, body }) {
    await jobQueue.stopRun(call.caller, params.entryId, body.comment ?? '');
    return told(call, params.entryId);
  },
  async 'jobQueueEntries.setPriority'(call, { params, body }) {
    await jobQueue.setPriority(call.caller, params.entryId, body.priority);
    return told(call, params.entryId);
  },
  async 'jobQueueEntries.reassign'(call, { params, body }) {
    const { user, comment } = body;
    await jobQueue.reassign(call.caller, params.entryId, {
      user,
      ...(comment === undefined ? {} : { comment }),
    });
    return told(call, params.entryId);
  },
  async 'jobQueueEntries.requestApproval'(call, { params, body }) {
    await jobQueue.requestApproval(call.caller, params.entryId, given(body));
    return told(call, params.entryId);
  },
};
