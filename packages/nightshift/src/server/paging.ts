import { PAGE_SIZE_DEFAULT } from '../contract/wire.ts';
import { RequestFault } from './problem.ts';

/** Grows when what is inside changes. */
const VERSION = 1;

/** A place in a list, as text that only this server reads. */
export function cursorOf(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([VERSION, ...place])).toString('base64url');
}

/**
 * Reads it back.
 * @param kinds of what the place is made
 * @throws NightshiftError VALIDATION naming `after`
 */
export function placeOf(
  cursor: string,
  kinds: readonly ('string' | 'number')[],
): readonly (string | number)[] {
  const [version, ...place] = listIn(cursor);
  const fits = place.length === kinds.length && place.every((part, index) => typeof part === kinds[index]);
  if (version === VERSION && fits) return place as (string | number)[];
  throw new RequestFault([{ pointer: '?after', message: 'is not `page.next` of an answer of this list' }]);
}

function listIn(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Behind the last row that was seen; where that is gone by now, at its place. */
function startIn(keys: readonly string[], after: string): number {
  const [seen, index] = placeOf(after, ['string', 'number']);
  const at = keys.indexOf(String(seen));
  return at < 0 ? Math.max(0, Number(index) - 1) : at + 1;
}

/** A page of a list that is short and all there, in the order of its key. */
export function pageOfAll<Item, Row>(
  all: readonly Item[],
  {
    limit = PAGE_SIZE_DEFAULT,
    after,
  }: { readonly limit?: number | undefined; readonly after?: string | undefined },
  { key, row }: { readonly key: (item: Item) => string; readonly row: (item: Item) => Row },
) {
  const rest = all.slice(after === undefined ? 0 : startIn(all.map(key), after));
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(row),
    page: {
      next:
        rest.length <= limit || last === undefined
          ? null
          : cursorOf([key(last), all.length - rest.length + limit]),
    },
    total: { value: all.length, relation: 'eq' as const },
  };
}
