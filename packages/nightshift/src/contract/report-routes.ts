import { z } from 'zod';
import { inboxDocument, report } from './report.ts';
import { ENTRY_OUTPUT_TYPES } from './report-output-type.ts';
import { type FileAnswer, route } from './route.ts';
import { count, field, id, inCompany, pageOf, paging, queryFlag, queryNumber, text } from './wire.ts';
import { startedSession } from './work.ts';

const place = z.strictObject(inCompany);
const INBOX = '/companies/{company}/reportInbox';
const oneDocument = z.strictObject({
  ...inCompany,
  no: field(queryNumber(1, 9e15), 'The number of the document.'),
});
const numbers = field(z.array(z.int().min(1)).min(1).max(1_000), 'The numbers of the documents.');
const changed = z.object({ changed: field(count, 'How many it concerned.') });

/** Addresses about reports and the documents that they yield. */
export const REPORT_ROUTES = {
  'reports.list': route({
    method: 'GET',
    path: '/companies/{company}/reports',
    summary: 'The reports of the application, with the schemas of what people fill in.',
    verbs: ['company.open'],
    params: place,
    query: z.strictObject(paging),
    answer: pageOf(report),
  }),
  'reports.run': route({
    method: 'POST',
    path: '/companies/{company}/reports/{report}/actions/run',
    summary:
      'Runs a report in a background session of this server instance, as you; the answer does not wait for its end, and the document comes into your report inbox.',
    verbs: ['session.start'],
    params: z.strictObject({
      ...inCompany,
      report: field(text(100, 1), 'The name of the report, or its number.'),
    }),
    body: z.strictObject({
      parameters: field(z.unknown().optional(), 'What it is filled in with, by its own schema.'),
      outputType: field(
        z.enum(ENTRY_OUTPUT_TYPES).optional(),
        'What it is to yield, `None`: it only runs; its usual one when left out.',
      ),
    }),
    answer: startedSession,
    status: 202,
    idempotent: true,
  }),
  'reportInbox.list': route({
    method: 'GET',
    path: INBOX,
    summary: 'The documents in your report inbox, the newest first.',
    verbs: ['document.read'],
    params: place,
    query: z.strictObject({
      ...paging,
      report: field(text(100, 1).optional(), 'Only documents of this report.'),
      unread: field(queryFlag.optional(), 'Only those that were not read.'),
      everyone: field(queryFlag.optional(), 'Those of everybody; for whoever may do everything.'),
      sessionUniqueId: field(id.optional(), 'Only those that this session made.'),
      entryId: field(id.optional(), 'Only those of this job queue entry.'),
    }),
    answer: pageOf(inboxDocument),
    csv: true,
  }),
  'reportInbox.get': route({
    method: 'GET',
    path: `${INBOX}/{no}`,
    summary: 'What is known of one document.',
    verbs: ['document.read'],
    params: oneDocument,
    answer: inboxDocument,
  }),
  'reportInbox.fetch': route({
    method: 'GET',
    path: `${INBOX}/{no}/content`,
    summary: 'One document as a file; of your own it is noted that you have read it.',
    verbs: ['document.read'],
    params: oneDocument,
    answer: z.custom<FileAnswer>(),
    file: true,
  }),
  'reportInbox.mark': route({
    method: 'POST',
    path: `${INBOX}/actions/mark`,
    summary: 'Marks documents of your inbox as read, or as not read.',
    verbs: ['document.read'],
    params: place,
    body: z.strictObject({ numbers, read: field(z.boolean(), 'Whether they count as read.') }),
    answer: changed,
  }),
  'reportInbox.delete': route({
    method: 'POST',
    path: `${INBOX}/actions/delete`,
    summary: 'Deletes documents for good.',
    verbs: ['document.delete'],
    params: place,
    body: z.strictObject({ numbers }),
    answer: changed,
    idempotent: true,
  }),
} as const;

/** Their names. */
export type ReportRouteName = keyof typeof REPORT_ROUTES;
