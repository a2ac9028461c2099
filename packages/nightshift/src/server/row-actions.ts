import { apiKeyActions, type ListedUser, userActions } from '../administration/index.ts';
import type { RouteName } from '../contract/routes.ts';
import { approvalActions, categoryActions, type JobQueueLogEntry } from '../job-queue/index.ts';
import { jobQueue } from '../platform/index.ts';
import { taskActions } from '../task-scheduler/index.ts';
import { AllowedActions, type WishedAction, withinScopes } from './allowed-actions.ts';
import type { Call } from './handler.ts';
import { retryRefusal } from './log-entry-retry.ts';
import type { AnyHandler } from './pipeline.ts';

/** A row as it travels. */
type Row = Readonly<Record<string, unknown>>;

/** What may be done with a row, as it travels. */
type Actions = ReturnType<AllowedActions['among']>;

/** Works out what may be done with rows of one kind. */
type RowActions = (call: Call, rows: readonly Row[], allowed: AllowedActions) => Promise<readonly Actions[]>;

/** Rows that say by themselves whose they are, and how they stand. */
function byRow(
  kind: string,
  wishOf: (row: Row, me: string) => { readonly id: string; readonly isOwn: boolean },
  actionsOf: (row: Row, me: string) => readonly WishedAction[],
): RowActions {
  return async ({ caller }, rows, allowed) =>
    rows.map((row) => allowed.among({ kind, ...wishOf(row, caller.user) }, actionsOf(row, caller.user)));
}

const userOf = (row: Row, me: string) => row['user'] === me;

/** A timestamp as it travels. */
const instantIn = (value: unknown) => (typeof value === 'string' ? new Date(value) : null);

const approvalRows: RowActions = async ({ caller, who }, rows) => {
  const found = await approvalActions(
    caller,
    rows.map((row) => String(row['id'])),
  );
  return rows.map((row) => (found.get(String(row['id'])) ?? []).map((each) => withinScopes(each, who)));
};

const userRows: RowActions = async ({ caller, now }, rows, allowed) =>
  rows.map((row) => {
    const { no, name, state } = row as Pick<ListedUser, 'no' | 'name' | 'state'>;
    const wish = { kind: 'user', id: String(no), isOwn: name === caller.user };
    return allowed.among(wish, userActions({ ...allowed.seen, now }, { no, state }));
  });

type EntryAction = Awaited<ReturnType<typeof jobQueue.describeMany>>[number]['actions'][number];

/** What stops an entry would stop another run of it, once this one is over. */
function ofThisRun(action: EntryAction, { status }: Pick<JobQueueLogEntry, 'status'>): EntryAction {
  return status === 'In Process' ? action : { ...action, allowed: false, reason: 'This run is over.' };
}

/** What the entry of a run allows, and the run itself. */
const logEntryActions: RowActions = async ({ caller, who }, rows) => {
  const ids = [...new Set(rows.map((row) => String(row['entryId'])))];
  const entries = new Map((await jobQueue.describeMany(caller, ids)).map((each) => [each.entry.id, each]));
  return rows.map((row) => {
    const run = { no: Number(row['no']), status: row['status'] as JobQueueLogEntry['status'] };
    const actions = entries.get(String(row['entryId']))?.actions ?? [];
    const restart = actions.find(({ name }) => name === 'restart');
    const gone = restart === undefined ? 'Its entry is no more.' : null;
    const reason = retryRefusal(run) ?? gone ?? restart?.reason ?? null;
    const retry = { name: 'retry', verb: 'entry.restart' as const, allowed: reason === null, reason };
    const once = actions.filter(({ name }) => name === 'runOnce');
    const stop = actions.filter(({ name }) => name === 'stopRun').map((each) => ofThisRun(each, run));
    return [retry, ...stop, ...once].map((each) => withinScopes(each, who));
  });
};

/** The rows of lists that say what may be done with them; those of entries and work items do so by themselves. */
const ROW_ACTIONS: Readonly<Record<string, RowActions>> = {
  jobQueueLogEntries: logEntryActions,
  scheduledTasks: byRow(
    'task',
    (row, me) => ({ id: String(row['id']), isOwn: userOf(row, me) }),
    (row, me) => taskActions({ ...row, isOwn: userOf(row, me) } as never),
  ),
  sessions: byRow(
    'session',
    (row, me) => ({ id: String(row['uniqueId']), isOwn: userOf(row, me) }),
    () => [{ name: 'stop', verb: 'session.stop', refusal: null }],
  ),
  categories: byRow(
    'category',
    (row) => ({ id: String(row['code']), isOwn: false }),
    (row) => categoryActions({ code: String(row['code']), entries: Number(row['entries']) }),
  ),
  approvals: approvalRows,
  users: userRows,
  apiKeys: byRow(
    'api key',
    (row, me) => ({ id: String(row['id']), isOwn: userOf(row, me) }),
    (row) => apiKeyActions({ revokedAt: instantIn(row['revokedAt']) }),
  ),
};

/** A handler whose rows, in a list or alone, say what whoever asks may do with them. */
export function sayingActions(name: RouteName, handler: AnyHandler): AnyHandler {
  const [resource = '', verb = ''] = name.split('.');
  const actionsOf = ROW_ACTIONS[resource];
  if (actionsOf === undefined || (verb !== 'list' && verb !== 'get')) return handler;
  return async (call, input) => {
    const answer = (await handler(call, input)) as Row & { readonly items?: readonly Row[] };
    const rows = verb === 'list' ? (answer.items ?? []) : [answer];
    if (rows.length === 0) return answer;
    const found = await actionsOf(call, rows, await AllowedActions.of(call));
    const told = rows.map((row, index) => ({ ...(row as object), allowedActions: found[index] ?? [] }));
    return verb === 'list' ? { ...(answer as object), items: told } : told[0];
  };
}
