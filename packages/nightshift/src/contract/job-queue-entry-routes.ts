import { z } from 'zod';
import { entryExplanation, schedulePreview } from './entry-outlook.ts';
import { plannedEntryRun } from './insight.ts';
import {
  ENTRY_STATUSES,
  entry,
  entryChanges,
  entryDeclaration,
  entryInList,
  entryPriority,
  listedDeclaration,
  newEntry,
  watchCase,
} from './job-queue-entry.ts';
import type { Verb } from './permissions.ts';
import { route } from './route.ts';
import {
  details,
  field,
  givenInstant,
  id,
  inCompany,
  pageOf,
  paging,
  queryFlag,
  queryNumber,
  queryWords,
  text,
} from './wire.ts';

const params = z.strictObject({ ...inCompany, entryId: field(id, 'The id of the entry.') });
const ENTRIES = '/companies/{company}/jobQueueEntries';
const ENTRY = `${ENTRIES}/{entryId}`;

const listQuery = z.strictObject({
  ...paging,
  ...details,
  status: field(
    queryWords(ENTRY_STATUSES).optional(),
    'Only entries in one of these states, with commas between.',
  ),
  object: field(text(100).optional(), 'Only entries that run this codeunit.'),
  category: field(text(20).optional(), 'Only entries of this category.'),
  runAs: field(text(200).optional(), 'Only entries that run as this user.'),
  tag: field(text(50).optional(), 'Only entries with this tag.'),
  q: field(
    text(250).optional(),
    'Only entries whose number, object, description or parameter string contains this, in whatever case.',
  ),
  userGone: field(
    queryFlag.optional(),
    'Only entries that run as somebody who is disabled or no longer valid.',
  ),
  overdue: field(
    queryFlag.optional(),
    'Only entries that should have run and did not; of more than 1,000 the latest.',
  ),
  taskId: field(id.optional(), 'Only the entry whose next or present run is this scheduled task.'),
  sort: field(
    z.enum(['entryNo', '-entryNo', 'earliestStart', '-statusSince']).optional(),
    'The order: by number when left out; with a minus the greatest first.',
  ),
});

/** An action without anything to fill in. */
function action(name: string, verb: Verb, summary: string, more: { readonly idempotent?: boolean } = {}) {
  return route({
    method: 'POST',
    path: `${ENTRY}/actions/${name}`,
    summary,
    verbs: [verb, 'entry.read'],
    params,
    answer: entry,
    ...more,
  });
}

const comment = field(text(1_000).optional(), 'Why, for whoever decides.');

/** Addresses about job queue entries. */
export const JOB_QUEUE_ENTRY_ROUTES = {
  'jobQueueEntries.list': route({
    method: 'GET',
    path: ENTRIES,
    summary: 'The job queue entries of a company.',
    verbs: ['entry.read'],
    params: z.strictObject(inCompany),
    query: listQuery,
    answer: pageOf(entryInList),
    csv: true,
  }),
  'jobQueueEntries.declarations': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueEntryDeclarations',
    summary: 'How the entries that code declares stand to it, by number.',
    verbs: ['entry.read'],
    params: z.strictObject(inCompany),
    query: z.strictObject(paging),
    answer: pageOf(listedDeclaration),
  }),
  'jobQueueEntries.watch': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueWatchCases',
    summary: 'The entries that should have run and did not, and the runs that take too long.',
    verbs: ['entry.read'],
    params: z.strictObject(inCompany),
    answer: z.object({ items: field(z.array(watchCase), 'What does not run as it should.') }),
  }),
  'jobQueueEntries.plannedRuns': route({
    method: 'GET',
    path: '/companies/{company}/plannedRuns',
    summary:
      'When the entries of a company run between two instants, were each run to end as it starts; the earliest first.',
    verbs: ['entry.read'],
    params: z.strictObject(inCompany),
    query: z.strictObject({
      from: field(givenInstant.optional(), 'Not before this instant; from now on when left out.'),
      to: field(givenInstant, 'Before this instant.'),
      limit: field(queryNumber(1, 5_000).optional(), 'How many runs; 1,000 when left out.'),
    }),
    answer: z.object({
      items: field(z.array(plannedEntryRun), 'The runs.'),
      isComplete: field(
        z.boolean(),
        'Whether these are all: not when there are more runs, or more than 1,000 entries that are to run.',
      ),
    }),
  }),
  'jobQueueEntries.create': route({
    method: 'POST',
    path: ENTRIES,
    summary: 'Creates a job queue entry, On Hold.',
    verbs: ['entry.create', 'entry.read'],
    params: z.strictObject(inCompany),
    body: newEntry,
    answer: entry,
    status: 201,
    etag: 'given',
    idempotent: true,
  }),
  'jobQueueEntries.get': route({
    method: 'GET',
    path: ENTRY,
    summary: 'One job queue entry.',
    verbs: ['entry.read'],
    params,
    answer: entry,
    etag: 'given',
  }),
  'jobQueueEntries.modify': route({
    method: 'PATCH',
    path: ENTRY,
    summary: 'Changes a job queue entry that is On Hold; what is left out stays.',
    verbs: ['entry.modify', 'entry.read'],
    params,
    body: entryChanges,
    answer: entry,
    etag: 'required',
  }),
  'jobQueueEntries.delete': route({
    method: 'DELETE',
    path: ENTRY,
    summary: 'Deletes a job queue entry with its plan; its log entries stay.',
    verbs: ['entry.delete'],
    params,
  }),
  'jobQueueEntries.explain': route({
    method: 'GET',
    path: `${ENTRY}/explanation`,
    summary: 'Why an entry is not running.',
    verbs: ['entry.read'],
    params,
    answer: entryExplanation,
  }),
  'jobQueueEntries.preview': route({
    method: 'GET',
    path: `${ENTRY}/preview`,
    summary: 'When an entry would run, and what makes little sense about that.',
    verbs: ['entry.read'],
    params,
    query: z.strictObject({
      count: field(queryNumber(1, 100).optional(), 'How many runs; 10 when left out.'),
    }),
    answer: schedulePreview,
  }),
  'jobQueueEntries.declaration': route({
    method: 'GET',
    path: `${ENTRY}/declaration`,
    summary: 'How an entry stands to the code that declares it; null: no code does.',
    verbs: ['entry.read'],
    params,
    answer: entryDeclaration.nullable(),
  }),
  'jobQueueEntries.setReady': action('setReady', 'entry.setReady', 'Sets an entry Ready: it runs as you.'),
  'jobQueueEntries.setOnHold': action(
    'setOnHold',
    'entry.setOnHold',
    'Sets an entry On Hold; a run under way goes on.',
  ),
  'jobQueueEntries.restart': action(
    'restart',
    'entry.restart',
    'Begins anew with an entry, with all its attempts.',
    {
      idempotent: true,
    },
  ),
  'jobQueueEntries.runNow': action(
    'runNow',
    'entry.runNow',
    'Has an entry run now, in the background, as you.',
    {
      idempotent: true,
    },
  ),
  'jobQueueEntries.wake': action(
    'wake',
    'entry.wake',
    'Has an entry run now that rests because there was nothing to do.',
  ),
  'jobQueueEntries.copy': action('copy', 'entry.copy', 'Copies an entry; the answer is the copy, On Hold.', {
    idempotent: true,
  }),
  'jobQueueEntries.resetToCode': action(
    'resetToCode',
    'entry.modify',
    'Makes an entry what the code of its application says again.',
  ),
  'jobQueueEntries.stopRun': route({
    method: 'POST',
    path: `${ENTRY}/actions/stopRun`,
    summary: 'Stops the run of an entry that is under way.',
    verbs: ['entry.stopRun', 'entry.read'],
    params,
    body: z.strictObject({ comment: field(text(10_000).optional(), 'Why; it is the error of the run.') }),
    answer: entry,
  }),
  'jobQueueEntries.setPriority': route({
    method: 'POST',
    path: `${ENTRY}/actions/setPriority`,
    summary: 'Sets how soon an entry is taken that waits in its category.',
    verbs: ['entry.setPriority', 'entry.read'],
    params,
    body: z.strictObject({ priority: entryPriority }),
    answer: entry,
  }),
  'jobQueueEntries.reassign': route({
    method: 'POST',
    path: `${ENTRY}/actions/reassign`,
    summary: 'Has an entry run as somebody else, once he agrees.',
    verbs: ['entry.reassign', 'entry.read', 'user.runAsApplication'],
    params,
    body: z.strictObject({ user: field(text(200, 1), 'The name of that user.'), comment }),
    answer: entry,
  }),
  'jobQueueEntries.requestApproval': route({
    method: 'POST',
    path: `${ENTRY}/actions/requestApproval`,
    summary: 'Asks for an entry to be set Ready by somebody who may.',
    verbs: ['approval.request', 'entry.read', 'approval.read'],
    params,
    body: z.strictObject({ comment }),
    answer: entry,
  }),
} as const;

/** Their names. */
export type JobQueueEntryRouteName = keyof typeof JOB_QUEUE_ENTRY_ROUTES;
