import { z } from 'zod';
import { ENTRY_OUTPUT_TYPES } from './report-output-type.ts';
import {
  allowedAction,
  count,
  errorChain,
  field,
  givenInstant,
  id,
  instant,
  rowWithDetails,
  storedError,
  text,
} from './wire.ts';

const STATUSES = [
  'On Hold',
  'Ready',
  'In Process',
  'Waiting',
  'On Hold with Inactivity Timeout',
  'Error',
  'Finished',
] as const;

/** The states of an entry on the wire. */
export const entryStatus = z
  .enum(STATUSES)
  .meta({ id: 'JobQueueEntryStatus', description: 'The state of an entry.' });
export const ENTRY_STATUSES = STATUSES;

const PRIORITIES = ['High', 'Normal', 'Low'] as const;
export const entryPriority = z
  .enum(PRIORITIES)
  .meta({ description: 'Which entry of a category comes first, the most urgent first.' });

const DAY_MS = 86_400_000;
const timeOfDay = z.string().regex(/^\d\d:\d\d(:\d\d)?$/, 'is a time of day such as 06:30');
const weekday = (name: string) => field(z.boolean(), `Whether it runs on ${name}.`);

/** When an entry runs; each part as people fill it in. */
const scheduleFields = {
  runOnMondays: weekday('Mondays'),
  runOnTuesdays: weekday('Tuesdays'),
  runOnWednesdays: weekday('Wednesdays'),
  runOnThursdays: weekday('Thursdays'),
  runOnFridays: weekday('Fridays'),
  runOnSaturdays: weekday('Saturdays'),
  runOnSundays: weekday('Sundays'),
  startingTime: field(timeOfDay.nullable(), 'Not earlier in the day than this; null: no limit.'),
  endingTime: field(timeOfDay.nullable(), 'Not later in the day than this; null: no limit.'),
  minutesBetweenRuns: field(
    z.int().min(0).max(5_256_000),
    'Minutes from one run to the next; 0: one run a day.',
  ),
  nextRunDateFormula: field(
    text(100).nullable(),
    'The day of the next run as a date formula such as 1M+CM, instead of weekdays and minutes; null: none.',
  ),
  cron: field(
    text(200).nullable(),
    'A cron pattern instead of all others that say when it runs; null: none.',
  ),
  intervalFrom: field(
    z.enum(['starting-time', 'end-of-run']),
    'From where the minutes count: on a grid that begins at the starting time, or from the end of the last run.',
  ),
  timeZone: field(text(100, 1), 'The IANA time zone that all times of day are meant in.'),
};

/** A row that a run is about. */
const recordToProcess = z.strictObject({
  table: field(text(63, 1), 'The table in the schema of the company.'),
  key: field(
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    'The columns of the key of the row, by name.',
  ),
});

/** What people fill in of an entry besides its schedule. */
const configured = {
  object: field(text(100, 1), 'The name of the codeunit or report that it runs.'),
  parameterString: field(text(250), 'A text that the codeunit is given, for simple routing.'),
  parameters: field(z.unknown(), 'Data that the codeunit is given, by its own schema; null: none.'),
  reportOutputType: field(
    z.enum(ENTRY_OUTPUT_TYPES).nullable(),
    'What its report yields; `None`: it only runs. Null: it runs a codeunit; of a new one, what the report yields first.',
  ),
  recordToProcess: field(
    recordToProcess.nullable(),
    'The row of the application that the run is about; null: none.',
  ),
  description: field(text(250), 'What it is there for.'),
  maximumAttempts: field(
    z.int().min(0).max(10),
    'How often it is run again by itself after a run that failed.',
  ),
  rerunDelaySeconds: field(z.int().min(0).max(3_600), 'Seconds before each of these.'),
  timeoutMs: field(
    z
      .int()
      .min(1)
      .max(2 * DAY_MS),
    'Milliseconds that a run may take, at most 48 hours.',
  ),
  inactivityTimeoutMinutes: field(
    z.int().min(5).max(525_600),
    'Minutes that it rests after a run that found nothing to do.',
  ),
  manualRecurrence: field(z.boolean(), 'Whether its codeunit plans the next run itself.'),
  category: field(
    text(20, 1).nullable(),
    'Of one category only so many entries run at a time as the category says; null: none.',
  ),
  priority: entryPriority,
  notifyOnSuccess: field(z.boolean(), 'Whether its owner is told of good runs, too.'),
  expectedDurationMs: field(
    z
      .int()
      .min(1)
      .max(2 * DAY_MS)
      .nullable(),
    'Milliseconds after which a run is told of as too long; null: three times the median.',
  ),
  keepLogDays: field(
    z.int().min(1).max(3_650).nullable(),
    'Days that its log entries are kept; null: as long as those of others.',
  ),
  tags: field(z.array(text(50, 1)).max(20), 'Words by which it is found.'),
  missedRuns: field(
    z.enum(['skip', 'run-once']),
    'What becomes of runs that did not happen in time: none of them, or one for all.',
  ),
  afterFinalError: field(
    z.enum(['stop', 'continue-schedule']),
    'What becomes of a recurring entry whose last attempt failed: it stops in Error, or keeps its schedule.',
  ),
};

/** An entry in a list: without what may be long. */
export const entryRow = z
  .object({
    id: field(id, 'Names the entry in addresses.'),
    entryNo: field(z.int(), 'The number by which people name it.'),
    object: configured.object,
    description: configured.description,
    parameterString: configured.parameterString,
    status: entryStatus,
    statusSince: field(instant, 'Since when it has its status.'),
    category: configured.category,
    priority: entryPriority,
    tags: configured.tags,
    isRecurring: field(z.boolean(), 'Whether it runs again after a run.'),
    schedule: field(z.string(), 'When it runs, as a sentence.'),
    earliestStart: field(instant.nullable(), 'Not before this: when it runs next; null: at once.'),
    expiration: field(instant.nullable(), 'Not after this; null: it never expires.'),
    attempts: field(count, 'How many of its attempts are used.'),
    maximumAttempts: configured.maximumAttempts,
    runAs: field(z.string(), 'The user as whom it runs: who set it Ready.'),
    runAsGone: field(
      z.boolean(),
      'Whether that user is disabled or no longer valid, so that it does not run.',
    ),
    createdBy: field(z.string(), 'Who created it.'),
    error: field(storedError.nullable(), 'The error of the last run that failed; null after a good one.'),
    note: field(z.string().nullable(), 'Why it stands as it does, where the status does not say it.'),
    sessionId: field(z.int().nullable(), 'The session of the run that is under way; null: none is.'),
    sessionStartedAt: field(instant.nullable(), 'Since when that session runs.'),
    version: field(z.int(), 'Grows with every change by a person; never by a run.'),
    objectType: field(z.enum(['codeunit', 'report']), 'What kind of object it runs.'),
    allowedActions: field(z.array(allowedAction), 'What whoever asked may do with it now, and why not.'),
  })
  .meta({ description: 'A job queue entry as it stands in a list.' });

/** A whole entry. */
export const entry = z
  .object({
    ...entryRow.shape,
    ...configured,
    scheduleFields: field(z.object(scheduleFields), 'When it runs, as it is filled in.'),
    lastReadyState: field(instant.nullable(), 'When it was set Ready last.'),
    taskId: field(id.nullable(), 'The scheduled task that will run it, or runs it.'),
    waitingSince: field(instant.nullable(), 'Since when it waits in its category; null: it does not.'),
    declaredName: field(
      z.string().nullable(),
      'Under which name an application declares it; null: people made it.',
    ),
    categorySlot: field(
      z.int().nullable(),
      'Which place of its category it holds while it runs; null: none.',
    ),
    runAsState: field(
      z.enum(['enabled', 'disabled', 'expired']),
      'Whether the user as whom it runs may act, and why not.',
    ),
    errorChain: field(
      errorChain.nullable(),
      'The error of the last run that failed with all that caused it; null after a good one.',
    ),
  })
  .meta({
    id: 'JobQueueEntry',
    description: 'A standing order to run a codeunit or a report, once or recurring.',
  });

/** An entry in a list that was asked for details or not. */
export const entryInList = rowWithDetails(entryRow, entry).meta({
  id: 'JobQueueEntryRow',
  description: 'A job queue entry in a list; with `details=true` all of it.',
});

const plannable = {
  earliestStart: field(givenInstant.nullable(), 'Not before this instant; null: at once.'),
  expiration: field(givenInstant.nullable(), 'Not after this instant; null: never expires.'),
};

const everyField = z.strictObject({ ...configured, ...scheduleFields, ...plannable });

/** What it takes to create an entry: what is left out has its default. */
export const newEntry = everyField
  .partial()
  .required({ object: true })
  .meta({ id: 'NewJobQueueEntry', description: 'A job queue entry to be created, On Hold.' });

/** What of an entry is to become different: what is left out stays. */
export const entryChanges = everyField
  .partial()
  .meta({ id: 'JobQueueEntryChanges', description: 'What of an entry is to become different.' });

const declarationFields = {
  application: field(z.string(), 'The application whose code declares it.'),
  name: field(z.string(), 'Its name in that code.'),
  isDeclared: field(z.boolean(), 'Whether the application that runs now still declares it.'),
  changedByPeople: field(z.array(z.string()), 'Fields that people have changed since.'),
  changedInCode: field(z.array(z.string()), 'Fields of which the code says something else by now.'),
};

/** How an entry stands to the code that declares it. */
export const entryDeclaration = z
  .object(declarationFields)
  .meta({ id: 'EntryDeclaration', description: 'How an entry stands to the code that declares it.' });

/** The same in a list of all entries that code declares. */
export const listedDeclaration = z
  .object({
    entryId: field(id, 'The entry.'),
    entryNo: field(z.int(), 'Its number.'),
    ...declarationFields,
  })
  .meta({
    id: 'ListedDeclaration',
    description: 'How one entry of many stands to the code that declares it.',
  });

/** An entry that does not run as it should. */
export const watchCase = z
  .object({
    kind: field(
      z.enum(['overdue', 'overrun', 'nothing-ran']),
      'Whether it should have run and did not, runs for too long, or nothing runs at all.',
    ),
    company: field(z.string(), 'The company.'),
    entryId: field(id, 'The entry; when nothing runs, the one that has been due for longest.'),
    entryNo: field(z.int(), 'Its number.'),
    object: field(z.string(), 'The codeunit that it runs.'),
    status: entryStatus,
    since: field(instant, 'When it was to start, or began to run.'),
    byMs: field(z.number(), 'Milliseconds beyond what was to be expected.'),
  })
  .meta({ id: 'WatchCase', description: 'That an entry does not run as it should.' });
