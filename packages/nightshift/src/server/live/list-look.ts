import type { LiveList } from '../../contract/live.ts';
import type { Executor } from '../../database/index.ts';
import { LOOK_AT_LIST, NAMED_MAX, ROWS_MAX, type SeenList } from './live-changes.sql.ts';
import { type LivePosition, positionOf, shortSum } from './live-position.ts';

/** A row that has changed. */
export interface ChangedRow {
  readonly id: string;
  readonly version: number | null;
  readonly status: string | null;
}

/** What happened to a list. */
export interface ListChange {
  /** Null: too many to name. */
  readonly rows: readonly ChangedRow[] | null;
  readonly removed: boolean;
}

/** What a look at a list gave. */
export interface ListLook {
  readonly position: LivePosition;
  /** Null: it may have changed, since it is too long to be looked at. */
  readonly change: ListChange | null;
  /** Rows written since the position that was asked about, with the transaction that wrote each; null: too many. */
  readonly told: ReadonlyMap<string, string> | null;
  readonly tooLong: boolean;
}

/** Where a list is looked at. */
export interface LookedAt {
  readonly list: LiveList;
  readonly companyNo: number;
  /** The greatest transaction number of now. */
  readonly head: string;
}

const XID_BITS = 32;

/**
 * Looks at a list.
 * @param since null: there is nothing to compare with
 * @param told what a look before this one has told already
 */
export async function lookAtList(
  executor: Executor,
  { list, companyNo, head }: LookedAt,
  since: LivePosition | null,
  told: ReadonlyMap<string, string> | null,
): Promise<ListLook> {
  const xid = since === null ? null : BigInt.asUintN(XID_BITS, since.horizon).toString();
  const [seen] = await executor.run<SeenList>(LOOK_AT_LIST[list], [companyNo, xid]);
  if (seen === undefined) throw new Error('a sum has one row');
  const tooLong = seen.rows > ROWS_MAX;
  const position = positionIn(seen, tooLong ? head : null);
  if (since === null || since.state === position.state) {
    return { position, change: null, told: since === null ? null : toldBy(seen), tooLong };
  }
  const isMany = tooLong || seen.changed > NAMED_MAX;
  const rows = isMany ? null : newRows(seen, told);
  const removed = since.rowsThere !== position.rowsThere || rows?.length === 0;
  return { position, change: { rows, removed }, told: toldBy(seen), tooLong };
}

/** Of a list that is too long anything that was written is taken for a change of it. */
function positionIn(seen: SeenList, head: string | null): LivePosition {
  const state = shortSum(head ?? seen.state);
  const rowsThere = shortSum(head ?? seen.rows_there);
  return { horizon: BigInt(seen.horizon), state, rowsThere };
}

function toldBy({ changed, named }: SeenList): ReadonlyMap<string, string> | null {
  return changed > NAMED_MAX ? null : new Map(named.map(([id, , , at]) => [id, at]));
}

function newRows({ named }: SeenList, told: ReadonlyMap<string, string> | null): readonly ChangedRow[] {
  return named
    .filter(([id, , , at]) => told?.get(id) !== at)
    .map(([id, version, status]) => ({ id, version, status }));
}

/** What happened since somebody's position; null: it is too old, or none. */
export async function lookSince(
  executor: Executor,
  at: LookedAt,
  position: string,
  horizon: bigint,
): Promise<ListLook | null> {
  const since = positionOf(position, horizon);
  return since === null ? null : lookAtList(executor, at, since, null);
}
