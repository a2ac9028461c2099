import type { z } from 'zod';
import type { BulkTarget, newBulkOperation } from '../../contract/bulk-operation.ts';
import { NightshiftError } from '../../foundation/index.ts';
import type { Caller } from '../../session/index.ts';
import type { Call } from '../handler.ts';

/** What is to be done to many, as it came in. */
export type BulkBody = Pick<
  z.output<typeof newBulkOperation>,
  'target' | 'items' | 'action' | 'selection' | 'arguments'
>;

/** The filters of a selection. */
export type BulkFilter = NonNullable<BulkBody['selection']['filter']>;

/** What an action takes. */
export type BulkArguments = NonNullable<BulkBody['arguments']>;

/** A row that is meant. */
export interface MeantRow {
  readonly id: string;
  readonly name: string;
  /** Why the action would not be done to it now; null: it would. */
  readonly reason: string | null;
  /** The code of the error where it never will be, since it is not there; null: that is for the verb to say. */
  readonly code: string | null;
}

/** Which rows, of what, and for which action. */
export interface RowWish {
  readonly call: Call;
  /** The table of work items; empty for everything else. */
  readonly items: string;
  readonly action: string;
}

/** One action upon one row. */
export interface RowDeed {
  readonly caller: Caller;
  readonly items: string;
  readonly action: string;
  readonly id: string;
  readonly given: BulkArguments;
}

/** Something that things can be done to. */
export interface BulkRows {
  /** Those of some ids, in the order of the ids. */
  readonly byIds: (wish: RowWish, ids: readonly string[]) => Promise<readonly MeantRow[]>;
  /** Those that fit, page after page. */
  readonly byFilter: (wish: RowWish, filter: BulkFilter) => AsyncIterable<readonly MeantRow[]>;
  /** Does it to one. @throws NightshiftError as the verb of the action */
  readonly act: (deed: RowDeed) => Promise<unknown>;
}

/** What can be done to, by name. */
export type BulkTargets = Readonly<Record<BulkTarget, BulkRows>>;

/** A row that is not there, or not for whoever asks. */
export function absentRow(id: string, code: string, what: string): MeantRow {
  return { id, name: id, code, reason: `There is no ${what} ${id} in this company.` };
}

/** What an action cannot do without. @throws NightshiftError VALIDATION naming it */
export function needed<Value>(value: Value | null | undefined, name: string): Value {
  if (value !== undefined && value !== null) return value;
  throw new NightshiftError('VALIDATION', `The action takes ${name}.`, { field: `arguments.${name}` });
}

/** What of an action is not known of its target. */
export function noSuchAction(action: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${action} is not done to these.`, { field: 'action' });
}

/** A number that is the id of a row; null: it is none. */
export function numberOf(id: string): number | null {
  return /^\d{1,15}$/.test(id) && Number(id) > 0 ? Number(id) : null;
}

/** What is left of an answer that lists what may be done. */
export function reasonAmong(
  actions: readonly { readonly name: string; readonly allowed: boolean; readonly reason: string | null }[],
  action: string,
): string | null {
  const found = actions.find(({ name }) => name === action);
  if (found === undefined) throw noSuchAction(action);
  return found.allowed ? null : (found.reason ?? 'That is not allowed.');
}
