import type { z } from 'zod';
import { PAGE_SIZE_DEFAULT } from '../contract/wire.ts';
import type { taskRow } from '../contract/work.ts';
import type { WorkRouteName } from '../contract/work-routes.ts';
import { given, NightshiftError } from '../foundation/index.ts';
import { type EntryBehind, entriesOfSessions, entriesOfTasks } from '../job-queue/index.ts';
import { sessions, taskScheduler } from '../platform/index.ts';
import {
  type Caller,
  goneSession,
  killSession,
  type ListedSession,
  type SessionEvent,
  type SessionEventFilter,
  startSession,
  stopSession,
} from '../session/index.ts';
import { type ScheduledTask, type TaskQuery, taskStateText } from '../task-scheduler/index.ts';
import type { HandlersOf } from './handler.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import type { Who } from './who.ts';
import {
  dateOf,
  errorChainWire,
  errorWire,
  instanceWire,
  instantOf,
  linesWire,
  progressWire,
} from './wire-parts.ts';

function taskRowWire(task: ScheduledTask, entry: EntryBehind | undefined): z.input<typeof taskRow> {
  return {
    id: task.id,
    state: task.state,
    codeunit: task.codeunit,
    failureCodeunit: task.failureCodeunit,
    failing: task.failing,
    user: task.user,
    userGone: task.userGone,
    reassignedBy: task.reassignedBy,
    due: instantOf(task.due),
    attempt: task.attempt,
    losses: task.losses,
    error: errorWire(task.error),
    idempotencyKey: task.idempotencyKey,
    correlationId: task.correlationId,
    createdAt: instantOf(task.createdAt),
    failedAt: instantOf(task.failedAt),
    instance: instanceWire(task.instance),
    entry: entry ?? null,
  };
}

/** The entries behind tasks, as far as they are for whoever asks. */
async function entriesBehind(asking: Asking, tasks: readonly { readonly id: string }[]) {
  return entriesOfTasks(asking.caller, maySeeEntries(asking) ? tasks.map(({ id }) => id) : []);
}

function maySeeEntries({ who }: Asking): boolean {
  return who.scopes === null || who.scopes.has('entry.read');
}

interface Asking {
  readonly caller: Caller;
  readonly who: Who;
}

function identityWire(session: Omit<ListedSession, 'state'>) {
  return {
    id: session.id,
    uniqueId: session.uniqueId,
    clientType: session.clientType,
    origin: session.origin,
    user: session.user,
    company: session.company,
    codeunit: session.codeunit,
    isolation: session.isolation,
    parentUniqueId: session.parentUniqueId,
    correlationId: session.correlationId,
    instance: instanceWire(session.instance),
    startedAt: instantOf(session.startedAt),
    stoppingAt: instantOf(session.stoppingAt),
    killedAt: instantOf(session.killedAt),
    comment: session.comment,
  };
}

function sessionWire(session: ListedSession, entry: EntryBehind | undefined) {
  return { ...identityWire(session), state: session.state, entry: entry ?? null };
}

/** What happened to a session, as it travels. */
export function eventWire(event: SessionEvent) {
  return {
    ...identityWire(event),
    eventId: event.eventId,
    at: instantOf(event.at),
    type: event.type,
    error: errorChainWire(event.error),
    lines: linesWire(event.lines),
    progress: progressWire(event.progress),
  };
}

function taskUnknown(id: string): NightshiftError {
  return new NightshiftError('TASK_UNKNOWN', `There is no scheduled task ${id} in this company.`);
}

async function taskTold(asking: Asking, taskId: string) {
  const task = await taskScheduler.explain(asking.caller, taskId);
  if (task === null) throw taskUnknown(taskId);
  const entries = await entriesBehind(asking, [task]);
  return {
    ...taskRowWire(task, entries.get(taskId)),
    why: task.why,
    record: task.record ?? null,
    recordTable: task.recordTable,
    timeoutMs: task.timeout,
    errorChain: errorChainWire(task.error),
    lines: linesWire(task.error?.lines ?? []),
    progress: task.error?.progress ?? null,
    suspect: task.suspect,
    language: task.language,
    timeZone: task.timeZone,
  };
}

/** Verbs about tasks say whether there was something to do; whoever asks by HTTP is told why there was not. */
async function orWhyNot(done: Promise<boolean>, caller: Caller, taskId: string): Promise<void> {
  if (await done) return;
  const task = await taskScheduler.get(caller, taskId);
  if (task === null) throw taskUnknown(taskId);
  throw new NightshiftError('CONFLICT', taskStateText(taskId, task.state), {
    details: { status: task.state },
  });
}

/** What the addresses about what runs and is to run do. */
export const WORK_HANDLERS: HandlersOf<WorkRouteName> = {
  async 'scheduledTasks.list'({ caller, who }, { query }) {
    const { after, state, ...filters } = query;
    const [due, id] = after === undefined ? [] : placeOf(after, ['string', 'string']);
    const place = due === undefined ? undefined : { due: String(due), id: String(id) };
    const wanted = given({ ...filters, states: state, after: place }) as TaskQuery;
    const { tasks, next, total } = await taskScheduler.page(caller, wanted);
    const entries = await entriesBehind({ caller, who }, tasks);
    return {
      items: tasks.map((task) => taskRowWire(task, entries.get(task.id))),
      page: { next: next === null ? null : cursorOf([next.due, next.id]) },
      total: { value: total.value, relation: total.isExact ? 'eq' : 'gte' },
    };
  },
  'scheduledTasks.get': (call, { params }) => taskTold(call, params.taskId),
  async 'scheduledTasks.setReady'({ caller, who }, { params, body }) {
    const options = given({ notBefore: dateOf(body.notBefore) });
    await orWhyNot(taskScheduler.setTaskReady(caller, params.taskId, options), caller, params.taskId);
    return taskTold({ caller, who }, params.taskId);
  },
  async 'scheduledTasks.cancel'({ caller }, { params }) {
    await orWhyNot(taskScheduler.cancelTask(caller, params.taskId), caller, params.taskId);
    return undefined;
  },
  async 'scheduledTasks.rerun'({ caller, who }, { params }) {
    await orWhyNot(taskScheduler.rerunFailedTask(caller, params.taskId), caller, params.taskId);
    return taskTold({ caller, who }, params.taskId);
  },
  async 'scheduledTasks.delete'({ caller }, { params }) {
    await orWhyNot(taskScheduler.deleteFailedTask(caller, params.taskId), caller, params.taskId);
    return undefined;
  },
  async 'scheduledTasks.reassign'({ caller, who }, { params, body }) {
    await orWhyNot(taskScheduler.reassign(caller, params.taskId, body), caller, params.taskId);
    return taskTold({ caller, who }, params.taskId);
  },
  async 'sessions.list'({ caller, who }, { query }) {
    const { user, ...paging } = query;
    const all = await sessions.list(caller, { company: caller.company, ...given({ user }) });
    const ids = maySeeEntries({ caller, who }) ? all.map(({ uniqueId }) => uniqueId) : [];
    const entries = await entriesOfSessions(caller, ids);
    const row = (session: ListedSession) => sessionWire(session, entries.get(session.uniqueId));
    return pageOfAll(all, paging, { key: ({ uniqueId }) => uniqueId, row });
  },
  async 'sessions.start'({ platform, caller }, { body: { codeunit, record, timeoutMs } }) {
    const target = platform.codeunits.get(codeunit);
    const session = await startSession(caller, target, given({ record, timeout: timeoutMs }));
    // How it ends is in its events; nobody here waits for that.
    session.started.catch(() => undefined);
    session.finished.catch(() => undefined);
    return { id: session.id, uniqueId: session.uniqueId };
  },
  async 'sessions.stop'({ caller }, { params, body }) {
    if (await stopSession(caller, params.sessionId, body.comment ?? '')) return undefined;
    throw new NightshiftError('SESSION_UNKNOWN', `There is no session ${params.sessionId} that runs.`);
  },
  async 'sessions.kill'({ caller }, { params: { sessionId } }) {
    if (await killSession(caller, sessionId)) return undefined;
    throw await goneSession(sessionId, (filter) => sessions.events(caller, filter));
  },
  async 'sessionEvents.list'({ caller }, { query }) {
    const { after, limit = PAGE_SIZE_DEFAULT, type, clientType, since, ...filters } = query;
    const [at, eventId] = after === undefined ? [] : placeOf(after, ['string', 'string']);
    const before = at === undefined ? undefined : { at: new Date(at), eventId: String(eventId) };
    const wanted = {
      ...filters,
      company: caller.company,
      types: type,
      clientTypes: clientType,
      since: dateOf(since),
      before,
      limit,
    };
    const events = await sessions.events(caller, given(wanted) as SessionEventFilter);
    const last = events.at(-1);
    const isLast = events.length < limit || last === undefined;
    return {
      items: events.map(eventWire),
      page: { next: isLast ? null : cursorOf([instantOf(last.at), last.eventId]) },
      total: null,
    };
  },
  async 'environment.get'({ platform, caller }) {
    const state = await platform.environment.show(caller);
    return { ...state, instances: state.instances.map((instance) => ({ ...instance })) };
  },
  async 'environment.release'({ platform, caller }, { body }) {
    const state = await platform.environment.release(caller, given(body));
    return { ...state, instances: state.instances.map((instance) => ({ ...instance })) };
  },
};
