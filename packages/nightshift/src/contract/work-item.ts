import { z } from 'zod';
import { allowedAction, count, field, id, instant, storedError, text } from './wire.ts';

export const ITEM_STATUSES = ['Pending', 'Processing', 'Failed', 'Processed', 'Skipped', 'Resolved'] as const;

const itemStatus = z
  .enum(ITEM_STATUSES)
  .meta({ id: 'WorkItemStatus', description: 'The state of a work item.' });

/** A table of work items in a list. */
export const workItemTable = z
  .object({
    name: field(z.string(), 'The name of the table.'),
    counts: field(
      z.array(
        z.object({
          status: itemStatus,
          items: field(count, 'How many items are in this state.'),
          relation: field(
            z.enum(['eq', 'gte', 'about']),
            'Whether that is the exact number, there are at least so many, or it is an estimate.',
          ),
        }),
      ),
      'The items by state; states without items are left out.',
    ),
    oldestPendingAt: field(
      instant.nullable(),
      'When the item was staged that waits longest; null: none does.',
    ),
    isReadable: field(
      z.boolean(),
      'Whether whoever asks has the right R to the table; without it there are no counts.',
    ),
  })
  .meta({ id: 'WorkItemTable', description: 'A table of work items of the application.' });

/** A work item in a list. */
export const workItemRow = z
  .object({
    id: field(z.int(), 'Its number in the table.'),
    externalId: field(z.string(), 'By this the other system knows it.'),
    status: itemStatus,
    attempts: field(count, 'Runs since it was staged, or since somebody had it tried again.'),
    losses: field(count, 'How many of them ended with their process.'),
    nextAttemptAt: field(instant, 'When it is due, while it is Pending.'),
    concurrencyKey: field(
      z.string().nullable(),
      'Items with the same are processed one after another; null: none.',
    ),
    correlationIds: field(z.record(z.string(), z.string()), 'Numbers of other systems that belong to it.'),
    error: field(
      storedError
        .extend({
          fingerprint: field(z.string().nullable(), 'The same for errors of one kind; null: none.'),
          at: field(instant, 'When it happened.'),
        })
        .nullable(),
      'What the last run that failed ended with; null: none failed.',
    ),
    assignedTo: field(z.string().nullable(), 'Who looks after it; null: nobody in particular.'),
    note: field(z.string().nullable(), 'Why it was skipped, or how it was resolved; null: nothing was said.'),
    stagedAt: field(instant, 'When it came.'),
    modifiedAt: field(instant, 'When it was staged or changed last.'),
    startedAt: field(instant.nullable(), 'When its last run began; null: none did.'),
    finishedAt: field(instant.nullable(), 'When it ended; null: it has not.'),
    sessionUniqueId: field(z.string().nullable(), 'The session that processed it last; null: none did.'),
    allowedActions: field(z.array(allowedAction), 'What whoever asked may do with it now, and why not.'),
  })
  .meta({ id: 'WorkItemRow', description: 'A work item as it stands in a list.' });

const itemCall = z
  .object({
    key: field(z.string(), 'Names the call among those of the item.'),
    idempotencyKey: field(z.string(), 'By this the other system knows a repeat of it.'),
    intentAt: field(instant, 'When it was about to be made.'),
    answeredAt: field(instant.nullable(), 'When its answer came; null: whether it took effect is not known.'),
    answer: field(z.unknown(), 'The answer; null: none.'),
  })
  .meta({ id: 'WorkItemCall', description: 'A call of a work item to another system.' });

const itemDeed = z
  .object({
    at: field(instant, 'When it was done.'),
    user: field(z.string(), 'Who did it.'),
    verb: field(z.string(), 'What he did, as the name of the verb.'),
    text: field(z.string().nullable(), 'His reason or note; null: he gave none.'),
  })
  .meta({ id: 'WorkItemDeed', description: 'What somebody has done with a work item.' });

/** A whole work item. */
export const workItem = z
  .object({
    ...workItemRow.shape,
    payload: field(z.unknown(), 'What is to be processed; null without the right R to the table.'),
    payloadSchema: field(
      z.unknown(),
      'What the application takes for a payload, as JSON schema; null without the right R, or where it does not say.',
    ),
    errorStack: field(z.string().nullable(), 'Where in the code its error came from; null: nobody knows.'),
    calls: field(z.array(itemCall), 'Its calls to other systems, the oldest first.'),
    history: field(z.array(itemDeed), 'What people have done with it, the newest first; at most 100.'),
  })
  .meta({ id: 'WorkItem', description: 'A row of work from another system.' });

/** Failed items of one kind. */
export const itemErrorGroup = z
  .object({
    fingerprint: field(z.string(), 'The same for errors of one kind.'),
    code: field(z.string().nullable(), 'The code of the error; null: it has none.'),
    message: field(z.string(), 'The text of one of them.'),
    items: field(count, 'How many items have failed so.'),
    unassigned: field(count, 'How many of them nobody looks after.'),
    firstAt: field(instant, 'When the first one failed.'),
    lastAt: field(instant, 'When the last one failed.'),
  })
  .meta({ id: 'WorkItemErrorGroup', description: 'Failed work items by what is wrong with them.' });

const MANY_MAX = 10_000;

/** Which items a change is about. */
export const itemSelection = {
  ids: field(
    z.array(z.int().min(1)).min(1).max(MANY_MAX).optional(),
    'The numbers of the items, at most 10,000.',
  ),
  fingerprint: field(text(100, 1).optional(), 'Instead: all Failed items with an error of this kind.'),
};

/** Why, or how. */
export const itemText = text(1_000, 1);

/** How many items were changed. */
export const changedItems = z
  .object({ changed: field(count, 'How many items were changed; at most 10,000 at a time.') })
  .meta({ id: 'ChangedItems', description: 'How many work items were changed.' });

/** What a person has found out about a call. */
export const settledCall = z
  .strictObject({
    key: field(text(200, 1), 'The key of the call.'),
    tookEffect: field(z.boolean(), 'Whether the other system has done it.'),
    answer: field(z.unknown().optional(), 'Its answer, when it has.'),
  })
  .meta({ id: 'SettledCall', description: 'What became of a call whose answer was lost.' });

/** What became of a request to an intake. */
export const intakeResult = z
  .object({
    staged: field(count, 'Rows that were not known.'),
    updated: field(count, 'Rows of which an older version was known.'),
    unchanged: field(count, 'Rows that were known like this, or newer.'),
    rejected: field(count, 'Rows that do not fit.'),
    correlationId: field(id, 'Names this request in the log of the server.'),
  })
  .meta({ id: 'IntakeResult', description: 'What became of what another system has sent.' });
