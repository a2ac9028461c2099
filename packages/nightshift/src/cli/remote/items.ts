import type { WorkItem as WireItem, WorkItemRow } from '@nightshift/client/api';
import { given, NightshiftError } from '../../foundation/index.ts';
import type { items } from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';
import type { ItemDetails, ItemSelection, ListedItem } from '../../work-items/index.ts';
import { at } from './server-of-caller.ts';
import { dateOf, firstOf, pageSize } from './wire.ts';

type Items = typeof items;
const LISTED_DEFAULT = 100;

function rowOf(wire: WorkItemRow): ListedItem {
  return {
    ...wire,
    nextAttemptAt: dateOf(wire.nextAttemptAt),
    error: wire.error === null ? null : { ...wire.error, at: dateOf(wire.error.at) },
    stagedAt: dateOf(wire.stagedAt),
    modifiedAt: dateOf(wire.modifiedAt),
    startedAt: dateOf(wire.startedAt),
    finishedAt: dateOf(wire.finishedAt),
  };
}

function itemOf({ history: _history, payloadSchema: _schema, calls, ...wire }: WireItem): ItemDetails {
  return {
    ...wire,
    ...rowOf(wire),
    calls: calls.map((call) => ({
      ...call,
      intentAt: dateOf(call.intentAt),
      answeredAt: dateOf(call.answeredAt),
    })) as ItemDetails['calls'],
  };
}

/** Tables are named here, since no application is at hand. */
function placeOf(caller: Caller, table: unknown) {
  const { server, params } = at(caller);
  return { server, params: { ...params, table: String(table) } };
}

/** The number of an item that is named by it, or by its external id. @throws NightshiftError ITEM_UNKNOWN */
async function numberOf(caller: Caller, table: unknown, which: number | string): Promise<number> {
  if (typeof which === 'number') return which;
  const { server, params } = placeOf(caller, table);
  const { items: found } = await server.call('workItems.list', {
    params,
    query: { externalId: which, limit: 1 },
  });
  const [item] = found;
  if (item !== undefined) return item.id;
  throw new NightshiftError('ITEM_UNKNOWN', `There is no work item ${which} in ${params.table}.`);
}

function selectionOf(selection: ItemSelection) {
  if (typeof selection === 'number') return { ids: [selection] };
  return 'fingerprint' in selection ? { fingerprint: selection.fingerprint } : { ids: [...selection] };
}

/** The verbs about work items, carried out by a server. */
export const itemsByServer: Pick<
  Items,
  'list' | 'get' | 'errorGroups' | 'retry' | 'skip' | 'resolve' | 'assign' | 'editPayload' | 'settleCall'
> = {
  async list(caller, table, filter = {}) {
    const { server, params } = placeOf(caller, table);
    const { statuses, fingerprint, before, externalId, assignedTo, unassigned, sessionUniqueId } = filter;
    const { limit = LISTED_DEFAULT } = filter;
    const query = {
      limit: pageSize(limit),
      ...given({
        fingerprint,
        before,
        externalId,
        assignedTo,
        unassigned,
        sessionUniqueId,
        status: statuses?.join(','),
      }),
    };
    return (await firstOf(server.all('workItems.list', { params, query }), limit)).map(rowOf);
  },
  async get(caller, table, which) {
    const { server, params } = placeOf(caller, table);
    const itemId = await numberOf(caller, table, which);
    return itemOf(await server.call('workItems.get', { params: { ...params, itemId } }));
  },
  async errorGroups(caller, table) {
    const { server, params } = placeOf(caller, table);
    const groups = await firstOf(
      server.all('workItems.errorGroups', { params, query: { limit: pageSize() } }),
    );
    return groups.map((group) => ({
      ...group,
      firstAt: dateOf(group.firstAt),
      lastAt: dateOf(group.lastAt),
    }));
  },
  retry(caller, table, selection) {
    const { server, params } = placeOf(caller, table);
    return server.call('workItems.retry', { params, body: selectionOf(selection) });
  },
  skip(caller, table, selection, reason) {
    const { server, params } = placeOf(caller, table);
    return server.call('workItems.skip', { params, body: { ...selectionOf(selection), reason } });
  },
  resolve(caller, table, selection, note) {
    const { server, params } = placeOf(caller, table);
    return server.call('workItems.resolve', { params, body: { ...selectionOf(selection), note } });
  },
  assign(caller, table, selection, user) {
    const { server, params } = placeOf(caller, table);
    return server.call('workItems.assign', { params, body: { ...selectionOf(selection), user } });
  },
  async editPayload(caller, table, itemId, payload) {
    const { server, params } = placeOf(caller, table);
    await server.call('workItems.editPayload', { params: { ...params, itemId }, body: { payload } });
  },
  async settleCall(caller, table, which, call) {
    const { server, params } = placeOf(caller, table);
    const itemId = await numberOf(caller, table, which);
    const { key } = call;
    const body =
      'answer' in call ? { key, tookEffect: true, answer: call.answer } : { key, tookEffect: false };
    await server.call('workItems.settleCall', { params: { ...params, itemId }, body });
  },
};
