import { z } from 'zod';
import { doneWithMany, entrySelection } from './bulk.ts';
import {
  approval,
  category,
  categoryChanges,
  codeunit,
  errorMessage,
  LOG_STATUSES,
  logEntry,
  logEntryInList,
  newCategory,
  runLines,
} from './job-queue.ts';
import { entry } from './job-queue-entry.ts';
import { route } from './route.ts';
import {
  details,
  field,
  givenInstant,
  id,
  inCompany,
  pageOf,
  paging,
  queryNumber,
  queryWords,
  text,
} from './wire.ts';

const place = z.strictObject(inCompany);
const CATEGORY = '/companies/{company}/categories/{code}';
const oneCategory = z.strictObject({ ...inCompany, code: field(text(20, 1), 'The code of the category.') });
const oneApproval = z.strictObject({ ...inCompany, approvalId: field(id, 'The id of the request.') });
const comment = z.strictObject({ comment: field(text(1_000).optional(), 'Why.') });
const APPROVAL = '/companies/{company}/approvals/{approvalId}';

function decision(name: 'approve' | 'reject' | 'withdraw', summary: string) {
  return route({
    method: 'POST',
    path: `${APPROVAL}/actions/${name}`,
    summary,
    verbs: [
      name === 'withdraw' ? 'approval.request' : 'approval.decide',
      'approval.read',
      'user.runAsApplication',
    ],
    params: oneApproval,
    body: comment,
    answer: approval,
  });
}

/** Addresses of the job queue beside its entries. */
export const JOB_QUEUE_ROUTES = {
  'codeunits.list': route({
    method: 'GET',
    path: '/companies/{company}/codeunits',
    summary: 'The codeunits of the application, with the schemas of what they are given.',
    verbs: ['company.open'],
    params: place,
    query: z.strictObject(paging),
    answer: pageOf(codeunit),
  }),
  'jobQueueLogEntries.list': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueLogEntries',
    summary: 'The runs of job queue entries, newest first.',
    verbs: ['entry.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      ...details,
      entryId: field(id.optional(), 'Only runs of this entry.'),
      status: field(queryWords(LOG_STATUSES).optional(), 'Only runs in one of these states.'),
      object: field(text(100).optional(), 'Only runs of this codeunit.'),
      fingerprint: field(text(100).optional(), 'Only runs that failed with an error of this kind.'),
      correlationId: field(id.optional(), 'Only runs of this piece of work.'),
      startedFrom: field(givenInstant.optional(), 'Only runs that started then or later.'),
      startedTo: field(givenInstant.optional(), 'Only runs that started before.'),
    }),
    answer: pageOf(logEntryInList),
    csv: true,
  }),
  'jobQueueLogEntries.get': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueLogEntries/{no}',
    summary: 'One run, with its errors and the lines of its log.',
    verbs: ['entry.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the log entry.') }),
    answer: logEntry,
  }),
  'jobQueueLogEntries.lines': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueLogEntries/{no}/lines',
    summary: 'The lines of the log of a run behind a place, also while it runs: ask again to follow it.',
    verbs: ['entry.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the log entry.') }),
    query: z.strictObject({
      after: field(text(2_000, 1).optional(), '`next` of the answer before; all lines when left out.'),
    }),
    answer: runLines,
  }),
  'jobQueueLogEntries.errors': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueLogEntries/{no}/errors',
    summary: 'The errors that a run has reported, in their order; at most 1,000.',
    verbs: ['entry.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the log entry.') }),
    answer: z.object({ items: field(z.array(errorMessage), 'The errors.') }),
  }),
  'jobQueueLogEntries.retry': route({
    method: 'POST',
    path: '/companies/{company}/jobQueueLogEntries/{no}/actions/retry',
    summary: 'Begins anew with the entry of a run that did not go well; the answer is the entry.',
    verbs: ['entry.restart', 'entry.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the log entry.') }),
    answer: entry,
    idempotent: true,
  }),
  'jobQueueEntries.hold': route({
    method: 'POST',
    path: '/companies/{company}/jobQueueEntries/actions/hold',
    summary: 'Puts all entries of a category or an object On Hold that wait to run.',
    verbs: ['entry.holdAll'],
    params: place,
    body: entrySelection,
    answer: doneWithMany,
    idempotent: true,
  }),
  'jobQueueEntries.release': route({
    method: 'POST',
    path: '/companies/{company}/jobQueueEntries/actions/release',
    summary: 'Sets Ready again what was put On Hold so, as far as it runs as you.',
    verbs: ['entry.releaseAll'],
    params: place,
    body: entrySelection,
    answer: doneWithMany,
    idempotent: true,
  }),
  'jobQueueEntries.deleteFailed': route({
    method: 'POST',
    path: '/companies/{company}/jobQueueEntries/actions/deleteFailed',
    summary: 'Deletes entries in Error that do not recur.',
    verbs: ['entry.deleteFailed'],
    params: place,
    body: z.strictObject({
      olderThanMs: field(
        z.int().min(0).max(1e13).optional(),
        'Milliseconds that they are in Error, at least; 0 when left out.',
      ),
    }),
    answer: doneWithMany,
    idempotent: true,
  }),
  'categories.list': route({
    method: 'GET',
    path: '/companies/{company}/categories',
    summary: 'The categories of a company, by code.',
    verbs: ['category.read'],
    params: place,
    query: z.strictObject(paging),
    answer: pageOf(category),
  }),
  'categories.get': route({
    method: 'GET',
    path: CATEGORY,
    summary: 'One category.',
    verbs: ['category.read'],
    params: oneCategory,
    answer: category,
    etag: 'given',
  }),
  'categories.create': route({
    method: 'POST',
    path: '/companies/{company}/categories',
    summary: 'Creates a category.',
    verbs: ['category.change'],
    params: place,
    body: newCategory,
    answer: category,
    status: 201,
    etag: 'given',
    idempotent: true,
  }),
  'categories.modify': route({
    method: 'PATCH',
    path: CATEGORY,
    summary: 'Changes a category; its entries follow a new code.',
    verbs: ['category.change', 'category.read'],
    params: oneCategory,
    body: categoryChanges,
    answer: category,
    etag: 'required',
  }),
  'categories.delete': route({
    method: 'DELETE',
    path: CATEGORY,
    summary: 'Deletes a category that no entry names.',
    verbs: ['category.change'],
    params: oneCategory,
  }),
  'approvals.list': route({
    method: 'GET',
    path: '/companies/{company}/approvals',
    summary: 'Requests for approval, newest first: at most the last 1,000.',
    verbs: ['approval.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      status: field(
        z.enum(['Open', 'Approved', 'Rejected', 'Withdrawn']).optional(),
        'Only requests in this state.',
      ),
    }),
    answer: pageOf(approval),
  }),
  'approvals.get': route({
    method: 'GET',
    path: APPROVAL,
    summary: 'One request for approval.',
    verbs: ['approval.read'],
    params: oneApproval,
    answer: approval,
  }),
  'approvals.approve': decision('approve', 'Approves a request: its entry is set Ready and runs as you.'),
  'approvals.reject': decision('reject', 'Rejects a request; its entry stays as it is.'),
  'approvals.withdraw': decision('withdraw', 'Takes a request of your own back.'),
} as const;

/** Their names. */
export type JobQueueRouteName = keyof typeof JOB_QUEUE_ROUTES;
