import { z } from 'zod';
import { field, instant } from './wire.ts';

/** What is known about why an entry does not run. */
export const entryExplanation = z
  .object({
    sentence: field(z.string(), 'Why it is not running, in one sentence.'),
    facts: field(
      z.array(
        z.object({
          kind: field(z.string(), 'What the fact is about, for programs.'),
          text: field(z.string(), 'The fact, for people.'),
        }),
      ),
      'What is known, the most telling first.',
    ),
  })
  .meta({ id: 'EntryExplanation', description: 'Why an entry is not running.' });

/** The runs that a schedule leads to. */
export const schedulePreview = z
  .object({
    sentence: field(z.string(), 'When it runs, as a sentence.'),
    runs: field(
      z.array(
        z.object({
          at: field(instant, 'When the run is due.'),
          note: field(z.string().nullable(), 'What daylight saving or the window did to it.'),
        }),
      ),
      'The next runs, were each to end as it starts.',
    ),
    warnings: field(z.array(z.string()), 'What makes little sense about it.'),
  })
  .meta({ id: 'SchedulePreview', description: 'When an entry would run.' });
