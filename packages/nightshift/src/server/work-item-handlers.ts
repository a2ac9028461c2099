import type { z } from 'zod';
import { PAGE_SIZE_DEFAULT } from '../contract/wire.ts';
import type { itemSelection, workItem, workItemRow } from '../contract/work-item.ts';
import type { WorkItemRouteName } from '../contract/work-item-routes.ts';
import { given } from '../foundation/index.ts';
import { items } from '../platform/index.ts';
import { doorOf } from '../session/index.ts';
import {
  type ErrorGroup,
  type ItemFilter,
  type ItemSelection,
  type ItemTable,
  itemRefusal,
  type ListedItem,
  WORK_ITEMS,
} from '../work-items/index.ts';
import { AllowedActions } from './allowed-actions.ts';
import type { Call, HandlersOf } from './handler.ts';
import { receiveIntake } from './intake.ts';
import { cursorOf, pageOfAll, placeOf } from './paging.ts';
import { RequestFault } from './problem.ts';
import { instantOf, jsonSchemaOf } from './wire-parts.ts';

const ACTIONS = [
  ['retry', 'item.retry'],
  ['skip', 'item.skip'],
  ['resolve', 'item.resolve'],
  ['assign', 'item.assign'],
  ['editPayload', 'item.edit'],
] as const;

/** What whoever asks may do with an item. */
export function itemActionsOf(item: ListedItem, table: string, allowed: AllowedActions) {
  const refusal = itemRefusal(table, item)?.message ?? null;
  const wish = { kind: 'item', id: `${table}/${item.id}`, isOwn: false };
  return allowed.among(
    wish,
    ACTIONS.map(([name, verb]) => ({ name, verb, refusal })),
  );
}

function rowWire(item: ListedItem, table: string, allowed: AllowedActions): z.input<typeof workItemRow> {
  const { id, externalId, status, attempts, losses, concurrencyKey, assignedTo, note, error } = item;
  return {
    ...{ id, externalId, status, attempts, losses, concurrencyKey, assignedTo, note },
    nextAttemptAt: instantOf(item.nextAttemptAt),
    correlationIds: { ...item.correlationIds },
    error: error === null ? null : { ...error, at: instantOf(error.at) },
    stagedAt: instantOf(item.stagedAt),
    modifiedAt: instantOf(item.modifiedAt),
    startedAt: instantOf(item.startedAt),
    finishedAt: instantOf(item.finishedAt),
    sessionUniqueId: item.sessionUniqueId,
    allowedActions: itemActionsOf(item, table, allowed),
  };
}

function tableWire({ name, counts, oldestPendingAt, isReadable }: ItemTable) {
  return {
    name,
    counts: counts.map((each) => ({ ...each })),
    oldestPendingAt: instantOf(oldestPendingAt),
    isReadable,
  };
}

function groupWire({ firstAt, lastAt, ...group }: ErrorGroup) {
  return { ...group, firstAt: instantOf(firstAt), lastAt: instantOf(lastAt) };
}

interface OneItem {
  readonly table: string;
  readonly itemId: number;
}

/** Items whose table this server does not know can be looked at, and have no schema. */
function schemaOf({ caller }: Call, table: string): unknown {
  const declared = doorOf(caller)
    .service(WORK_ITEMS)
    .declared.find(({ name }) => name === table);
  return declared === undefined ? null : jsonSchemaOf(declared.payload);
}

async function told(call: Call, { table, itemId }: OneItem): Promise<z.input<typeof workItem>> {
  const item = await items.get(call.caller, table, itemId);
  const history = await items.history(call.caller, table, itemId);
  return {
    ...rowWire(item, table, await AllowedActions.of(call)),
    payload: item.payload ?? null,
    payloadSchema: (item.payload ?? null) === null ? null : schemaOf(call, table),
    errorStack: item.errorStack,
    calls: item.calls.map(({ intentAt, answeredAt, answer, ...itemCall }) => ({
      ...itemCall,
      intentAt: instantOf(intentAt),
      answeredAt: instantOf(answeredAt),
      answer: answer ?? null,
    })),
    history: history.map((deed) => ({ ...deed, at: instantOf(deed.at) })),
  };
}

/** One item by its number: then its state is told when nothing can be done. @throws NightshiftError VALIDATION */
function selectionOf(body: z.output<z.ZodObject<typeof itemSelection>>): ItemSelection {
  const { ids, fingerprint } = body;
  if (ids !== undefined && fingerprint === undefined) return ids.length === 1 ? Number(ids[0]) : ids;
  if (fingerprint !== undefined && ids === undefined) return { fingerprint };
  throw new RequestFault([{ pointer: '', message: 'has ids or a fingerprint, one of them' }]);
}

/** What the addresses about work items do. */
export const WORK_ITEM_HANDLERS: HandlersOf<WorkItemRouteName> = {
  async 'workItemTables.list'({ caller }, { query }) {
    return pageOfAll(await items.tables(caller), query, { key: ({ name }) => name, row: tableWire });
  },
  async 'workItems.list'(call, { params, query }) {
    const { after, before: wanted = Infinity, limit = PAGE_SIZE_DEFAULT, status, ...filters } = query;
    const ended = after === undefined ? Infinity : Number(placeOf(after, ['number'])[0]);
    const bound = Math.min(wanted, ended);
    const before = bound === Infinity ? undefined : bound;
    // One more than is shown: whether there is another page.
    const filter = given({ ...filters, statuses: status, before, limit: limit + 1 }) as ItemFilter;
    const found = await items.list(call.caller, params.table, filter);
    const shown = found.slice(0, limit);
    const allowed = await AllowedActions.of(call);
    const last = shown.at(-1);
    return {
      items: shown.map((item) => rowWire(item, params.table, allowed)),
      page: { next: found.length <= limit || last === undefined ? null : cursorOf([last.id]) },
      total: null,
    };
  },
  'workItems.get': (call, { params }) => told(call, params),
  async 'workItems.errorGroups'({ caller }, { params, query }) {
    const groups = await items.errorGroups(caller, params.table);
    return pageOfAll(groups, query, { key: ({ fingerprint }) => fingerprint, row: groupWire });
  },
  'workItems.retry': ({ caller }, { params, body }) => items.retry(caller, params.table, selectionOf(body)),
  'workItems.skip': ({ caller }, { params, body }) =>
    items.skip(caller, params.table, selectionOf(body), body.reason),
  'workItems.resolve': ({ caller }, { params, body }) =>
    items.resolve(caller, params.table, selectionOf(body), body.note),
  'workItems.assign': ({ caller }, { params, body }) =>
    items.assign(caller, params.table, selectionOf(body), body.user),
  async 'workItems.editPayload'(call, { params, body }) {
    await items.editPayload(call.caller, params.table, params.itemId, body.payload);
    return told(call, params);
  },
  async 'workItems.settleCall'(call, { params, body }) {
    const { key, tookEffect, answer } = body;
    const { externalId } = await items.get(call.caller, params.table, params.itemId);
    const settled = tookEffect ? { key, answer: answer ?? null } : ({ key, found: false } as const);
    await items.settleCall(call.caller, params.table, externalId, settled);
    return told(call, params);
  },
  'intakes.receive': (call, { params }) => receiveIntake(call, params.intake),
};
