import type {
  NewJobQueueEntry,
  JobQueueEntry as WireEntry,
  JobQueueLogEntry as WireLogEntry,
} from '@nightshift/client/api';
import { given } from '../../foundation/index.ts';
import type { JobQueueEntry, JobQueueEntryChanges, JobQueueLogEntry } from '../../job-queue/index.ts';
import type { jobQueue } from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';
import { noteEntryPeople } from '../entry-people.ts';
import { approvalsByServer } from './approvals.ts';
import { at } from './server-of-caller.ts';
import { dateOf, errorOf, firstOf, pageSize } from './wire.ts';

type JobQueue = typeof jobQueue;
const LOG_DEFAULT = 50;
const UNFINISHED = 'On Hold,Ready,In Process,Waiting,On Hold with Inactivity Timeout,Error';

function entryOf(wire: WireEntry): JobQueueEntry {
  const { isRecurring: _, runAs, runAsGone: ___, runAsState, createdBy, ...rest } = wire;
  const { schedule: ____, scheduleFields, errorChain, timeoutMs, expectedDurationMs, ...same } = rest;
  const entry: JobQueueEntry = {
    ...same,
    schedule: scheduleFields,
    error: errorOf(errorChain),
    timeout: timeoutMs,
    expectedDuration: expectedDurationMs,
    statusSince: dateOf(wire.statusSince),
    earliestStart: dateOf(wire.earliestStart),
    expiration: dateOf(wire.expiration),
    lastReadyState: dateOf(wire.lastReadyState),
    sessionStartedAt: dateOf(wire.sessionStartedAt),
    waitingSince: dateOf(wire.waitingSince),
    // A server names users, and nobody tells their numbers here.
    ...{ owner: null, runAs: 0, createdBy: 0 },
  };
  noteEntryPeople(entry, { runAs, runAsGone: runAsState === 'enabled' ? null : runAsState, createdBy });
  return entry;
}

function fieldsOf({ version: _, ...changes }: JobQueueEntryChanges) {
  const { timeout, expectedDuration, earliestStart, expiration, tags, ...same } = changes;
  return given({
    ...same,
    timeoutMs: timeout,
    expectedDurationMs: expectedDuration,
    earliestStart: earliestStart?.toISOString() ?? earliestStart,
    expiration: expiration?.toISOString() ?? expiration,
    tags: tags && [...tags],
  }) as Partial<NewJobQueueEntry>;
}

type EntryAction =
  | 'jobQueueEntries.get'
  | 'jobQueueEntries.setReady'
  | 'jobQueueEntries.setOnHold'
  | 'jobQueueEntries.restart'
  | 'jobQueueEntries.runNow'
  | 'jobQueueEntries.copy'
  | 'jobQueueEntries.resetToCode';

/** What is asked with nothing but the entry. */
function action(name: EntryAction) {
  return async (caller: Caller, entryId: string): Promise<JobQueueEntry> => {
    const { server, params } = at(caller);
    return entryOf(await server.call(name, { params: { ...params, entryId } }));
  };
}

function logEntryOf(wire: WireLogEntry): JobQueueLogEntry {
  const {
    waitMs,
    durationMs: _,
    errorChain,
    itemsDone,
    itemsTotal: total,
    itemCounts: counts,
    ...same
  } = wire;
  const { progress } = wire;
  return {
    ...(same as unknown as JobQueueLogEntry),
    plannedAt: dateOf(wire.plannedAt),
    startedAt: dateOf(wire.startedAt),
    endedAt: dateOf(wire.endedAt),
    wait: waitMs,
    error: errorOf(errorChain),
    items: itemsDone === null ? null : { done: itemsDone, total, counts },
    progress: progress === null ? null : progressOf(progress),
  };
}

/** Runs that do not work on items say nothing of how those went. */
function progressOf({
  counts,
  ...progress
}: NonNullable<WireLogEntry['progress']>): JobQueueLogEntry['progress'] {
  return counts === null ? progress : { ...progress, counts };
}

function many(name: 'jobQueueEntries.hold' | 'jobQueueEntries.release'): JobQueue['hold'] {
  return (caller, selection) => {
    const { server, params } = at(caller);
    return server.call(name, { params, body: given({ ...selection }) });
  };
}

/** How the server writes places in logs that it has told. */
const placesTold = new WeakMap<LogPlace, string>();
type LogPlace = Awaited<ReturnType<JobQueue['runLines']>>['place'];

/** The job queue's verbs, carried out by a server. */
export const jobQueueByServer: Pick<
  JobQueue,
  | 'get'
  | 'list'
  | 'create'
  | 'modify'
  | 'copy'
  | 'delete'
  | 'setStatusToReady'
  | 'setOnHold'
  | 'restart'
  | 'runNow'
  | 'stopRun'
  | 'setPriority'
  | 'reassign'
  | 'requestApproval'
  | 'resetToCode'
  | 'explain'
  | 'declaration'
  | 'declarations'
  | 'scheduleWarnings'
  | 'watch'
  | 'hold'
  | 'release'
  | 'removeFailed'
  | 'logEntries'
  | 'errorMessages'
  | 'runLines'
> = {
  get: action('jobQueueEntries.get'),
  copy: action('jobQueueEntries.copy'),
  setStatusToReady: action('jobQueueEntries.setReady'),
  setOnHold: action('jobQueueEntries.setOnHold'),
  restart: action('jobQueueEntries.restart'),
  runNow: action('jobQueueEntries.runNow'),
  resetToCode: action('jobQueueEntries.resetToCode'),
  hold: many('jobQueueEntries.hold'),
  release: many('jobQueueEntries.release'),
  async list(caller, { status, userGone, finished = false, limit } = {}) {
    const { server, params } = at(caller);
    const states = status ?? (finished ? undefined : UNFINISHED);
    const query = {
      ...{ details: true, limit: pageSize(limit) },
      ...given({ status: states, userGone: userGone || undefined }),
    };
    const rows = await firstOf(server.all('jobQueueEntries.list', { params, query }), limit);
    // With details each is as complete as one that is read alone.
    return rows.map((row) => entryOf(row as WireEntry));
  },
  async create(caller, { object, ...fields }) {
    const { server, params } = at(caller);
    return entryOf(
      await server.call('jobQueueEntries.create', {
        params,
        body: { ...fieldsOf(fields), object: String(object) },
      }),
    );
  },
  async modify(caller, entryId, { version, ...changes }) {
    const { server, params } = at(caller);
    const input = { params: { ...params, entryId }, body: fieldsOf(changes), ...given({ version }) };
    return entryOf(await server.call('jobQueueEntries.modify', input));
  },
  async delete(caller, entryId) {
    const { server, params } = at(caller);
    await server.call('jobQueueEntries.delete', { params: { ...params, entryId } });
  },
  async stopRun(caller, entryId, comment = '') {
    const { server, params } = at(caller);
    const input = { params: { ...params, entryId }, body: { comment } };
    return entryOf(await server.call('jobQueueEntries.stopRun', input));
  },
  async setPriority(caller, entryId, priority) {
    const { server, params } = at(caller);
    const input = { params: { ...params, entryId }, body: { priority } };
    return entryOf(await server.call('jobQueueEntries.setPriority', input));
  },
  async reassign(caller, entryId, { user, comment }) {
    const { server, params } = at(caller);
    const input = { params: { ...params, entryId }, body: { user, ...given({ comment }) } };
    return entryOf(await server.call('jobQueueEntries.reassign', input));
  },
  async requestApproval(caller, entryId, options = {}) {
    const { server, params } = at(caller);
    await server.call('jobQueueEntries.requestApproval', {
      params: { ...params, entryId },
      body: { ...options },
    });
    const open = await approvalsByServer.list(caller, { status: 'Open', limit: Number.POSITIVE_INFINITY });
    // The newest one in front; the server has just made it.
    return open.find((request) => request.entryId === entryId) as (typeof open)[number];
  },
  async explain(caller, entryId) {
    const { server, params } = at(caller);
    const told = await server.call('jobQueueEntries.explain', { params: { ...params, entryId } });
    return told as Awaited<ReturnType<JobQueue['explain']>>;
  },
  declaration(caller, entryId) {
    const { server, params } = at(caller);
    return server.call('jobQueueEntries.declaration', { params: { ...params, entryId } });
  },
  declarations(caller) {
    const { server, params } = at(caller);
    return firstOf(server.all('jobQueueEntries.declarations', { params, query: { limit: pageSize() } }));
  },
  async scheduleWarnings(caller, entryId) {
    const { server, params } = at(caller);
    const { warnings } = await server.call('jobQueueEntries.preview', { params: { ...params, entryId } });
    // Which rule each comes from, a server does not say.
    return warnings.map((text) => ({ text })) as unknown as Awaited<ReturnType<JobQueue['scheduleWarnings']>>;
  },
  async watch(caller) {
    const { server, params } = at(caller);
    const { items } = await server.call('jobQueueEntries.watch', { params });
    return items.map((each) => ({ ...each, since: dateOf(each.since) }));
  },
  removeFailed(caller, { olderThan } = {}) {
    const { server, params } = at(caller);
    return server.call('jobQueueEntries.deleteFailed', { params, body: given({ olderThanMs: olderThan }) });
  },
  async logEntries(caller, { entryId, status, fingerprint, limit = LOG_DEFAULT } = {}) {
    const { server, params } = at(caller);
    const query = { details: true, limit: pageSize(limit), ...given({ entryId, status, fingerprint }) };
    const rows = await firstOf(server.all('jobQueueLogEntries.list', { params, query }), limit);
    return rows.map((row) => logEntryOf(row as WireLogEntry));
  },
  async runLines(caller, no, place) {
    const { server, params } = at(caller);
    const after = place === undefined ? undefined : placesTold.get(place);
    const input = { params: { ...params, no }, query: given({ after }) };
    const { items, next, progress, ...how } = await server.call('jobQueueLogEntries.lines', input);
    const lines = items as Awaited<ReturnType<JobQueue['runLines']>>['lines'];
    const seen = (how.startsOver ? 0 : (place?.seen ?? 0)) + lines.length;
    const reached = { seen, lastAt: lines.at(-1)?.at ?? place?.lastAt ?? null };
    placesTold.set(reached, next);
    return { ...how, lines, place: reached, progress: progress === null ? null : progressOf(progress) };
  },
  async errorMessages(caller, no) {
    const { server, params } = at(caller);
    const { items } = await server.call('jobQueueLogEntries.errors', { params: { ...params, no } });
    return items.map((each) => ({ ...each, at: dateOf(each.at) })) as Awaited<
      ReturnType<JobQueue['errorMessages']>
    >;
  },
};
