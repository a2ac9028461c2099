import type { Verb } from '../contract/permissions.ts';
import type { Executor, Statement } from '../database/index.ts';
import { classifyFailure } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { WORK_ITEMS, type WorkItemService } from './work-item-service.ts';
import type { AnyWorkItems } from './work-items.ts';

/** A table of work items: as it is declared, or its name. */
export type ItemsOrName = Pick<AnyWorkItems, 'name'> | string;

/** A table that a caller was let through to. */
export interface AdmittedItems {
  readonly door: CallerDoor;
  readonly service: WorkItemService;
  readonly table: string;
  /** As `RIMD`. */
  readonly rights: string;
  /** Runs a statement about the table; its first three values are given. */
  run<Row>(tx: Executor, target: Statement, values: readonly unknown[]): Promise<Row[]>;
}

const TABLE_UNKNOWN = '42P01';

/** Lets the caller use a verb on work items. @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, VALIDATION */
export async function admitToItems(caller: Caller, verb: Verb, items: ItemsOrName): Promise<AdmittedItems> {
  const door = doorOf(caller);
  const service = door.service(WORK_ITEMS);
  const table = typeof items === 'string' ? items : items?.name;
  if (typeof table !== 'string') throw noSuchItems(String(table));
  await door.service(AUTHORITY).demand(actorOf(door), verb, { kind: 'item', id: table });
  const rights = await service.apart.tableRights(door, table);
  return {
    door,
    service,
    table,
    rights,
    async run(tx, target, values) {
      try {
        return await tx.run(target, [door.user.no, door.company.no, table, ...values]);
      } catch (error) {
        if (classifyFailure(error).code === TABLE_UNKNOWN) throw noSuchItems(table);
        throw error;
      }
    },
  };
}

function noSuchItems(table: string): NightshiftError {
  return new NightshiftError('VALIDATION', `There are no work items "${table}" in this company.`, {
    field: 'items',
  });
}

/** The declaration of a table. @throws NightshiftError VALIDATION when this process does not know it */
export function declarationOf({ service, table }: AdmittedItems): AnyWorkItems {
  const found = service.declared.find(({ name }) => name === table);
  if (found !== undefined) return found;
  const text = `The application that declares the work items "${table}" is not loaded here.`;
  throw new NightshiftError('VALIDATION', text, { field: 'items' });
}

export function itemUnknown(table: string, what: string): NightshiftError {
  return new NightshiftError('ITEM_UNKNOWN', `There is no work item ${what} in ${table}.`, { field: 'item' });
}
