import { z } from 'zod';
import {
  count,
  errorChain,
  field,
  id,
  instant,
  logLine,
  progress,
  rowActions,
  runningInstance,
  storedError,
} from './wire.ts';

export const TASK_STATES = ['Not Ready', 'Pending', 'Running', 'Retrying', 'Failed', 'Poison'] as const;

/** The entry that something runs, as much of it as names it. */
const entryBehind = z
  .object({
    id: field(id, 'Names the entry.'),
    entryNo: field(z.int(), 'Its number.'),
    description: field(z.string(), 'What it is there for.'),
    object: field(z.string(), 'The codeunit that it runs.'),
  })
  .nullable();

/** A scheduled task in a list. */
export const taskRow = z
  .object({
    id: field(id, 'Names the task.'),
    state: field(z.enum(TASK_STATES), 'Where it stands.'),
    codeunit: field(z.string(), 'The codeunit that it runs.'),
    failureCodeunit: field(
      z.string().nullable(),
      'The codeunit that runs when that fails for good; null: none.',
    ),
    failing: field(z.boolean(), 'Whether that is what runs next.'),
    user: field(z.string().nullable(), 'As whom it runs; null: he is no more.'),
    userGone: field(z.boolean(), 'Whether that user is disabled or no longer valid.'),
    reassignedBy: field(
      z.string().nullable(),
      'Who has given it to its user, who has not agreed yet; null: nobody.',
    ),
    due: field(instant, 'Not before this; of a failed one, when it was due.'),
    attempt: field(count, 'Retries so far.'),
    losses: field(count, 'Server instances that died holding it.'),
    error: field(storedError.nullable(), 'The error of its last run; null: none.'),
    idempotencyKey: field(z.string().nullable(), 'The key under which it was created; null: none.'),
    correlationId: field(z.string().nullable(), 'The same for all that one piece of work has set off.'),
    createdAt: field(instant, 'When it was created.'),
    failedAt: field(instant.nullable(), 'When it failed for good; null: it has not.'),
    instance: field(runningInstance.nullable(), 'The server instance that has claimed it; null: none has.'),
    entry: field(entryBehind, 'The job queue entry that it runs; null: none, or not one for you to see.'),
    ...rowActions,
  })
  .meta({ id: 'ScheduledTaskRow', description: 'A scheduled task as it stands in a list.' });

/** A whole scheduled task. */
export const task = z
  .object({
    ...taskRow.shape,
    why: field(z.string(), 'Why it is not running, in one sentence.'),
    record: field(z.unknown(), 'What its codeunit is given, or the key of a row; null: nothing.'),
    recordTable: field(z.string().nullable(), 'The table of that row; null: it is given a value.'),
    timeoutMs: field(z.number().nullable(), 'Milliseconds that it may take; null: nobody knows any more.'),
    errorChain: field(
      errorChain.nullable(),
      'The error of its last run with all that caused it; null: none.',
    ),
    lines: field(z.array(logLine), 'What that run has logged.'),
    progress: field(z.unknown(), 'How far that run came, as it last said; null: it said nothing.'),
    suspect: field(count, 'Runs of it that took their server instance with them.'),
    language: field(z.string().nullable(), 'In which language it runs, BCP 47; null: he is no more.'),
    timeZone: field(z.string().nullable(), 'In which time zone, IANA; null: he is no more.'),
  })
  .meta({ id: 'ScheduledTask', description: 'An order to run a codeunit once, not before a time.' });

export const CLIENT_TYPES = ['web', 'api', 'background', 'child', 'management'] as const;

const sessionFields = {
  id: field(z.int(), 'Its number on its server instance.'),
  uniqueId: field(z.string(), 'Names it everywhere, for ever.'),
  clientType: field(z.enum(CLIENT_TYPES), 'What kind of session it is.'),
  origin: field(z.string(), 'What began it: a task, the job queue, StartSession, or somebody.'),
  user: field(z.string().nullable(), 'As whom it ran; null: he is no more.'),
  company: field(z.string().nullable(), 'Where; null: the company is no more.'),
  codeunit: field(z.string(), 'What it runs.'),
  isolation: field(z.enum(['main', 'thread', 'process']), 'Where in its process it runs.'),
  parentUniqueId: field(z.string().nullable(), 'The session that started it; null: none did.'),
  correlationId: field(z.string(), 'The same for all that one piece of work has set off.'),
  instance: field(runningInstance.nullable(), 'The server instance; null: it is no longer known.'),
  startedAt: field(instant, 'Since when it runs, or ran.'),
  stoppingAt: field(instant.nullable(), 'When it was told to stop; null: never.'),
  killedAt: field(instant.nullable(), 'When it was killed since it did not stop; null: never.'),
  comment: field(z.string().nullable(), 'Why it was stopped, or the text of its error; null: nothing.'),
};

/** A session that runs. */
export const session = z
  .object({
    ...sessionFields,
    state: field(z.enum(['Queued', 'Running', 'Stopping', 'Lingering']), 'Where it stands.'),
    entry: field(entryBehind, 'The job queue entry that it runs; null: none, or not one for you to see.'),
    ...rowActions,
  })
  .meta({ id: 'Session', description: 'A run of code that is under way, on any server instance.' });

/** A session that was started. */
export const startedSession = z
  .object({
    id: field(z.int(), 'Its number; used again when it has ended.'),
    uniqueId: field(id, 'Its unique id, by which its events are found.'),
  })
  .meta({ id: 'StartedSession', description: 'A session that was started, or waits for a place.' });

export const EVENT_TYPES = [
  'Logon',
  'Logoff',
  'Start',
  'Stop',
  'Close',
  'Error',
  'Timeout',
  'Stopped',
  'Killed',
  'Lost',
] as const;

/** Something that happened to a session. */
export const sessionEvent = z
  .object({
    ...sessionFields,
    eventId: field(z.string(), 'Names the event.'),
    at: field(instant, 'When it happened.'),
    type: field(z.enum(EVENT_TYPES), 'What happened.'),
    error: field(errorChain.nullable(), 'The error that ended it; null: none did.'),
    lines: field(z.array(logLine), 'What it has logged.'),
    progress: field(progress.nullable(), 'How far it came, as it last said; null: it said nothing.'),
  })
  .meta({ id: 'SessionEvent', description: 'That a session began, ended, failed or was stopped.' });

/** The server instances of a database. */
export const environment = z
  .object({
    name: field(
      z.string().nullable(),
      'What the database is called; null until a server instance has started.',
    ),
    unapproved: field(
      z.string().nullable(),
      'Why server instances are held that start here; null: they are not.',
    ),
    dueTasks: field(count, 'Tasks that are due and wait for an instance.'),
    readyEntries: field(count, 'Job queue entries that are Ready.'),
    instances: field(
      z.array(
        runningInstance.extend({
          environment: field(z.string().nullable(), 'What it is configured for; null as it starts.'),
          runsTasks: field(z.boolean(), 'Whether it runs tasks.'),
          held: field(
            z.string().nullable(),
            'Why it runs none until somebody releases it; null: it is not held.',
          ),
        }),
      ),
      'The server instances that live.',
    ),
  })
  .meta({ id: 'Environment', description: 'What the database is called, and who works on it.' });
