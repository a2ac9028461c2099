import { z } from 'zod';
import { cueThresholdsChange, cueThresholdsView } from './cue-thresholds.ts';
import {
  cues,
  finding,
  health,
  readyRehearsal,
  retention,
  runErrorGroup,
  schedulePlan,
  scheduleWish,
} from './insight.ts';
import { route } from './route.ts';
import { runFacts } from './run-facts.ts';
import { field, givenInstant, id, inCompany, queryNumber } from './wire.ts';

const place = z.strictObject(inCompany);

/** Addresses about how things stand, and what would come of something. */
export const INSIGHT_ROUTES = {
  'cues.get': route({
    method: 'GET',
    path: '/companies/{company}/cues',
    summary: 'How the job queue of a company stands, in a few numbers.',
    verbs: ['entry.read', 'approval.read', 'item.read'],
    params: place,
    answer: cues,
  }),
  'cueThresholds.get': route({
    method: 'GET',
    path: '/companies/{company}/cueThresholds',
    summary: 'From which numbers on cues need your attention.',
    verbs: ['company.open'],
    uses: ['cue.setThresholds'],
    params: place,
    answer: cueThresholdsView,
  }),
  'cueThresholds.setOwn': route({
    method: 'POST',
    path: '/companies/{company}/cueThresholds/actions/setOwn',
    summary: 'Says for yourself from which numbers on cues need attention.',
    verbs: ['company.open'],
    uses: ['cue.setThresholds'],
    params: place,
    body: cueThresholdsChange,
    answer: cueThresholdsView,
  }),
  'cueThresholds.setForCompany': route({
    method: 'POST',
    path: '/companies/{company}/cueThresholds/actions/setForCompany',
    summary: 'Says it for all in the company who have not said it for themselves.',
    verbs: ['cue.setThresholds'],
    uses: ['company.open'],
    params: place,
    body: cueThresholdsChange,
    answer: cueThresholdsView,
  }),
  'jobQueueLogEntries.errorGroups': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueErrorGroups',
    summary: 'The failed runs of job queue entries by what went wrong, the latest kind first.',
    verbs: ['entry.read'],
    params: place,
    query: z.strictObject({
      startedFrom: field(givenInstant.optional(), 'Only runs that started then or later.'),
      startedTo: field(givenInstant.optional(), 'Only runs that started before.'),
      limit: field(queryNumber(1, 500).optional(), 'How many kinds of errors; 100 when left out.'),
    }),
    answer: z.object({ items: field(z.array(runErrorGroup), 'The kinds of errors.') }),
  }),
  'jobQueueLogEntries.facts': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueLogEntries/{no}/facts',
    summary: 'What is known about why a run went as it did.',
    verbs: ['entry.read', 'session.read', 'item.read'],
    params: z.strictObject({ ...inCompany, no: field(queryNumber(0, 1e15), 'The number of the log entry.') }),
    answer: runFacts,
  }),
  'retention.get': route({
    method: 'GET',
    path: '/companies/{company}/retention',
    summary: 'What is kept how long, and what would be removed if it were so many days.',
    verbs: ['entry.read'],
    params: place,
    query: z.strictObject({
      days: field(queryNumber(1, 3_650).optional(), 'The days to try; those that hold when left out.'),
    }),
    answer: retention,
  }),
  'schedules.preview': route({
    method: 'POST',
    path: '/companies/{company}/schedulePreview',
    summary: 'What a schedule would lead to that is not saved yet: in words, with its next runs.',
    verbs: ['entry.read'],
    params: place,
    body: scheduleWish,
    answer: schedulePlan,
  }),
  'jobQueueEntries.rehearsal': route({
    method: 'GET',
    path: '/companies/{company}/jobQueueEntries/{entryId}/rehearsal',
    summary:
      'What would come of setting an entry Ready: as whom it runs, from when, and after how many others.',
    verbs: ['entry.read'],
    params: z.strictObject({ ...inCompany, entryId: field(id, 'The id of the entry.') }),
    answer: readyRehearsal,
  }),
  'health.get': route({
    method: 'GET',
    path: '/health',
    summary: 'How the server instances, the queue and the database stand.',
    verbs: ['environment.read'],
    answer: health,
  }),
  'health.findings': route({
    method: 'GET',
    path: '/health/findings',
    summary: 'What is found when the whole environment is examined, as by `nightshift doctor`.',
    verbs: ['environment.examine'],
    answer: z.object({ items: field(z.array(finding), 'What was found.') }),
  }),
} as const;

/** Their names. */
export type InsightRouteName = keyof typeof INSIGHT_ROUTES;
