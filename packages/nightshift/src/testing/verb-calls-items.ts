import { isNightshiftError } from '../foundation/index.ts';
import { items } from '../platform/index.ts';
import { type Order, orders } from './item-orders.ts';
import { TARGET, type VerbCall } from './verb-stage.ts';

/** The work items of the company of a stage. */
export const STAGED_ORDERS = orders();

const NAME = STAGED_ORDERS.name;
const NONE = { fingerprint: 'no such error' };
const PAYLOAD: Order = { no: 'no such order', total: 1 };

/** The functions of work items. */
export const ITEM_CALLS: Readonly<Record<string, VerbCall>> = {
  'items.tables': { verb: 'item.read', use: (_, { caller }) => items.tables(caller) },
  'items.history': {
    verb: 'item.read',
    use: (_, { caller }) => letIn(items.history(caller, NAME, PAYLOAD.no)),
  },
  'items.list': { verb: 'item.read', use: (_, { caller }) => items.list(caller, NAME) },
  'items.get': { verb: 'item.read', use: (_, { caller }) => letIn(items.get(caller, NAME, PAYLOAD.no)) },
  'items.errorGroups': { verb: 'item.read', use: (_, { caller }) => items.errorGroups(caller, NAME) },
  'items.retry': { verb: 'item.retry', use: (_, { caller }) => items.retry(caller, NAME, NONE) },
  'items.skip': { verb: 'item.skip', use: (_, { caller }) => items.skip(caller, NAME, NONE, 'wrong') },
  'items.resolve': {
    verb: 'item.resolve',
    use: (_, { caller }) => items.resolve(caller, NAME, NONE, 'done'),
  },
  'items.assign': { verb: 'item.assign', use: (_, { caller }) => items.assign(caller, NAME, NONE, TARGET) },
  'items.editPayload': {
    verb: 'item.edit',
    use: (_, { caller }) => letIn(items.editPayload(caller, STAGED_ORDERS, 1, PAYLOAD)),
  },
  'items.settleCall': {
    verb: 'item.settleCall',
    use: (_, { caller }) => letIn(items.settleCall(caller, NAME, PAYLOAD.no, { key: 'any', found: false })),
  },
};

/** Whoever is told that there is no such item was let through to it. */
function letIn(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => true,
    (error: unknown) => {
      if (!isNightshiftError(error, 'ITEM_UNKNOWN')) throw error;
      return true;
    },
  );
}
