import { z } from 'zod';
import { LOG_STATUSES } from './job-queue.ts';
import { ENTRY_STATUSES, entryPriority } from './job-queue-entry.ts';
import type { Verb } from './permissions.ts';
import { count, field, givenInstant, id, instant, text } from './wire.ts';
import { TASK_STATES } from './work.ts';
import { ITEM_STATUSES } from './work-item.ts';

/** What can be done to many, by what it is done to: the action, and its verb. */
export const BULK_ACTIONS = Object.freeze({
  jobQueueEntries: {
    setReady: 'entry.setReady',
    setOnHold: 'entry.setOnHold',
    restart: 'entry.restart',
    runNow: 'entry.runNow',
    wake: 'entry.wake',
    stopRun: 'entry.stopRun',
    delete: 'entry.delete',
    setPriority: 'entry.setPriority',
    reassign: 'entry.reassign',
  },
  jobQueueLogEntries: { retry: 'entry.restart' },
  scheduledTasks: {
    setReady: 'task.setReady',
    cancel: 'task.cancel',
    rerun: 'task.rerunFailed',
    delete: 'task.deleteFailed',
    reassign: 'task.reassign',
  },
  workItems: { retry: 'item.retry', skip: 'item.skip', resolve: 'item.resolve', assign: 'item.assign' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Verb>>>>);

/** What something can be done to. */
export type BulkTarget = keyof typeof BULK_ACTIONS;

const TARGETS = Object.keys(BULK_ACTIONS) as [BulkTarget, ...BulkTarget[]];
const ACTIONS = [...new Set(Object.values(BULK_ACTIONS).flatMap((actions) => Object.keys(actions)))] as [
  string,
  ...string[],
];

/** Most rows of one operation. */
export const BULK_ROWS_MAX = 10_000;
const STATUSES = [...new Set([...ENTRY_STATUSES, ...LOG_STATUSES, ...TASK_STATES, ...ITEM_STATUSES])] as [
  string,
  ...string[],
];

const selection = z
  .strictObject({
    ids: field(
      z.array(text(50, 1)).min(1).max(BULK_ROWS_MAX).optional(),
      'The ids of the rows, as in their list; of log entries and work items their numbers.',
    ),
    filter: field(
      z
        .strictObject({
          status: field(z.array(z.enum(STATUSES)).min(1).max(20).optional(), 'Only rows in these states.'),
          object: field(text(100, 1).optional(), 'Entries and log entries: only those of this codeunit.'),
          category: field(text(20, 1).optional(), 'Entries: only those of this category.'),
          runAs: field(text(200, 1).optional(), 'Entries: only those that run as this user.'),
          tag: field(text(50, 1).optional(), 'Entries: only those with this tag.'),
          q: field(text(250, 1).optional(), 'Entries: only those that contain this.'),
          userGone: field(z.boolean().optional(), 'Entries and tasks: only those whose user is gone.'),
          fingerprint: field(text(100, 1).optional(), 'Log entries and work items: only this kind of error.'),
          startedFrom: field(givenInstant.optional(), 'Log entries: only those that started then or later.'),
          startedTo: field(givenInstant.optional(), 'Log entries: only those that started before.'),
          assignedTo: field(text(200, 1).optional(), 'Work items: only those that this user looks after.'),
          unassigned: field(z.boolean().optional(), 'Work items: only those that nobody looks after.'),
        })
        .optional(),
      'Instead: all rows that fit, as in their list.',
    ),
  })
  .meta({ id: 'BulkSelection', description: 'Which rows are meant: these, or all that fit.' });

const wished = {
  target: field(z.enum(TARGETS), 'What it is done to.'),
  items: field(text(40, 1).optional(), 'The table of work items, when it is done to these.'),
  action: field(z.enum(ACTIONS), 'What is done, as the action of a row is called.'),
  selection,
  arguments: field(
    z
      .strictObject({
        priority: field(entryPriority.optional(), 'The new priority.'),
        user: field(text(200, 1).nullable().optional(), 'To whom it is given; null: to nobody.'),
        comment: field(text(1_000).optional(), 'Why.'),
        reason: field(text(1_000, 1).optional(), 'Why items are skipped.'),
        note: field(text(1_000, 1).optional(), 'How items were resolved.'),
      })
      .optional(),
    'What the action takes.',
  ),
};

/** What is to be tried out. */
export const bulkWish = z
  .strictObject(wished)
  .meta({ id: 'BulkWish', description: 'What would be done to many.' });

/** What is to be done. */
export const newBulkOperation = z
  .strictObject({
    ...wished,
    expected: field(
      count.max(BULK_ROWS_MAX).optional(),
      'How many rows you were shown; when others fit by now, nothing is done.',
    ),
  })
  .meta({ id: 'NewBulkOperation', description: 'What is to be done to many.' });

/** What would come of it. */
export const bulkPreview = z
  .object({
    total: field(count, 'How many rows are meant.'),
    allowed: field(count, 'To how many of them it would be done.'),
    reasons: field(
      z.array(z.object({ reason: field(z.string(), 'Why not.'), rows: field(count, 'To how many.') })),
      'Why it would not be done to the others, the most frequent reason first; at most 20.',
    ),
    rows: field(
      z.array(
        z.object({
          id: field(z.string(), 'The id of the row.'),
          name: field(z.string(), 'What people call it.'),
          allowed: field(z.boolean(), 'Whether it would be done to it.'),
          reason: field(z.string().nullable(), 'Why not; null: it would.'),
        }),
      ),
      'The first 500 rows.',
    ),
  })
  .meta({ id: 'BulkPreview', description: 'What would come of doing something to many.' });

/** What is, or was, done to many. */
export const bulkOperation = z
  .object({
    id: field(id, 'Names it.'),
    user: field(z.string(), 'Who does it.'),
    target: field(z.enum(TARGETS), 'What it is done to.'),
    items: field(z.string().nullable(), 'The table of work items; null: it is done to something else.'),
    action: field(z.string(), 'What is done.'),
    arguments: field(z.record(z.string(), z.unknown()), 'What the action takes.'),
    status: field(
      z.enum(['Running', 'Aborting', 'Done', 'Aborted']),
      'Where it stands. What the end of a server has cut off is gone on with by another.',
    ),
    total: field(count, 'How many rows are meant.'),
    done: field(count, 'To how many it was done.'),
    refused: field(count, 'To how many it was not.'),
    unknown: field(count, 'Of how many nobody knows, because a server ended meanwhile.'),
    createdAt: field(instant, 'Since when.'),
    endedAt: field(instant.nullable(), 'When it ended; null: it has not.'),
    correlationId: field(z.string().nullable(), 'The same for all that it has set off.'),
  })
  .meta({ id: 'BulkOperation', description: 'Something that is done to many, one after another.' });

export const BULK_OUTCOMES = ['Open', 'Begun', 'Done', 'Refused', 'Unknown'] as const;

/** What became of one of them. */
export const bulkRow = z
  .object({
    no: field(z.int(), 'Its place, from 1.'),
    id: field(z.string(), 'The id of the row.'),
    name: field(z.string(), 'What people call it.'),
    outcome: field(z.enum(BULK_OUTCOMES), 'What became of it; Open: its turn has not come.'),
    code: field(z.string().nullable(), 'The code of the error; null: there was none.'),
    reason: field(z.string().nullable(), 'Why it was not done; null: it was, or its turn has not come.'),
  })
  .meta({ id: 'BulkRow', description: 'One of many rows to which something is done.' });
