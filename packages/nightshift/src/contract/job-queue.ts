import { z } from 'zod';
import { entryStatus } from './job-queue-entry.ts';
import {
  count,
  errorChain,
  field,
  id,
  instant,
  logLine,
  progress,
  rowActions,
  rowWithDetails,
  storedError,
  text,
} from './wire.ts';

/** A codeunit on the wire. */
export const codeunit = z
  .object({
    name: field(z.string(), 'Its name.'),
    id: field(z.int().nullable(), 'Its number; null: it has none.'),
    recordSchema: field(z.unknown(), 'What it is given, as a JSON schema; null: nothing.'),
    isolation: field(z.enum(['main', 'thread', 'process']), 'Where it runs.'),
    tables: field(
      z.record(z.string(), z.string()),
      'The rights to tables that it needs, some of RIMD by table.',
    ),
  })
  .meta({ id: 'Codeunit', description: 'A unit of business code that can be run.' });

export const LOG_STATUSES = [
  'In Process',
  'Success',
  'Error',
  'Skipped',
  'Stopped',
  'Killed',
  'Timeout',
  'Lost',
] as const;

/** A run in a list. */
export const logEntryRow = z
  .object({
    no: field(z.int(), 'The number of the log entry.'),
    entryId: field(id, 'The entry that was run.'),
    entryNo: field(z.int(), 'The number of that entry.'),
    object: field(z.string(), 'The codeunit that was run.'),
    description: field(z.string(), 'What the entry was there for.'),
    parameterString: field(z.string(), 'The text that the codeunit was given.'),
    category: field(z.string().nullable(), 'The category of the entry; null: none.'),
    status: field(z.enum(LOG_STATUSES), 'How the run ended, or that it has not.'),
    user: field(z.string(), 'The user as whom it ran.'),
    trigger: field(
      z.string(),
      'What set it off: the schedule, a person, a program, or the failure of the run before.',
    ),
    attempt: field(count, 'Which of the attempts of the entry it was; 0 is the first.'),
    plannedAt: field(instant.nullable(), 'When it was due; null for a run in the foreground.'),
    startedAt: field(instant, 'When it started.'),
    endedAt: field(instant.nullable(), 'When it ended; null: it has not.'),
    waitMs: field(
      z.number().nullable(),
      'Milliseconds from when it was due to its start; null: nothing was planned.',
    ),
    durationMs: field(z.number().nullable(), 'Milliseconds that it took; null: it has not ended.'),
    note: field(z.string().nullable(), 'Why, where the state does not say it.'),
    error: field(storedError.nullable(), 'The error that ended it; null: none did.'),
    phase: field(z.string().nullable(), 'Where it failed; null when it did not, or nobody knows.'),
    fingerprint: field(z.string().nullable(), 'The same for errors of one kind; null without an error.'),
    itemsDone: field(z.number().nullable(), 'Items that it has reported as done; null: it reported none.'),
    itemsTotal: field(z.number().nullable(), 'How many items there were; null: it did not say.'),
    sessionId: field(z.int(), 'The session that ran it.'),
    instanceName: field(z.string().nullable(), 'The machine of the server instance; null: none.'),
    correlationId: field(z.string().nullable(), 'The same for all that one piece of work has set off.'),
    ...rowActions,
  })
  .meta({ description: 'A run of a job queue entry, as it stands in a list.' });

/** A whole run. */
export const logEntry = z
  .object({
    ...logEntryRow.shape,
    errorChain: field(errorChain.nullable(), 'The error with all that caused it; null: there was none.'),
    lines: field(z.array(logLine), 'The lines of its log.'),
    progress: field(progress.nullable(), 'How far it came, as it last said; null: it said nothing.'),
    parameters: field(z.unknown(), 'The data that the codeunit was given; null: none.'),
    taskId: field(id.nullable(), 'The scheduled task that ran it; null: none did.'),
    codeunitVersion: field(z.string().nullable(), 'The version of the codeunit; null: it has none.'),
    errorMessages: field(count, 'How many errors it has reported beside the one that ended it.'),
    itemCounts: field(
      progress.shape.counts,
      'How the items went that it worked on; null: it worked on none.',
    ),
    instanceEpoch: field(
      z.string().nullable(),
      'Names the server instance and its start; null: none ran it.',
    ),
  })
  .meta({ id: 'JobQueueLogEntry', description: 'The record of one run of a job queue entry.' });

/** Lines of the log of a run, as it goes on. */
export const runLines = z
  .object({
    items: field(z.array(logLine), 'The lines that are new to whoever asks, in their order; at most 250.'),
    next: field(z.string(), 'Give this as `after` to get the lines behind these.'),
    startsOver: field(
      z.boolean(),
      'These are the first lines of the log: those that you have seen are of an attempt before.',
    ),
    hasMore: field(z.boolean(), 'Whether there are more lines already.'),
    state: field(
      z.enum(['running', 'silent', 'ended']),
      'Ended: no more lines come than there are. Silent: its server instance does not answer now.',
    ),
    progress: field(progress.nullable(), 'How far it has come, as it last said; null: it said nothing.'),
  })
  .meta({ id: 'RunLines', description: 'Lines of the log of a run, as it goes on.' });

/** A run in a list that was asked for details or not. */
export const logEntryInList = rowWithDetails(logEntryRow, logEntry).meta({
  id: 'JobQueueLogEntryRow',
  description: 'A run in a list; with `details=true` all of it.',
});

/** An error that a run has reported. */
export const errorMessage = z
  .object({
    no: field(z.int(), 'Its place among those of the run, from 1.'),
    at: field(instant, 'When it was reported.'),
    codeunit: field(z.string(), 'The codeunit that reported it.'),
    code: field(z.string().nullable(), 'The code of the error; null when it had none.'),
    text: field(z.string(), 'What is wrong, for people.'),
    context: field(
      z
        .object({
          table: field(z.string(), 'The table of the row.'),
          key: field(z.unknown(), 'Its key; null: the table as a whole.'),
        })
        .nullable(),
      'The row that it is about; null: none.',
    ),
    field: field(z.string().nullable(), 'The field that it is about; null: none.'),
    details: field(z.unknown(), 'Facts beside the text; null: none.'),
  })
  .meta({ id: 'ErrorMessage', description: 'An error that a run has reported and did not end by.' });

const categoryFields = {
  code: field(text(20, 1), 'By this entries name it, 1 to 20 characters.'),
  description: field(text(100), 'What it is there for.'),
  parallelism: field(z.int().min(1).max(100), 'How many of its entries may run at a time.'),
};

/** A category on the wire. */
export const category = z
  .object({
    ...categoryFields,
    entries: field(count, 'How many entries name it.'),
    held: field(count, 'How many of them run, or are about to.'),
    waiting: field(count, 'How many of them wait for others to end.'),
    version: field(z.int(), 'Grows with every change.'),
    ...rowActions,
  })
  .meta({ id: 'Category', description: 'Of the entries of a category only so many run at a time.' });

/** What a category is created with. */
export const newCategory = z
  .strictObject(categoryFields)
  .partial({ description: true, parallelism: true })
  .meta({
    id: 'NewCategory',
    description: 'A category to be created; one entry at a time when nothing is said.',
  });

/** What of a category changes. */
export const categoryChanges = z
  .strictObject(categoryFields)
  .partial()
  .meta({ id: 'CategoryChanges', description: 'What of a category is to become different.' });

/** A request for approval on the wire. */
export const approval = z
  .object({
    id: field(id, 'Names the request.'),
    entryId: field(id, 'The entry that is to be set Ready.'),
    entryNo: field(z.int(), 'The number of that entry.'),
    object: field(z.string(), 'What it runs.'),
    description: field(z.string(), 'What it is there for.'),
    parameterString: field(z.string(), 'The text that its codeunit is given.'),
    entryStatus: field(entryStatus, 'The state of the entry now.'),
    requestedBy: field(z.string(), 'Who asks.'),
    requestedAt: field(instant, 'Since when.'),
    comment: field(z.string(), 'Why.'),
    askedUser: field(z.string().nullable(), 'As whom it is to run; null: as whoever approves.'),
    status: field(z.enum(['Open', 'Approved', 'Rejected', 'Withdrawn']), 'What became of the request.'),
    decidedBy: field(z.string().nullable(), 'Who decided; null: nobody has.'),
    decidedAt: field(instant.nullable(), 'When.'),
    decisionComment: field(z.string().nullable(), 'Why so; null: nothing was said.'),
    ...rowActions,
  })
  .meta({
    id: 'Approval',
    description: 'That somebody asks for an entry to be set Ready who may not do that himself.',
  });
