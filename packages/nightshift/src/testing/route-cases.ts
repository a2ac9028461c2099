import { stage } from '../work-items/index.ts';
import type { TestPlatform } from './test-platform.ts';
import { STAGED_ORDERS } from './verb-calls-items.ts';
import type { VerbStage } from './verb-stage.ts';

/** What it takes to use a route as the administrator, in the company CRONUS. */
export interface RouteCase {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

/** What cases are made with, once a test has begun. */
export type CaseParts = () => { readonly kit: TestPlatform; readonly stage: VerbStage };

const TABLE = { table: STAGED_ORDERS.name };
const ITEM = `select id from co_1.${STAGED_ORDERS.name} where external_id = $1`;
const ADD_CALL = `insert into co_1.${STAGED_ORDERS.name}_call (external_id, key, idempotency_key, intent_at)
  values ($1, 'lost', gen_random_uuid(), now())`;

/** How the routes of work items are used. */
export function workItemCases(parts: CaseParts) {
  const staged = async () => {
    const { kit, stage: made } = parts();
    const no = made.name('Order');
    await stage(kit.admin, STAGED_ORDERS, [{ no, total: 1 }]);
    const [row] = await kit.query<{ id: string }>(ITEM, [no]);
    return { no, id: Number(row?.id) };
  };
  const change = (more: object) => async () => ({
    params: TABLE,
    body: { ids: [(await staged()).id], ...more },
  });
  const nothing = async (): Promise<RouteCase> => ({});
  return {
    'workItemTables.list': nothing,
    'workItems.list': async () => ({
      params: TABLE,
      query: '?status=Failed,Pending&unassigned=true&assignedTo=ADMIN&externalId=x',
    }),
    'workItems.get': async () => ({ params: { ...TABLE, itemId: String((await staged()).id) } }),
    'workItems.errorGroups': async () => ({ params: TABLE }),
    'workItems.retry': change({}),
    'workItems.skip': change({ reason: 'wrong' }),
    'workItems.resolve': change({ note: 'by hand' }),
    'workItems.assign': change({ user: null }),
    'workItems.editPayload': async () => {
      const { no, id } = await staged();
      return { params: { ...TABLE, itemId: String(id) }, body: { payload: { no, total: 2 } } };
    },
    'workItems.settleCall': async () => {
      const { no, id } = await staged();
      await parts().kit.query(ADD_CALL, [no]);
      return { params: { ...TABLE, itemId: String(id) }, body: { key: 'lost', tookEffect: false } };
    },
  } satisfies Readonly<Record<string, () => Promise<RouteCase>>>;
}

const ALERT = `insert into nightshift.alert (company_no, kind, key, subject, since, last_at, for_users)
  values (1, 'failed', $1, 'Sync', now(), now(), '{}') returning no`;

/** How the routes are used that tell how things stand. */
export function insightCases(
  parts: CaseParts,
  run: () => Promise<RouteCase>,
  entry: () => Promise<RouteCase>,
) {
  const nothing = async (): Promise<RouteCase> => ({});
  return {
    'cues.get': nothing,
    'cueThresholds.get': nothing,
    'cueThresholds.setOwn': async () => ({ body: { thresholds: null } }),
    'cueThresholds.setForCompany': async () => ({ body: { thresholds: null } }),
    'jobQueueLogEntries.errorGroups': async () => ({
      query: '?startedFrom=2026-01-01T00:00:00Z&startedTo=2999-01-01T00:00:00Z&limit=5',
    }),
    'jobQueueLogEntries.facts': run,
    'jobQueueLogEntries.lines': run,
    'schedules.preview': async () => ({
      body: { runOnMondays: true, startingTime: '02:30', timeZone: 'Europe/Berlin', count: 3 },
    }),
    'jobQueueEntries.rehearsal': entry,
    'users.rights': async () => ({ params: { user: 'VICTIM' }, query: '?codeunit=Plain' }),
    'retention.get': async () => ({ query: '?days=7' }),
    'alerts.list': async () => ({ query: '?kind=failed,overdue&unseen=true&present=true' }),
    'alerts.get': async () => {
      const [row] = await parts().kit.query<{ no: string }>(ALERT, [parts().stage.name('Alert')]);
      return { params: { no: String(row?.no) } };
    },
    'alerts.markSeen': async () => ({ body: { upTo: 0 } }),
    'health.get': nothing,
    'health.findings': nothing,
  } satisfies Readonly<Record<string, () => Promise<RouteCase>>>;
}

/** How the routes about reports are used. */
export function reportCases(name: string, document: () => Promise<number>) {
  const one = async () => ({ params: { no: String(await document()) } });
  const numbers = async () => [await document()];
  return {
    'reports.list': async () => ({}),
    'reports.run': async () => ({ params: { report: name }, body: { outputType: 'CSV' } }),
    'reportInbox.list': async () => ({ query: '?report=Aging&unread=true&everyone=false' }),
    'reportInbox.get': one,
    'reportInbox.fetch': one,
    'reportInbox.mark': async () => ({ body: { numbers: await numbers(), read: true } }),
    'reportInbox.delete': async () => ({ body: { numbers: await numbers() } }),
  } satisfies Readonly<Record<string, () => Promise<RouteCase>>>;
}

const VIEW = `insert into nightshift.saved_view (id, company_no, user_no, list, name, query, shared, changed_at)
  select gen_random_uuid(), 1, no, 'jobQueueEntries', $1, 'status=Error', false, now() from nightshift.app_user
  where name = 'ADMIN' returning id`;
const OPERATION = `insert into nightshift.bulk_operation (id, company_no, user_no, target, action, arguments, status, total,
    created_at, ended_at)
  select gen_random_uuid(), 1, no, 'jobQueueEntries', 'wake', '{}', 'Done', 0, now(), now() from nightshift.app_user
  where name = 'ADMIN' returning id`;

/** How the routes are used by which something is done to many, and views of lists are kept. */
export function bulkCases(parts: CaseParts) {
  const view = async () => {
    const { kit, stage: made } = parts();
    const [row] = await kit.query<{ id: string }>(VIEW, [made.name('View')]);
    return { params: { viewId: String(row?.id) }, ifMatch: '"1"' };
  };
  const operation = async () => {
    const [row] = await parts().kit.query<{ id: string }>(OPERATION, []);
    return { params: { operationId: String(row?.id) } };
  };
  const nothing = async (): Promise<RouteCase> => ({});
  // Nothing is there, so that nothing is done behind the back of the next test.
  const none = { ids: ['0192f3a1-c4d5-7b0e-8f2a-6b3c4d5e6f70'] };
  const wish = { target: 'jobQueueEntries', action: 'setOnHold', selection: none };
  return {
    'bulkOperations.preview': async () => ({ body: wish }),
    'bulkOperations.create': async () => ({ body: { ...wish, expected: 1 } }),
    'bulkOperations.list': nothing,
    'bulkOperations.get': operation,
    'bulkOperations.rows': async () => ({ ...(await operation()), query: '?outcome=Refused,Open' }),
    'bulkOperations.abort': operation,
    'views.list': async () => ({ query: '?list=jobQueueEntries' }),
    'views.get': view,
    'views.create': async () => ({ body: { list: 'jobQueueEntries', name: parts().stage.name('Mine') } }),
    'views.modify': async () => ({ ...(await view()), body: { shared: true } }),
    'views.delete': view,
  } satisfies Readonly<Record<string, () => Promise<RouteCase>>>;
}
