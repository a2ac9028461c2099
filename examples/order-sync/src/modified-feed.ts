import { ShopError } from './shop-error.ts';
import type { ModifiedQuery } from './woocommerce.ts';
import type { ShopPage, ShopRow } from './woocommerce-types.ts';

/** Ids that fit into the address of a request; 500 of eight digits are about 4.5 kB. */
export const EXCLUDED_IDS_MAX = 500;

const SECOND_MS = 1000;

/** Where the reading stands. */
interface Position {
  /** The newest stamp seen; null before the first page. */
  readonly newest: Date | null;
  /** The ids seen with exactly that stamp. */
  readonly seenAtNewest: readonly string[];
  /** Pages that came back empty although more follow. */
  readonly emptyPages: number;
}

/**
 * Reads a collection in the order of modification, from `since` on (null: from the beginning).
 *
 * It does not count through pages: an order that is changed while we read moves to the end, everything behind it moves
 * up by one, and the first order of the next page would never be seen. Instead each request asks for what was modified
 * at or after the newest stamp so far, without those already seen with that stamp.
 * @throws ShopError SHOP_PAGING_STUCK when the shop ignores the filter
 */
export async function* readModified(
  list: (query: ModifiedQuery) => Promise<ShopPage>,
  since: Date | null,
  pageSize: number,
): AsyncGenerator<ShopPage> {
  let position: Position = { newest: since, seenAtNewest: [], emptyPages: 0 };
  for (;;) {
    const query = toQuery(position, pageSize);
    const page = await list(query);
    yield page;
    const isLast =
      page.totalPages === null ? page.rows.length + page.unusable < pageSize : page.totalPages <= query.page;
    if (isLast) return;
    position = advance(position, page);
  }
}

function toQuery(position: Position, pageSize: number): ModifiedQuery {
  const beyondExcluded = Math.max(0, position.seenAtNewest.length - EXCLUDED_IDS_MAX);
  return {
    // The filter means "after" and stamps are whole seconds: one second less makes it "at or after".
    modifiedAfter: position.newest === null ? null : new Date(position.newest.getTime() - SECOND_MS),
    exclude: position.seenAtNewest.slice(0, EXCLUDED_IDS_MAX),
    // Of more equal stamps than fit into the address, the rest is passed over by page.
    page: 1 + position.emptyPages + Math.floor(beyondExcluded / pageSize),
  };
}

function advance(position: Position, page: ShopPage): Position {
  if (page.rows.length === 0) return { ...position, emptyPages: position.emptyPages + 1 };
  const newest = page.rows.reduce<Date | null>(
    (latest, row) => (latest === null || row.modifiedAt > latest ? row.modifiedAt : latest),
    position.newest,
  );
  const isSameStamp = position.newest !== null && newest?.getTime() === position.newest.getTime();
  const atNewest = page.rows.filter((row) => row.modifiedAt.getTime() === newest?.getTime()).map(idOf);
  const before = isSameStamp ? position.seenAtNewest : [];
  const seenAtNewest = [...new Set([...before, ...atNewest])];
  if (isSameStamp && seenAtNewest.length === before.length) {
    throw new ShopError(
      'SHOP_PAGING_STUCK',
      'The shop answers the same elements again and again: it ignores modified_after or exclude; update WooCommerce.',
    );
  }
  return { newest, seenAtNewest, emptyPages: 0 };
}

function idOf(row: ShopRow): string {
  return row.externalId;
}
