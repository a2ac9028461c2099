import type { ErrorChain } from '@nightshift/client/api';
import type { StoredError } from '../../foundation/index.ts';

/** An instant as it travels. */
export function dateOf(text: string): Date;
export function dateOf(text: string | null): Date | null;
export function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** An error that was kept; where in the code it came from, a server does not say. */
export function errorOf(chain: ErrorChain | null): StoredError | null {
  return chain === null ? null : { ...chain, stack: null };
}

/** The first so many of what comes page by page. */
export async function firstOf<Item>(
  items: AsyncIterable<Item>,
  count = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const found: Item[] = [];
  if (count <= 0) return found;
  for await (const item of items) {
    found.push(item);
    if (found.length >= count) break;
  }
  return found;
}

/** Rows of one page: as many as are wanted, at most what a server gives at once. */
export function pageSize(limit = Number.POSITIVE_INFINITY): number {
  return Math.min(limit, PAGE_SIZE_MAX);
}

const PAGE_SIZE_MAX = 500;
