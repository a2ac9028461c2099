import { z } from 'zod';
import { LOG_STATUSES } from './job-queue.ts';
import { count, field, instant } from './wire.ts';
import { sessionEvent } from './work.ts';

const neighbour = z
  .object({
    no: field(z.int(), 'The number of the log entry.'),
    entryNo: field(z.int(), 'The number of the entry.'),
    object: field(z.string(), 'What was run.'),
    status: field(z.enum(LOG_STATUSES), 'How it ended, or that it has not.'),
    attempt: field(count, 'Which of the attempts of the entry it was; 0 is the first.'),
    plannedAt: field(instant.nullable(), 'When it was due; null: nothing was planned.'),
    startedAt: field(instant, 'When it started.'),
    endedAt: field(instant.nullable(), 'When it ended; null: it has not.'),
  })
  .meta({ id: 'NeighbouringRun', description: 'Another run, in a few words.' });

const moment = z
  .object({
    at: field(instant, 'When.'),
    kind: field(
      z.enum(['queued', 'due', 'started', 'stopping', 'killed', 'ended', 'next']),
      'What: it was set Ready; it was due; it started; it was told to stop; it was killed; it ended; it runs again.',
    ),
    text: field(z.string(), 'The same as a sentence.'),
  })
  .meta({ id: 'RunMoment', description: 'A moment in the life of a run.' });

const missingRight = z
  .object({
    kind: field(z.string(), 'What kind of right it is.'),
    name: field(z.string(), 'To what.'),
    right: field(z.string(), 'Which right is missing: `run`, `open`, `canSchedule`, or some of RIMD.'),
    sets: field(z.array(z.string()), 'The permission sets each of which gives it.'),
  })
  .meta({ id: 'MissingRunRight', description: 'A right that a codeunit needs and its user lacks.' });

/** What is known about why a run went as it did. */
export const runFacts = z
  .object({
    no: field(z.int(), 'The number of the log entry.'),
    sessionUniqueId: field(z.string(), 'Names the session that ran it, everywhere.'),
    failedBeforeStart: field(
      z.boolean().nullable(),
      'Whether it failed before its codeunit had begun; null: it did not fail, or nobody knows.',
    ),
    entryExists: field(z.boolean(), 'Whether the entry is still there.'),
    stack: field(
      z.array(z.string()),
      'Where in the code the error came from, the innermost first; for whoever may stop runs of others.',
    ),
    moments: field(z.array(moment), 'What happened to it, and when, the earliest first.'),
    attempts: field(
      z.array(neighbour),
      'The attempts that belong together with it, the first in front; at most 50.',
    ),
    sameError: field(
      z.array(neighbour),
      'Other runs that failed by an error of the same kind, the latest first; at most 20.',
    ),
    sameErrorRuns: field(count, 'How many there are; counted up to 10,000.'),
    runAs: field(
      z.object({
        user: field(z.string(), 'As whom it ran.'),
        hindrance: field(
          z.string().nullable(),
          'Why its codeunit could not run as him now; null: nothing stands against it, or its codeunit is not known here.',
        ),
        missing: field(z.array(missingRight), 'The rights that he lacks.'),
      }),
      'The user as whom it ran, and what its codeunit needs.',
    ),
    askedPerson: field(
      z.boolean(),
      'Whether it failed because it asked a person something: in the background nobody answers.',
    ),
    sessionEvents: field(z.array(sessionEvent), 'What happened to its session, the earliest first.'),
    failedItems: field(
      z.array(
        z.object({
          table: field(z.string(), 'The table of work items.'),
          items: field(count, 'How many open items it processed last; at most 1,000.'),
          failed: field(count, 'How many of these have failed.'),
        }),
      ),
      'The open work items that it processed last.',
    ),
  })
  .meta({ id: 'RunFacts', description: 'What is known about why a run went as it did.' });
