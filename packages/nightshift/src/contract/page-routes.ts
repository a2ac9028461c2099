import { z } from 'zod';
import { route } from './route.ts';
import { count, field, inCompany, text } from './wire.ts';

/** Flat text by name: what page background tasks are given, and what they answer. */
const texts = z.record(text(100, 1), z.string());

const run = z
  .object({
    results: field(texts, 'What it answered, as texts.'),
    waitedMs: field(count, 'How long it waited for its turn.'),
    ranMs: field(count, 'How long it ran.'),
  })
  .meta({ id: 'BackgroundTaskRun', description: 'A page background task that was waited for.' });

/** Addresses about pages. */
export const PAGE_ROUTES = {
  'backgroundTasks.run': route({
    method: 'POST',
    path: '/companies/{company}/backgroundTasks/{codeunit}/actions/run',
    summary: 'Runs a page background task, which only reads, without a page, and waits for its result.',
    verbs: ['page.open'],
    params: z.strictObject({
      ...inCompany,
      codeunit: field(text(100, 1), 'The codeunit, by its name; declared with backgroundTask().'),
    }),
    body: z.strictObject({
      parameters: field(texts.optional(), 'What it is given; nothing when left out.'),
      timeoutMs: field(
        z.int().min(1).optional(),
        'How long it may run; more than 10 minutes are cut. 2 minutes when left out.',
      ),
    }),
    answer: run,
  }),
} as const;

/** Their names. */
export type PageRouteName = keyof typeof PAGE_ROUTES;
