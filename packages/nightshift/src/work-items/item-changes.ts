import type { Verb } from '../contract/permissions.ts';
import { jsonText, NightshiftError } from '../foundation/index.ts';
import { audited, type Caller } from '../session/index.ts';
import {
  type AdmittedItems,
  admitToItems,
  declarationOf,
  type ItemsOrName,
  itemUnknown,
} from './item-access.ts';
import { checkedItemId, itemRow } from './item-lists.ts';
import { stagedRow } from './staged-row.ts';
import type { WorkItemStatus } from './work-item.ts';
import { changeItems, editItem, endCall } from './work-items.sql.ts';
import type { WorkItems } from './work-items.ts';

/** Which items are changed: one, several, or all Failed ones with an error of one kind. */
export type ItemSelection = number | readonly number[] | { readonly fingerprint: string };

/** What was changed. */
export interface ChangedItems {
  /** At most 10,000 at a time; call again for more. */
  readonly changed: number;
}

const SELECTED_MAX = 10_000;
const TEXT_LENGTH_MAX = 1_000;
/** External ids that the audit log keeps of a change of many. */
const AUDITED_MAX = 100;

/** A change of items that are not being processed. */
interface Change {
  readonly verb: Verb;
  readonly change: 'retry' | 'skip' | 'resolve' | 'assign';
  readonly selection: ItemSelection;
  readonly text: string | null;
  /** The number of the user whom they are assigned to. */
  readonly user?: number | null;
  /** What the audit log tells of it. */
  readonly after: Readonly<Record<string, unknown>>;
}

/**
 * Has items tried again, with all attempts: Failed ones, and at once those that wait for their next attempt.
 * @throws NightshiftError CONFLICT when one item is meant, and is processed or done; ITEM_UNKNOWN, VALIDATION,
 *   PERMISSION_DENIED, USER_DISABLED
 */
export async function retryItems(
  caller: Caller,
  items: ItemsOrName,
  selection: ItemSelection,
): Promise<ChangedItems> {
  return changed(await admitToItems(caller, 'item.retry', items), {
    ...{ verb: 'item.retry', change: 'retry', selection, text: null, after: { status: 'Pending' } },
  });
}

/**
 * Ends items unprocessed.
 * @param reason why, 1 to 1,000 characters
 * @throws as `retry`
 */
export async function skipItems(
  caller: Caller,
  items: ItemsOrName,
  selection: ItemSelection,
  reason: string,
): Promise<ChangedItems> {
  const text = checkedText('reason', reason);
  return changed(await admitToItems(caller, 'item.skip', items), {
    ...{ verb: 'item.skip', change: 'skip', selection, text, after: { status: 'Skipped', reason: text } },
  });
}

/**
 * Ends items that were taken care of otherwise.
 * @param note how, 1 to 1,000 characters
 * @throws as `retry`
 */
export async function resolveItems(
  caller: Caller,
  items: ItemsOrName,
  selection: ItemSelection,
  note: string,
): Promise<ChangedItems> {
  const text = checkedText('note', note);
  return changed(await admitToItems(caller, 'item.resolve', items), {
    ...{
      verb: 'item.resolve',
      change: 'resolve',
      selection,
      text,
      after: { status: 'Resolved', note: text },
    },
  });
}

/**
 * Says who looks after items.
 * @param user his name; null: nobody in particular
 * @throws as `retry`; USER_UNKNOWN
 */
export async function assignItems(
  caller: Caller,
  items: ItemsOrName,
  selection: ItemSelection,
  user: string | null,
): Promise<ChangedItems> {
  const admitted = await admitToItems(caller, 'item.assign', items);
  const userNo = user === null ? null : await admitted.service.apart.userNo(user);
  return changed(admitted, {
    ...{ verb: 'item.assign', change: 'assign', selection, text: null, user: userNo },
    after: { assignedTo: user },
  });
}

async function changed(admitted: AdmittedItems, wish: Change): Promise<ChangedItems> {
  const { door, service, table } = admitted;
  const { selection, text, user = null } = wish;
  const { ids, fingerprint } = selected(selection);
  const args = JSON.stringify({ text, user });
  const rows = await door.transaction(async (tx) => {
    const values = [wish.change, ids, fingerprint, args, service.clock.pinned()];
    const found = await admitted.run<ChangedRow>(tx, changeItems, values);
    if (found.length > 0) {
      await audited(tx, door, { verb: wish.verb, ...told(table, found, fingerprint), after: wish.after });
    }
    return found;
  });
  if (rows.length === 0 && typeof selection === 'number') await refuseOne(admitted, selection);
  return { changed: rows.length };
}

interface ChangedRow {
  readonly id: string;
  readonly external_id: string;
  readonly status: string;
}

/** What the audit log says was changed. */
function told(table: string, rows: readonly ChangedRow[], fingerprint: string | null) {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) {
    const object = { kind: 'item', id: `${table}/${first.id}`, name: first.external_id };
    return { object, before: { status: first.status } };
  }
  const externalIds = rows.slice(0, AUDITED_MAX).map(({ external_id: id }) => id);
  const object = { kind: 'item', id: table, name: `${rows.length} items` };
  return { object, before: { items: rows.length, fingerprint, externalIds } };
}

/** @throws NightshiftError CONFLICT with the state of the item, ITEM_UNKNOWN */
async function refuseOne(admitted: AdmittedItems, id: number): Promise<never> {
  throw conflict(admitted.table, await itemRow(admitted, id));
}

/** Why the state of an item lets nobody change it; null: it does. */
export function itemRefusal(
  table: string,
  item: { readonly id: number; readonly status: WorkItemStatus },
): NightshiftError | null {
  return item.status === 'Pending' || item.status === 'Failed' ? null : conflict(table, item);
}

function conflict(table: string, { id, status }: { readonly id: number; readonly status: WorkItemStatus }) {
  return new NightshiftError('CONFLICT', `Work item ${id} of ${table} is ${status}.`, {
    details: { status },
  });
}

/**
 * Replaces the payload of an item that is not being processed. It has to fit the declaration, and keeps its external id.
 * @throws NightshiftError VALIDATION with the field; CONFLICT, ITEM_UNKNOWN; PERMISSION_DENIED, also without the right `M` to
 *   the table
 */
export async function editPayload<Payload, In>(
  caller: Caller,
  items: WorkItems<Payload, In> | string,
  id: number,
  payload: In,
): Promise<void> {
  const admitted = await admitToItems(caller, 'item.edit', items as ItemsOrName);
  const { door, service, table, rights } = admitted;
  if (!rights.includes('M')) {
    const text = `User ${door.user.name} may not change ${table}: he lacks the right M to it.`;
    throw new NightshiftError('PERMISSION_DENIED', text, { details: { table, right: 'M' } });
  }
  const declared = declarationOf(admitted);
  const { externalId, payload: text, more } = stagedRow(declared, payload);
  const before = await itemRow(admitted, checkedItemId(id));
  if (before.external_id !== externalId) {
    const refusal = `The external id of an item stays: ${before.external_id}.`;
    throw new NightshiftError('VALIDATION', refusal, { field: 'externalId' });
  }
  const done = await door.transaction(async (tx) => {
    const values = [id, text, more, Object.keys(declared.columns), service.clock.pinned()];
    const [old] = await admitted.run<{ payload: unknown }>(tx, editItem, values);
    if (old === undefined) return false;
    await audited(tx, door, {
      verb: 'item.edit',
      object: { kind: 'item', id: `${table}/${id}`, name: externalId },
      before: { payload: old.payload },
      after: { payload: JSON.parse(text) },
    });
    return true;
  });
  if (!done) await refuseOne(admitted, id);
}

/**
 * Writes down what a person has found out about a call whose answer was lost: its answer, or that it had no effect.
 * @throws NightshiftError ITEM_UNKNOWN when there is no such call without an answer; JSON_INVALID; PERMISSION_DENIED
 */
export async function settleCall(
  caller: Caller,
  items: ItemsOrName,
  which: number | string,
  call: { readonly key: string; readonly found: false } | { readonly key: string; readonly answer: unknown },
): Promise<void> {
  const admitted = await admitToItems(caller, 'item.settleCall', items);
  const { door, service, table } = admitted;
  const answer = 'answer' in call ? jsonText(call.answer ?? null, 'answer') : null;
  const { external_id: externalId, calls } = await itemRow(admitted, which);
  const open = calls.some(({ key, answered_at: answeredAt }) => key === call.key && answeredAt === null);
  if (!open) throw itemUnknown(table, `${externalId} with an open call "${call.key}"`);
  await door.transaction(async (tx) => {
    await admitted.run(tx, endCall, [externalId, call.key, answer, service.clock.pinned()]);
    await audited(tx, door, {
      verb: 'item.settleCall',
      object: { kind: 'item', id: `${table}/${externalId}`, name: externalId },
      after: { key: call.key, ...('answer' in call ? { answer: call.answer } : { found: false }) },
    });
  });
}

function selected(selection: ItemSelection) {
  if (typeof selection === 'number') return { ids: [checkedItemId(selection)], fingerprint: null };
  if ('fingerprint' in selection && typeof selection.fingerprint === 'string')
    return { ids: null, fingerprint: selection.fingerprint };
  const isList = Array.isArray(selection) && selection.length <= SELECTED_MAX;
  if (isList) return { ids: selection.map(checkedItemId), fingerprint: null };
  const text = `Name one item, a list of at most ${SELECTED_MAX}, or a fingerprint.`;
  throw new NightshiftError('VALIDATION', text, { field: 'selection' });
}

function checkedText(field: string, text: string): string {
  const trimmed = typeof text === 'string' ? text.trim() : '';
  const isGood = trimmed !== '' && trimmed.length <= TEXT_LENGTH_MAX && !trimmed.includes('\0');
  if (isGood && trimmed.isWellFormed()) return trimmed;
  throw new NightshiftError('VALIDATION', `${field} is a text of 1 to ${TEXT_LENGTH_MAX} characters.`, {
    field,
  });
}
