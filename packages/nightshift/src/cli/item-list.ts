import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import {
  type ItemCall,
  type ItemDetails,
  type ListedItem,
  WORK_ITEM_STATUSES,
  type WorkItemStatus,
} from '../work-items/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange, parseWholeNumber } from './parsing.ts';
import { instantText, listOf, tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { items } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const LIMIT_RANGE = { minimum: 1, maximum: 1_000 };

/** How `items list` was called. */
export interface ListOptions {
  readonly status?: string;
  readonly error?: string;
  readonly before?: string;
  readonly limit?: string;
}

/** Lists items, the latest first. */
export async function listItemsCommand(
  invocation: Invocation,
  table: string,
  options: ListOptions,
): Promise<ExitCode> {
  const { status, error, before, limit } = options;
  const filter = {
    ...(status === undefined ? {} : { statuses: status.split(',').map(statusOf) }),
    ...(error === undefined ? {} : { fingerprint: error }),
    ...(before === undefined ? {} : { before: parseWholeNumber(before, 'before') }),
    ...(limit === undefined ? {} : { limit: parseRange(limit, 'limit', LIMIT_RANGE) }),
  };
  await withCaller(invocation, {}, async (caller) => {
    const found = await items.list(caller, table, filter);
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(found, () =>
      found.length === 0 ? 'There are no such items.' : itemsTable(found, zone),
    );
  });
  return EXIT.ok;
}

function itemsTable(found: readonly ListedItem[], zone: string): string {
  return tableOf(
    ['No', 'External id', 'Status', 'Attempts', `Due or ended (${zone})`, 'Assigned to', 'Error', 'Note'],
    found.map((item) => [
      item.id,
      item.externalId,
      item.status,
      item.attempts,
      whenText(item, zone),
      item.assignedTo,
      item.error?.message ?? null,
      item.note,
    ]),
  );
}

function whenText({ status, nextAttemptAt, finishedAt }: ListedItem, zone: string): string | null {
  const at = status === 'Pending' ? nextAttemptAt : finishedAt;
  return at === null ? null : wallClockText(at, zone);
}

function statusOf(text: string): WorkItemStatus {
  const wanted = text.trim().toLowerCase();
  const found = WORK_ITEM_STATUSES.find((status) => status.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new NightshiftError('VALIDATION', `A status is one of ${WORK_ITEM_STATUSES.join(', ')}.`, {
    field: 'status',
  });
}

/** Shows an item. */
export async function showItemCommand(
  invocation: Invocation,
  table: string,
  name: string,
): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const item = await findItem(caller, table, name);
    invocation.answer(item, () => itemText(item, zoneOrUtc(caller.timeZone)));
  });
  return EXIT.ok;
}

/** An item by its external id, or by its number: `#4711`. */
export function findItem(caller: Caller, table: string, name: string): Promise<ItemDetails> {
  const isNumber = /^#\d{1,15}$/.test(name);
  return items.get(caller, table, isNumber ? Number(name.slice(1)) : name);
}

function itemText(item: ItemDetails, zone: string): string {
  const { error } = item;
  const facts = listOf([
    ['No', item.id],
    ['External id', item.externalId],
    ['Status', item.status],
    ['Attempts', item.attempts],
    ['Staged', instantText(item.stagedAt, zone)],
    ['Due', item.status === 'Pending' ? instantText(item.nextAttemptAt, zone) : null],
    ['Ended', instantText(item.finishedAt, zone)],
    ['Assigned to', item.assignedTo],
    ['Note', item.note],
    ['Error', error === null ? null : `${error.message}${error.code === null ? '' : ` (${error.code})`}`],
    ['Fingerprint', error?.fingerprint ?? null],
    ['Payload', 'payload' in item ? JSON.stringify(item.payload) : 'not shown: no right R to the table'],
  ]);
  return [facts, ...item.calls.map((call) => callText(call, zone))].join('\n');
}

function callText({ key, intentAt, answeredAt, answer }: ItemCall, zone: string): string {
  const known =
    answeredAt === null
      ? 'whether it took effect is not known'
      : `answered ${instantText(answeredAt, zone)}: ${JSON.stringify(answer)}`;
  return `Call ${key}, made ${instantText(intentAt, zone)}; ${known}`;
}

/** Tells what has failed, by what is wrong. */
export async function errorGroupsCommand(invocation: Invocation, table: string): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const groups = await items.errorGroups(caller, table);
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(groups, () =>
      groups.length === 0
        ? 'Nothing has failed.'
        : tableOf(
            ['Fingerprint', 'Items', 'Unassigned', `Last (${zone})`, 'Code', 'Error'],
            groups.map((group) => [
              group.fingerprint,
              group.items,
              group.unassigned,
              wallClockText(group.lastAt, zone),
              group.code,
              group.message,
            ]),
          ),
    );
  });
  return EXIT.ok;
}
