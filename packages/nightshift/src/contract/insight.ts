import { z } from 'zod';
import { newEntry } from './job-queue-entry.ts';
import { count, field, givenInstant, id, instant, text } from './wire.ts';

/** How the job queue of a company stands, in a few numbers. */
export const cues = z
  .object({
    failed: field(count, 'Entries in Error.'),
    inProcess: field(count, 'Entries that run.'),
    inQueue: field(count, 'Entries that are Ready or Waiting.'),
    onHold: field(count, 'Entries that are On Hold.'),
    overdue: field(count, 'Entries that should have run and did not; at most 1,000.'),
    waitingForApproval: field(
      count,
      'Requests for approval that are open: all, or yours and those that ask you.',
    ),
    failedItems: field(
      count.nullable(),
      'Failed work items, of each table at most 10,001; null: you may not see work items.',
    ),
  })
  .meta({ id: 'Cues', description: 'How the job queue of a company stands: of all, or of what is yours.' });

/** Failed runs of one kind. */
export const runErrorGroup = z
  .object({
    fingerprint: field(z.string(), 'The same for errors of one kind.'),
    code: field(z.string().nullable(), 'The code of the last error; null: it has none.'),
    message: field(z.string(), 'The text of the last error.'),
    object: field(z.string(), 'The codeunit that the last one ran.'),
    runs: field(count, 'How many runs failed so.'),
    entries: field(count, 'How many entries failed so.'),
    stopped: field(count, 'How many of these entries are in Error now.'),
    firstAt: field(instant, 'When the first of these runs started.'),
    lastAt: field(instant, 'When the last one started.'),
    lastNo: field(z.int(), 'The log entry of the last one.'),
  })
  .meta({ id: 'RunErrorGroup', description: 'Failed runs by what went wrong.' });

const plannedRun = z
  .object({
    at: field(instant, 'When the run is due.'),
    scheduleTime: field(z.string(), 'The same as the clocks of the time zone of the schedule show it.'),
    viewerTime: field(z.string(), 'The same as the clocks of the time zone of whoever asks show it.'),
    note: field(z.string().nullable(), 'What daylight saving or the window did to it; null: nothing.'),
  })
  .meta({ id: 'PlannedRun', description: 'A run that a schedule leads to.' });

const scheduleShape = newEntry.pick({
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
  startingTime: true,
  endingTime: true,
  minutesBetweenRuns: true,
  nextRunDateFormula: true,
  cron: true,
  intervalFrom: true,
  timeZone: true,
}).shape;

/** A run that an entry is planned for. */
export const plannedEntryRun = z
  .object({
    entryId: field(id, 'The id of the entry.'),
    entryNo: field(z.int(), 'Its number.'),
    at: field(instant, 'When the run is due.'),
    note: field(z.string().nullable(), 'What daylight saving or the window did to it; null: nothing.'),
  })
  .meta({ id: 'PlannedEntryRun', description: 'A run that an entry is planned for.' });

/** What is kept how long. */
export const retention = z
  .object({
    logEntryDays: field(
      count,
      'Days that log entries and Finished entries are kept, of entries that say nothing else.',
    ),
    ownDaysEntries: field(count, 'Entries that say themselves how long theirs is kept.'),
    failedTaskDays: field(count, 'Days that failed tasks are kept.'),
    backgroundSessionEventDays: field(count, 'Days that events of background sessions are kept.'),
    sessionEventDays: field(count, 'Days that events of all other sessions are kept.'),
    documentDays: field(count, 'Days that documents are kept in the report inbox.'),
    preview: field(
      z.object({
        days: field(count, 'The days that this is for.'),
        logEntries: field(count, 'Log entries that are older; at most 10,001.'),
        finishedEntries: field(count, 'Finished entries that are older; at most 10,001.'),
      }),
      'What would be removed; nothing is.',
    ),
  })
  .meta({ id: 'Retention', description: 'What is kept how long, and what would be removed.' });

/** A schedule that somebody is filling in. */
export const scheduleWish = z
  .strictObject({
    ...scheduleShape,
    earliestStart: field(
      givenInstant.nullable().optional(),
      'Not before this instant; null or left out: at once.',
    ),
    count: field(z.int().min(1).max(100).optional(), 'How many runs; 5 when left out.'),
    viewerTimeZone: field(
      text(100, 1).optional(),
      'The IANA time zone of whoever looks; yours when left out.',
    ),
  })
  .meta({ id: 'ScheduleWish', description: 'A schedule that somebody is filling in; nothing is saved.' });

/** What a schedule leads to. */
export const schedulePlan = z
  .object({
    sentence: field(z.string(), 'When it runs, as a sentence.'),
    timeZone: field(z.string(), 'The IANA time zone of the schedule.'),
    viewerTimeZone: field(z.string(), 'The IANA time zone of whoever looks.'),
    isRecurring: field(z.boolean(), 'Whether it runs again after a run.'),
    runs: field(
      z.array(plannedRun),
      'The first run, were it set Ready now, and those after it, were each to end as it starts.',
    ),
    warnings: field(z.array(z.string()), 'What makes little sense about it.'),
  })
  .meta({ id: 'SchedulePlan', description: 'What a schedule leads to.' });

/** What would come of setting an entry Ready. */
export const readyRehearsal = z
  .object({
    allowed: field(z.boolean(), 'Whether it would be let through.'),
    reason: field(z.string().nullable(), 'Why not; null: it would.'),
    runAs: field(z.string(), 'As whom it would run: you.'),
    ranAs: field(z.string(), 'As whom it runs now.'),
    eligibleFrom: field(instant, 'Not before this: then it may run.'),
    ahead: field(count, 'Tasks that are due by then and wait for a place; at most 10,001.'),
    aheadInCategory: field(count, 'Entries of its category that wait.'),
    usualWaitMs: field(
      z.number().nullable(),
      'Milliseconds by which runs of this company usually begin late; null: there were none.',
    ),
    warnings: field(z.array(z.string()), 'What makes little sense about when it runs.'),
  })
  .meta({ id: 'ReadyRehearsal', description: 'What would come of setting an entry Ready.' });

const healthInstance = z
  .object({
    place: field(z.int(), 'Its number among the server instances.'),
    host: field(z.string(), 'The machine.'),
    processId: field(z.int(), 'The process.'),
    version: field(z.string(), 'Its release.'),
    state: field(
      z.enum(['running', 'idle', 'held', 'blocked', 'outdated', 'silent']),
      'Running; idle: it runs no tasks; held: until somebody releases it; blocked: its main thread is; outdated: the database is newer; silent: it does not beat any more.',
    ),
    reason: field(z.string().nullable(), 'Why; null: nothing is to be said.'),
    startedAt: field(instant, 'Since when.'),
    beatAgeMs: field(count, 'Milliseconds since its last beat.'),
    claimedTasks: field(count, 'Tasks that it has claimed.'),
    sessions: field(count, 'Sessions that it runs, as far as they are listed.'),
    codeunits: field(count, 'How many codeunits its application has.'),
  })
  .meta({ id: 'HealthInstance', description: 'A server instance that has not ended.' });

/** How everything stands. */
export const health = z
  .object({
    at: field(instant, 'When it was looked at.'),
    environment: field(z.string().nullable(), 'What the database is called; null: nobody has said.'),
    unapproved: field(z.string().nullable(), 'Why instances that start are held; null: they are not.'),
    instances: field(z.array(healthInstance), 'The server instances.'),
    queue: field(
      z.object({
        due: field(count, 'Tasks that are due and that nobody has claimed; at most 10,001.'),
        lagMs: field(z.number().nullable(), 'Milliseconds that the oldest of these is due; null: none is.'),
        planned: field(count, 'Tasks that are not due yet; at most 10,001.'),
        claimed: field(count, 'Tasks that run, or are about to.'),
        failed: field(count, 'Tasks that have failed for good.'),
      }),
      'What waits.',
    ),
    database: field(
      z.object({
        version: field(z.string(), 'The release of PostgreSQL.'),
        sizeBytes: field(z.number(), 'How large the database is.'),
        connectionsMax: field(count, 'Connections that there may be.'),
        connectionsOurs: field(count, 'Those of Nightshift.'),
        connectionsOthers: field(count, 'Those of everybody else.'),
        longTransactions: field(count, 'Transactions that have been open for more than a minute.'),
        clockAheadMs: field(z.number(), 'Milliseconds that its clock is ahead of that of the server.'),
      }),
      'The database.',
    ),
    limits: field(
      z.object({
        concurrentTasks: field(count, 'Tasks that one instance runs at a time.'),
        concurrentTasksPerUser: field(count, 'Of these, as one user; 0: no limit.'),
        tasksStartedPerSecond: field(count, 'Tasks that one instance starts in a second; 0: no limit.'),
      }),
      'What this server lets run at a time.',
    ),
  })
  .meta({ id: 'Health', description: 'How the server instances, the queue and the database stand.' });

/** What was found when everything was examined. */
export const finding = z
  .object({
    level: field(z.enum(['ok', 'warning', 'error']), 'How bad it is.'),
    topic: field(z.string(), 'What it is about.'),
    message: field(z.string(), 'What was found.'),
    help: field(z.string().nullable(), 'What to do about it; null: nothing.'),
  })
  .meta({ id: 'Finding', description: 'What was found when the environment was examined.' });
