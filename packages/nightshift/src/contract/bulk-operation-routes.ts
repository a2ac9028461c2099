import { z } from 'zod';
import {
  BULK_ACTIONS,
  BULK_OUTCOMES,
  bulkOperation,
  bulkPreview,
  bulkRow,
  bulkWish,
  newBulkOperation,
} from './bulk-operation.ts';
import type { Verb } from './permissions.ts';
import { route } from './route.ts';
import { newSavedView, savedView, savedViewChanges } from './saved-view.ts';
import { field, id, inCompany, pageOf, paging, queryWords, text } from './wire.ts';

const place = z.strictObject(inCompany);
const oneOperation = z.strictObject({ ...inCompany, operationId: field(id, 'The id of the operation.') });
const OPERATION = '/companies/{company}/bulkOperations/{operationId}';
const oneView = z.strictObject({ ...inCompany, viewId: field(id, 'The id of the view.') });
const VIEW = '/companies/{company}/views/{viewId}';

/** What it takes to see rows, and to do something to them. */
const USED: readonly Verb[] = [
  ...new Set<Verb>([
    ...['entry.read' as const, 'task.read' as const, 'item.read' as const, 'user.runAsApplication' as const],
    ...Object.values(BULK_ACTIONS).flatMap((actions) => Object.values<Verb>(actions)),
  ]),
];

/** Addresses about what is done to many, and about what people have made of lists. */
export const BULK_OPERATION_ROUTES = {
  'bulkOperations.preview': route({
    method: 'POST',
    path: '/companies/{company}/bulkOperations/actions/preview',
    summary: 'What would come of doing something to many rows, and why not to some.',
    verbs: ['company.open'],
    uses: USED,
    params: place,
    body: bulkWish,
    answer: bulkPreview,
  }),
  'bulkOperations.create': route({
    method: 'POST',
    path: '/companies/{company}/bulkOperations',
    summary: 'Does something to many rows, one after another: those that are meant now, whatever fits later.',
    verbs: ['company.open'],
    uses: USED,
    params: place,
    body: newBulkOperation,
    answer: bulkOperation,
    status: 202,
    idempotent: true,
  }),
  'bulkOperations.list': route({
    method: 'GET',
    path: '/companies/{company}/bulkOperations',
    summary:
      'What you have done to many rows within the last 30 days, the latest first; of all, if you read the audit log.',
    verbs: ['company.open'],
    params: place,
    query: z.strictObject(paging),
    answer: pageOf(bulkOperation),
  }),
  'bulkOperations.get': route({
    method: 'GET',
    path: OPERATION,
    summary: 'How far something has come that is done to many rows.',
    verbs: ['company.open'],
    params: oneOperation,
    answer: bulkOperation,
  }),
  'bulkOperations.rows': route({
    method: 'GET',
    path: `${OPERATION}/rows`,
    summary: 'What became of each row.',
    verbs: ['company.open'],
    params: oneOperation,
    query: z.strictObject({
      ...paging,
      outcome: field(queryWords(BULK_OUTCOMES).optional(), 'Only rows of which that became.'),
    }),
    answer: pageOf(bulkRow),
    csv: true,
  }),
  'bulkOperations.abort': route({
    method: 'POST',
    path: `${OPERATION}/actions/abort`,
    summary: 'Does it to no further rows; to those it was done to, it stays done.',
    verbs: ['company.open'],
    params: oneOperation,
    answer: bulkOperation,
  }),
  'views.list': route({
    method: 'GET',
    path: '/companies/{company}/views',
    summary: 'What you have made of lists, and what others share, by list and name.',
    verbs: ['company.open'],
    params: place,
    query: z.strictObject({ ...paging, list: field(text(100, 1).optional(), 'Only views of this list.') }),
    answer: pageOf(savedView),
  }),
  'views.get': route({
    method: 'GET',
    path: VIEW,
    summary: 'One view.',
    verbs: ['company.open'],
    params: oneView,
    answer: savedView,
    etag: 'given',
  }),
  'views.create': route({
    method: 'POST',
    path: '/companies/{company}/views',
    summary: 'Keeps what you have made of a list, at most 200.',
    verbs: ['company.open'],
    params: place,
    body: newSavedView,
    answer: savedView,
    status: 201,
    etag: 'given',
    idempotent: true,
  }),
  'views.modify': route({
    method: 'PATCH',
    path: VIEW,
    summary: 'Changes a view of yours; what is left out stays.',
    verbs: ['company.open'],
    params: oneView,
    body: savedViewChanges,
    answer: savedView,
    etag: 'required',
  }),
  'views.delete': route({
    method: 'DELETE',
    path: VIEW,
    summary: 'Deletes a view of yours.',
    verbs: ['company.open'],
    params: oneView,
  }),
} as const;
