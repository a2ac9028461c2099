import { z } from 'zod';
import { runOutcome } from './live.ts';
import { route } from './route.ts';
import { field, id, inCompany } from './wire.ts';

/** Addresses about runs that somebody watches. */
export const FOREGROUND_RUN_ROUTES = {
  'jobQueueEntries.runOnce': route({
    method: 'POST',
    path: '/companies/{company}/jobQueueEntries/{entryId}/actions/runOnce',
    summary: 'Runs the object of an entry once, now, as you, and lets you watch.',
    verbs: ['entry.runOnce'],
    params: z.strictObject({ ...inCompany, entryId: field(id, 'The id of the entry.') }),
    body: z.strictObject({
      connection: field(
        id.optional(),
        'Your connection to /api/v1/live that is asked and told; without one a question is an error.',
      ),
      answers: field(
        z.boolean().optional(),
        'Whether somebody there answers; with false it is only told, and a question is an error. Default: true.',
      ),
    }),
    answer: z.object({ runId: field(id, 'Names the run, and is the correlation id of its session.') }),
    status: 202,
    idempotent: true,
  }),
  'foregroundRuns.get': route({
    method: 'GET',
    path: '/companies/{company}/foregroundRuns/{runId}',
    summary: 'How a run that you have started here stands; for an hour after its end.',
    verbs: ['entry.runOnce'],
    params: z.strictObject({ ...inCompany, runId: field(id, 'The run.') }),
    answer: z
      .object({
        runId: field(id, 'The run.'),
        outcome: field(runOutcome.nullable(), 'How it ended; null: it is under way.'),
      })
      .meta({ id: 'ForegroundRun', description: 'A run that somebody has started to watch it.' }),
  }),
} as const;

/** Their names. */
export type ForegroundRunRouteName = keyof typeof FOREGROUND_RUN_ROUTES;
