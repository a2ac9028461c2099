import { given, isUuid, NightshiftError } from '../../foundation/index.ts';
import { items, taskScheduler } from '../../platform/index.ts';
import {
  type ScheduledTask,
  type TaskQuery,
  taskActions,
  taskStateText,
} from '../../task-scheduler/index.ts';
import type { ItemFilter, ListedItem } from '../../work-items/index.ts';
import { AllowedActions } from '../allowed-actions.ts';
import { itemActionsOf } from '../work-item-handlers.ts';
import {
  absentRow,
  type BulkFilter,
  type BulkRows,
  type MeantRow,
  needed,
  noSuchAction,
  numberOf,
  type RowDeed,
  type RowWish,
  reasonAmong,
} from './bulk-target.ts';

const PAGE = 500;

async function taskRows(wish: RowWish, tasks: readonly ScheduledTask[]): Promise<readonly MeantRow[]> {
  const allowed = await AllowedActions.of(wish.call);
  return tasks.map((task) => {
    const isOwn = task.user === wish.call.caller.user;
    const actions = allowed.among({ kind: 'task', id: task.id, isOwn }, taskActions({ ...task, isOwn }));
    return { id: task.id, name: task.codeunit, reason: reasonAmong(actions, wish.action), code: null };
  });
}

async function tasksByIds(wish: RowWish, ids: readonly string[]): Promise<readonly MeantRow[]> {
  const found: ScheduledTask[] = [];
  for (const id of ids) {
    const task = isUuid(id) ? await taskScheduler.get(wish.call.caller, id) : null;
    if (task !== null) found.push(task);
  }
  const rows = new Map((await taskRows(wish, found)).map((row) => [row.id, row]));
  return ids.map((id) => rows.get(id.toLowerCase()) ?? absentRow(id, 'TASK_UNKNOWN', 'scheduled task'));
}

async function* tasksByFilter(wish: RowWish, { status, userGone }: BulkFilter) {
  let after: TaskQuery['after'];
  do {
    const query = given({ states: status, userGone, after });
    const page = await taskScheduler.page(wish.call.caller, { ...query, limit: PAGE } as TaskQuery);
    yield await taskRows(wish, page.tasks);
    after = page.next ?? undefined;
  } while (after !== undefined);
}

async function actOnTask({ caller, action, id, given: { user } }: RowDeed): Promise<void> {
  const done = await taskVerb(action)(caller, id, user ?? null);
  if (done) return;
  const task = await taskScheduler.get(caller, id);
  if (task === null)
    throw new NightshiftError('TASK_UNKNOWN', `There is no scheduled task ${id} in this company.`);
  throw new NightshiftError('CONFLICT', taskStateText(id, task.state));
}

function taskVerb(
  action: string,
): (caller: RowDeed['caller'], id: string, user: string | null) => Promise<boolean> {
  switch (action) {
    case 'setReady':
      return (caller, id) => taskScheduler.setTaskReady(caller, id);
    case 'cancel':
      return taskScheduler.cancelTask;
    case 'rerun':
      return taskScheduler.rerunFailedTask;
    case 'delete':
      return taskScheduler.deleteFailedTask;
    case 'reassign':
      return (caller, id, user) => taskScheduler.reassign(caller, id, { user: needed(user, 'user') });
    default:
      throw noSuchAction(action);
  }
}

/** Scheduled tasks. */
export const BULK_TASKS: BulkRows = { byIds: tasksByIds, byFilter: tasksByFilter, act: actOnTask };

async function itemRows(wish: RowWish, found: readonly ListedItem[]): Promise<readonly MeantRow[]> {
  const allowed = await AllowedActions.of(wish.call);
  return found.map((item) => {
    const reason = reasonAmong(itemActionsOf(item, wish.items, allowed), wish.action);
    return { id: String(item.id), name: item.externalId, reason, code: null };
  });
}

async function itemsByIds(wish: RowWish, ids: readonly string[]): Promise<readonly MeantRow[]> {
  const found: ListedItem[] = [];
  for (const id of ids) {
    const no = numberOf(id);
    const item = no === null ? null : await itemOrNone(wish, no);
    if (item !== null) found.push(item);
  }
  const rows = new Map((await itemRows(wish, found)).map((row) => [row.id, row]));
  return ids.map((id) => rows.get(id) ?? absentRow(id, 'ITEM_UNKNOWN', 'work item'));
}

async function itemOrNone(wish: RowWish, no: number): Promise<ListedItem | null> {
  try {
    return await items.get(wish.call.caller, wish.items, no);
  } catch (error) {
    if (error instanceof NightshiftError && error.code === 'ITEM_UNKNOWN') return null;
    throw error;
  }
}

async function* itemsByFilter(wish: RowWish, filter: BulkFilter) {
  const { status, fingerprint, assignedTo, unassigned } = filter;
  let before: number | undefined;
  do {
    const query = given({ statuses: status, fingerprint, assignedTo, unassigned, before });
    const asked = { ...query, limit: PAGE } as ItemFilter;
    const found = await items.list(wish.call.caller, wish.items, asked);
    yield await itemRows(wish, found);
    before = found.length < PAGE ? undefined : found.at(-1)?.id;
  } while (before !== undefined);
}

function actOnItem({ caller, items: table, action, id, given: told }: RowDeed): Promise<unknown> {
  const no = Number(id);
  switch (action) {
    case 'retry':
      return items.retry(caller, table, no);
    case 'skip':
      return items.skip(caller, table, no, needed(told.reason, 'reason'));
    case 'resolve':
      return items.resolve(caller, table, no, needed(told.note, 'note'));
    case 'assign':
      return items.assign(caller, table, no, told.user ?? null);
    default:
      throw noSuchAction(action);
  }
}

/** Work items. */
export const BULK_ITEMS: BulkRows = { byIds: itemsByIds, byFilter: itemsByFilter, act: actOnItem };
