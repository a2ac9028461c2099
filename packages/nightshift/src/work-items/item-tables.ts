import { type Caller, doorOf } from '../session/index.ts';
import { admitToItems, type ItemsOrName } from './item-access.ts';
import { itemRow } from './item-lists.ts';
import type { WorkItemStatus } from './work-item.ts';
import { WORK_ITEMS } from './work-item-service.ts';
import { countItems, itemHistory } from './work-items.sql.ts';

/** A table of work items, with how much is in it. */
export interface ItemTable {
  readonly name: string;
  /** States without items are left out. */
  readonly counts: readonly ItemStatusCount[];
  /** When the Pending item was staged that waits longest, of the thousand that are due first; null: none waits. */
  readonly oldestPendingAt: Date | null;
  /** Whether the caller has the right `R` to the table; without it payloads are not shown. */
  readonly isReadable: boolean;
}

/** How many items are in a state. */
export interface ItemStatusCount {
  readonly status: WorkItemStatus;
  readonly items: number;
  /** The exact number, at least so many, or PostgreSQL's estimate. */
  readonly relation: 'eq' | 'gte' | 'about';
}

/** Something that a person did with an item. */
export interface ItemDeed {
  readonly at: Date;
  readonly user: string;
  readonly verb: string;
  /** His reason or note; null: he gave none. */
  readonly text: string | null;
}

/**
 * The tables of work items that the application declares, by name.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function itemTables(caller: Caller): Promise<readonly ItemTable[]> {
  const names = doorOf(caller)
    .service(WORK_ITEMS)
    .declared.map(({ name }) => name)
    .sort();
  // Asked although there may be no table: whoever may not see work items is told so.
  await admitToItems(caller, 'item.read', names[0] ?? 'none');
  const made: ItemTable[] = [];
  for (const name of names) made.push(await tableOf(caller, name));
  return made;
}

interface CountRow {
  readonly status: WorkItemStatus;
  readonly items: string;
  readonly relation: ItemStatusCount['relation'];
  readonly oldest_at: Date | null;
}

async function tableOf(caller: Caller, name: string): Promise<ItemTable> {
  const admitted = await admitToItems(caller, 'item.read', name);
  const rows = await admitted.door.transaction((tx) => admitted.run<CountRow>(tx, countItems, []));
  return {
    name,
    counts: rows.map(({ status, items, relation }) => ({ status, items: Number(items), relation })),
    oldestPendingAt: rows.find(({ status }) => status === 'Pending')?.oldest_at ?? null,
    isReadable: admitted.rights.includes('R'),
  };
}

/**
 * What people have done with an item, the newest first, at most 100 things. Of changes of many items at once those are found
 * whose audit row names the item: of such a change the first 100.
 * @throws NightshiftError ITEM_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function historyOfItem(
  caller: Caller,
  items: ItemsOrName,
  which: number | string,
): Promise<readonly ItemDeed[]> {
  const admitted = await admitToItems(caller, 'item.read', items);
  const { id, external_id: externalId } = await itemRow(admitted, which);
  const { door, service, table } = admitted;
  const values = [door.company.no, table, String(id), externalId];
  const rows = (await service.apart?.executor.run<DeedRow>(itemHistory, values)) ?? [];
  return rows.map(({ at, user_name: user, verb, text }) => ({ at, user, verb, text }));
}

interface DeedRow {
  readonly at: Date;
  readonly user_name: string;
  readonly verb: string;
  readonly text: string | null;
}
