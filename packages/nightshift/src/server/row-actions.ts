import { apiKeyActions, type ListedUser, userActions } from '../administration/index.ts';
import type { RouteName } from '../contract/routes.ts';
import { approvalActions, categoryActions, type JobQueueLogEntry } from '../job-queue/index.ts';
import { jobQueue, sessions } from '../platform/index.ts';
import { killRefusal, type ListedSession } from '../session/index.ts';
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

const RUN_IS_OVER = 'This run is over.';
const isUnderWay = (row: Row) => row['status'] === 'In Process';

/** What stops an entry would stop another run of it, once this one is over. */
function ofThisRun(action: EntryAction, { status }: Pick<JobQueueLogEntry, 'status'>): EntryAction {
  return status === 'In Process' ? action : { ...action, allowed: false, reason: RUN_IS_OVER };
}

/** What the state of the session of each run says to its being killed. */
async function killRefusals({ caller }: Call, rows: readonly Row[]): Promise<(row: Row) => string | null> {
  const ids = rows.filter(isUnderWay).map((row) => Number(row['sessionId']));
  const listed = ids.length === 0 ? [] : await sessions.list(caller, { company: caller.company, ids });
  const states = new Map(listed.map(({ id, state }) => [id, state]));
  return (row) => {
    if (!isUnderWay(row)) return RUN_IS_OVER;
    const id = Number(row['sessionId']);
    const state = states.get(id);
    if (state === undefined) return `Session ${id} is not listed: it has only begun, or has ended.`;
    return killRefusal(id, state);
  };
}

/** What the entry of a run allows, and the run itself. */
const logEntryActions: RowActions = async (call, rows, allowed) => {
  const { caller, who } = call;
  const refusalOf = await killRefusals(call, rows);
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
    const kill = { name: 'kill', verb: 'session.kill' as const, refusal: refusalOf(row) };
    const wish = { kind: 'session', id: String(row['sessionId']), isOwn: userOf(row, caller.user) };
    return [
      ...[retry, ...stop, ...once].map((each) => withinScopes(each, who)),
      ...allowed.among(wish, [kill]),
    ];
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
    (row) => [
      { name: 'stop', verb: 'session.stop', refusal: null },
      {
        name: 'kill',
        verb: 'session.kill',
        refusal: killRefusal(Number(row['id']), row['state'] as ListedSession['state']),
      },
    ],
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
