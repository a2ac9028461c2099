import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import type { ItemSelection } from '../work-items/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { findItem } from './item-list.ts';
import { counted } from './showing.ts';
import { items } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { neededApplication } from './with-platform.ts';

/** How the commands that change items were called. */
export interface ChangeOptions {
  readonly names?: readonly string[];
  readonly error?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly to?: string;
}

/** How `items settle` was called. */
export interface SettleOptions {
  readonly answer?: string;
  readonly notFound?: boolean;
}

const DONE = { retry: 'tried again', skip: 'skipped', resolve: 'resolved' } as const;

/** Retries, skips or resolves items. */
export async function toldItemsCommand(
  invocation: Invocation,
  verb: keyof typeof DONE,
  table: string,
  options: ChangeOptions,
): Promise<ExitCode> {
  const { reason = '', note = '' } = options;
  return change(invocation, { table, options, what: DONE[verb] }, (caller, selection) => {
    if (verb === 'retry') return items.retry(caller, table, selection);
    if (verb === 'skip') return items.skip(caller, table, selection, reason);
    return items.resolve(caller, table, selection, note);
  });
}

/** Says who looks after items. */
export async function assignItemsCommand(
  invocation: Invocation,
  table: string,
  options: ChangeOptions,
): Promise<ExitCode> {
  const { to = null } = options;
  const what = to === null ? 'assigned to nobody' : `assigned to ${to}`;
  return change(invocation, { table, options, what }, (caller, selection) =>
    items.assign(caller, table, selection, to),
  );
}

/** What is done to which items. */
interface Change {
  readonly table: string;
  readonly options: ChangeOptions;
  /** Completes "2 items". */
  readonly what: string;
}

async function change(
  invocation: Invocation,
  { table, options, what }: Change,
  act: (caller: Caller, selection: ItemSelection) => Promise<{ readonly changed: number }>,
): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const result = await act(caller, await selectionOf(caller, table, options));
    invocation.answer(result, () => `${counted(result.changed, 'item')} ${what}.`);
  });
  return EXIT.ok;
}

/** @throws NightshiftError VALIDATION when nothing, or both is given; ITEM_UNKNOWN */
async function selectionOf(
  caller: Caller,
  table: string,
  { names = [], error }: ChangeOptions,
): Promise<ItemSelection> {
  if ((names.length === 0) === (error === undefined)) {
    throw new NightshiftError('VALIDATION', 'Name the items, or give --error.', { field: 'items' });
  }
  if (error !== undefined) return { fingerprint: error };
  const ids: number[] = [];
  for (const name of names) ids.push((await findItem(caller, table, name)).id);
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : ids;
}

/** Replaces the payload of an item. */
export async function editItemCommand(
  invocation: Invocation,
  table: string,
  { item, payload }: { readonly item: string; readonly payload: string },
): Promise<ExitCode> {
  const value = parsedJson(payload, 'payload');
  const application = await neededApplication(invocation);
  await withCaller(invocation, application, async (caller) => {
    const { id, externalId } = await findItem(caller, table, item);
    await items.editPayload(caller, table, id, value);
    invocation.answer({ id, externalId }, () => `The payload of ${externalId} is changed.`);
  });
  return EXIT.ok;
}

/** Says what became of a call whose answer was lost. */
export async function settleCallCommand(
  invocation: Invocation,
  table: string,
  { item, call, answer, notFound }: SettleOptions & { readonly item: string; readonly call: string },
): Promise<ExitCode> {
  if ((answer === undefined) !== (notFound === true)) {
    throw new NightshiftError('VALIDATION', 'Give either --answer or --not-found.', { field: 'answer' });
  }
  const settled =
    answer === undefined
      ? { key: call, found: false as const }
      : { key: call, answer: parsedJson(answer, 'answer') };
  await withCaller(invocation, {}, async (caller) => {
    const { id, externalId } = await findItem(caller, table, item);
    await items.settleCall(caller, table, externalId, settled);
    invocation.answer({ id, externalId, call }, () => `The call ${call} of ${externalId} is settled.`);
  });
  return EXIT.ok;
}

function parsedJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NightshiftError('VALIDATION', `--${field} is no JSON.`, { field, cause });
  }
}
