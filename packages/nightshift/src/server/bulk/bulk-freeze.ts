import { BULK_ACTIONS, BULK_ROWS_MAX, type BulkTarget } from '../../contract/bulk-operation.ts';
import { LOG_STATUSES } from '../../contract/job-queue.ts';
import { ENTRY_STATUSES } from '../../contract/job-queue-entry.ts';
import type { Verb } from '../../contract/permissions.ts';
import { TASK_STATES } from '../../contract/work.ts';
import { ITEM_STATUSES } from '../../contract/work-item.ts';
import { NightshiftError } from '../../foundation/index.ts';
import { AUTHORITY, actorOf, doorOf } from '../../session/index.ts';
import type { Call } from '../handler.ts';
import { RequestFault } from '../problem.ts';
import { BULK_ENTRIES, BULK_RUNS } from './bulk-entries.ts';
import {
  type BulkBody,
  type BulkFilter,
  type BulkTargets,
  type MeantRow,
  needed,
  noSuchAction,
} from './bulk-target.ts';
import { BULK_ITEMS, BULK_TASKS } from './bulk-work.ts';

/** What things can be done to. */
export const BULK_TARGETS: BulkTargets = Object.freeze({
  jobQueueEntries: BULK_ENTRIES,
  jobQueueLogEntries: BULK_RUNS,
  scheduledTasks: BULK_TASKS,
  workItems: BULK_ITEMS,
});

/** What actions do not do without. */
const NEEDED: Readonly<Record<string, 'priority' | 'user' | 'reason' | 'note'>> = {
  'jobQueueEntries setPriority': 'priority',
  'jobQueueEntries reassign': 'user',
  'scheduledTasks reassign': 'user',
  'workItems skip': 'reason',
  'workItems resolve': 'note',
};

/** By what rows of each kind are found, and in which states they are. What does not fit would mean all. */
const FILTERS: Readonly<
  Record<BulkTarget, { readonly fields: readonly (keyof BulkFilter)[]; readonly statuses: readonly string[] }>
> = {
  jobQueueEntries: {
    fields: ['status', 'object', 'category', 'runAs', 'tag', 'q', 'userGone'],
    statuses: ENTRY_STATUSES,
  },
  jobQueueLogEntries: {
    fields: ['status', 'object', 'fingerprint', 'startedFrom', 'startedTo'],
    statuses: LOG_STATUSES,
  },
  scheduledTasks: { fields: ['status', 'userGone'], statuses: TASK_STATES },
  workItems: { fields: ['status', 'fingerprint', 'assignedTo', 'unassigned'], statuses: ITEM_STATUSES },
};

/** @throws NightshiftError VALIDATION for a filter that is none of these rows */
function checkFilter(target: BulkTarget, filter: BulkFilter): void {
  const { fields, statuses } = FILTERS[target];
  const odd = Object.keys(filter).find((name) => !(fields as readonly string[]).includes(name));
  if (odd !== undefined)
    throw new RequestFault([
      {
        pointer: `/selection/filter/${odd}`,
        message: `is no filter of ${target}: they have ${fields.join(', ')}`,
      },
    ]);
  if (filter.status?.every((status) => statuses.includes(status)) === false)
    throw new RequestFault([
      { pointer: '/selection/filter/status', message: `has one of ${statuses.join(', ')}` },
    ]);
}

/** Verbs that make each row visible. */
const READ: Readonly<Record<BulkTarget, Verb>> = {
  jobQueueEntries: 'entry.read',
  jobQueueLogEntries: 'entry.read',
  scheduledTasks: 'task.read',
  workItems: 'item.read',
};

/** The verb of an action. @throws NightshiftError VALIDATION for one that is not done to these */
function verbOf({ target, action }: BulkBody): Verb {
  const actions: Readonly<Record<string, Verb>> = BULK_ACTIONS[target];
  const verb = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (verb === undefined) throw noSuchAction(action);
  return verb;
}

/**
 * The rows that are meant now: whatever fits later is not among them.
 * @throws NightshiftError VALIDATION, also for more than 10,000; PERMISSION_DENIED for a verb that whoever asks has not at all
 */
export async function frozenRows(call: Call, body: BulkBody): Promise<readonly MeantRow[]> {
  const { target, action, selection, items = '' } = body;
  const verb = verbOf(body);
  const lacking = NEEDED[`${target} ${action}`];
  if (lacking !== undefined) needed(body.arguments?.[lacking], lacking);
  if ((target === 'workItems') !== (items !== ''))
    throw new RequestFault([{ pointer: '/items', message: 'is the table of work items, and only of these' }]);
  if ((selection.ids === undefined) === (selection.filter === undefined))
    throw new RequestFault([{ pointer: '/selection', message: 'has ids or a filter, one of them' }]);
  if (selection.filter !== undefined) checkFilter(target, selection.filter);
  await demandAtAll(call, verb, READ[target]);
  const wish = { call, items, action };
  const { byIds, byFilter } = BULK_TARGETS[target];
  if (selection.ids !== undefined) return byIds(wish, [...new Set(selection.ids)]);
  const rows: MeantRow[] = [];
  for await (const page of byFilter(wish, selection.filter ?? {})) {
    rows.push(...page);
    if (rows.length > BULK_ROWS_MAX) throw tooMany();
  }
  return rows;
}

/** Whoever may not do it to anything is told so before anything is looked at. */
async function demandAtAll({ caller, who }: Call, ...verbs: readonly Verb[]): Promise<void> {
  const door = doorOf(caller);
  for (const verb of verbs) {
    if (who.scopes !== null && !who.scopes.has(verb)) {
      throw new NightshiftError('PERMISSION_DENIED', `The API key lacks the scope ${verb}.`, {
        details: { verb },
      });
    }
    await door.service(AUTHORITY).demand(actorOf(door), verb, { kind: 'bulk operation', id: null });
  }
}

function tooMany(): NightshiftError {
  return new NightshiftError(
    'VALIDATION',
    `More than ${BULK_ROWS_MAX} rows fit: narrow the filter, and do it in parts.`,
    { field: 'selection.filter' },
  );
}
