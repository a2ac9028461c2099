import { z } from 'zod';
import type { Verb } from './permissions.ts';
import { route } from './route.ts';
import { field, id, inCompany, pageOf, paging, queryFlag, queryNumber, queryWords, text } from './wire.ts';
import {
  changedItems,
  ITEM_STATUSES,
  intakeResult,
  itemErrorGroup,
  itemSelection,
  itemText,
  settledCall,
  workItem,
  workItemRow,
  workItemTable,
} from './work-item.ts';

const place = z.strictObject(inCompany);
const oneTable = z.strictObject({
  ...inCompany,
  table: field(text(40, 1), 'The name of the table of work items.'),
});
const oneItem = oneTable.extend({ itemId: field(queryNumber(1, 9e15), 'The number of the item.') });
const TABLE = '/companies/{company}/workItems/{table}';
const ITEM = `${TABLE}/items/{itemId}`;

/** A change of items that are not being processed. */
function change<Fields extends z.ZodRawShape>(name: string, verb: Verb, summary: string, fields: Fields) {
  return route({
    method: 'POST',
    path: `${TABLE}/actions/${name}`,
    summary,
    verbs: [verb],
    params: oneTable,
    body: z.strictObject({ ...itemSelection, ...fields }),
    answer: changedItems,
    idempotent: true,
  });
}

/** Addresses about work items. */
export const WORK_ITEM_ROUTES = {
  'workItemTables.list': route({
    method: 'GET',
    path: '/companies/{company}/workItems',
    summary: 'The tables of work items of the application, with how many items are in which state.',
    verbs: ['item.read'],
    params: place,
    query: z.strictObject(paging),
    answer: pageOf(workItemTable),
  }),
  'workItems.list': route({
    method: 'GET',
    path: `${TABLE}/items`,
    summary: 'The work items of a table, the latest first.',
    verbs: ['item.read'],
    params: oneTable,
    query: z.strictObject({
      ...paging,
      before: field(queryNumber(0, 1e15).optional(), 'Only items with a smaller number.'),
      status: field(queryWords(ITEM_STATUSES).optional(), 'Only items in one of these states.'),
      fingerprint: field(
        text(100, 1).optional(),
        'Only items with an error of this kind; without a state, only those that have not ended.',
      ),
      externalId: field(text(300, 1).optional(), 'Only the item with this external id.'),
      assignedTo: field(text(200, 1).optional(), 'Only items that this user looks after.'),
      unassigned: field(queryFlag.optional(), 'Only items that nobody looks after.'),
      sessionUniqueId: field(
        id.optional(),
        'Only items that this session processed last; without a state, only those that have not ended.',
      ),
    }),
    answer: pageOf(workItemRow),
    csv: true,
  }),
  'workItems.get': route({
    method: 'GET',
    path: ITEM,
    summary: 'One work item, with its payload, its calls to other systems and what people did with it.',
    verbs: ['item.read'],
    params: oneItem,
    answer: workItem,
  }),
  'workItems.errorGroups': route({
    method: 'GET',
    path: `${TABLE}/errorGroups`,
    summary: 'The Failed work items of a table by what is wrong with them, the largest group first.',
    verbs: ['item.read'],
    params: oneTable,
    query: z.strictObject(paging),
    answer: pageOf(itemErrorGroup),
  }),
  'workItems.retry': change(
    'retry',
    'item.retry',
    'Has work items tried again: some, or all Failed ones of a kind.',
    {},
  ),
  'workItems.skip': change('skip', 'item.skip', 'Ends work items unprocessed.', {
    reason: field(itemText, 'Why, 1 to 1,000 characters.'),
  }),
  'workItems.resolve': change(
    'resolve',
    'item.resolve',
    'Ends work items that were taken care of otherwise.',
    {
      note: field(itemText, 'How, 1 to 1,000 characters.'),
    },
  ),
  'workItems.assign': change('assign', 'item.assign', 'Says who looks after work items.', {
    user: field(text(200, 1).nullable(), 'The name of that user; null: nobody in particular.'),
  }),
  'workItems.editPayload': route({
    method: 'PATCH',
    path: ITEM,
    summary: 'Replaces the payload of a work item that is not being processed.',
    verbs: ['item.edit', 'item.read'],
    params: oneItem,
    body: z.strictObject({ payload: field(z.unknown(), 'The new payload; its external id stays the same.') }),
    answer: workItem,
  }),
  'workItems.settleCall': route({
    method: 'POST',
    path: `${ITEM}/actions/settleCall`,
    summary: 'Writes down what became of a call to another system whose answer was lost.',
    verbs: ['item.settleCall', 'item.read'],
    params: oneItem,
    body: settledCall,
    answer: workItem,
  }),
  'intakes.receive': route({
    method: 'POST',
    path: '/companies/{company}/intakes/{intake}',
    summary: 'Takes in what another system sends by itself (a webhook); sent again, it has no second effect.',
    verbs: [],
    access: 'signature',
    params: z.strictObject({ ...inCompany, intake: field(text(50, 1), 'The name of the intake.') }),
    body: z.unknown().meta({ description: 'Whatever the other system sends, signed in its way.' }),
    answer: intakeResult,
  }),
} as const;

/** Their names. */
export type WorkItemRouteName = keyof typeof WORK_ITEM_ROUTES;
