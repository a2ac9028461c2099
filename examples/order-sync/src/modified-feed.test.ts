import { expect, test } from 'vitest';
import { EXCLUDED_IDS_MAX, readModified } from './modified-feed.ts';
import { gmt, type ShopElement } from './simulator-products.ts';
import { listModified } from './simulator-query.ts';
import type { ModifiedQuery } from './woocommerce.ts';
import { type ShopPage, toShopRow } from './woocommerce-types.ts';

const START = Date.UTC(2026, 0, 1);

function element(id: number, second: number): ShopElement {
  return { id, date_modified_gmt: gmt(new Date(START + second * 1000)) };
}

/** A shop that answers from `elements`, which a test may change between pages. */
function shopOf(elements: ShopElement[], pageSize: number, asked: ModifiedQuery[] = []) {
  return async (query: ModifiedQuery): Promise<ShopPage> => {
    asked.push(query);
    const parameters = new URLSearchParams({
      orderby: 'modified',
      order: 'asc',
      page: String(query.page),
      per_page: String(pageSize),
      exclude: query.exclude.join(','),
    });
    if (query.modifiedAfter !== null) parameters.set('modified_after', query.modifiedAfter.toISOString());
    const answer = listModified(elements, parameters);
    const rows = (answer.body as ShopElement[]).map((each) => toShopRow(each)!);
    return { rows, unusable: 0, total: answer.total ?? null, totalPages: answer.totalPages ?? null };
  };
}

async function idsOf(pages: AsyncGenerator<ShopPage>): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of pages) ids.push(...page.rows.map((row) => Number(row.externalId)));
  return ids;
}

test('reads everything once, in the order of modification', async () => {
  const elements = [5, 3, 9, 1, 7, 8, 2].map((id, second) => element(id, second));
  expect(await idsOf(readModified(shopOf(elements, 3), null, 3))).toEqual([5, 3, 9, 1, 7, 8, 2]);
});

test('an empty shop is one request', async () => {
  const asked: ModifiedQuery[] = [];
  expect(await idsOf(readModified(shopOf([], 3, asked), null, 3))).toEqual([]);
  expect(asked).toHaveLength(1);
});

test('equal stamps are never skipped, however many there are', async () => {
  const elements = Array.from({ length: 40 }, (_, index) => element(index + 1, index < 35 ? 10 : 11));
  const ids = await idsOf(readModified(shopOf(elements, 4), null, 4));
  expect(new Set(ids).size).toBe(40);
});

test('more equal stamps than fit into an address are passed over by page', async () => {
  const count = EXCLUDED_IDS_MAX + 350;
  const elements = Array.from({ length: count }, (_, index) => element(index + 1, 10));
  const asked: ModifiedQuery[] = [];
  const ids = await idsOf(readModified(shopOf(elements, 100, asked), null, 100));
  expect(new Set(ids).size).toBe(count);
  expect(Math.max(...asked.map((query) => query.exclude.length))).toBe(EXCLUDED_IDS_MAX);
});

test('a change while reading hides no other element', async () => {
  const elements = Array.from({ length: 20 }, (_, index) => element(index + 1, index));
  const ids = new Set<number>();
  let page = 0;
  for await (const { rows } of readModified(shopOf(elements, 5), null, 5)) {
    for (const row of rows) ids.add(Number(row.externalId));
    // With counted pages, each of these would move a neighbour over the edge of the next page.
    if (page < 3) elements[page] = element(page + 1, 100 + page);
    page += 1;
  }
  expect(ids.size).toBe(20);
});

test('starts at the stamp it is given, inclusive', async () => {
  const elements = Array.from({ length: 6 }, (_, index) => element(index + 1, index));
  const since = new Date(START + 3000);
  expect(await idsOf(readModified(shopOf(elements, 2), since, 2))).toEqual([4, 5, 6]);
});

test('a shop that ignores the filter is found out', async () => {
  const elements = Array.from({ length: 6 }, (_, index) => element(index + 1, index));
  const shop = shopOf(elements, 2);
  const deaf = (query: ModifiedQuery) => shop({ ...query, modifiedAfter: null, exclude: [] });
  await expect(idsOf(readModified(deaf, null, 2))).rejects.toMatchObject({ code: 'SHOP_PAGING_STUCK' });
});

test('without the count headers a short page is the last', async () => {
  const elements = Array.from({ length: 5 }, (_, index) => element(index + 1, index));
  const shop = shopOf(elements, 2);
  const bare = async (query: ModifiedQuery) => ({ ...(await shop(query)), total: null, totalPages: null });
  expect(await idsOf(readModified(bare, null, 2))).toEqual([1, 2, 3, 4, 5]);
});

test('an empty page in the middle is passed over', async () => {
  const elements = Array.from({ length: 6 }, (_, index) => element(index + 1, index));
  const shop = shopOf(elements, 2);
  const gappy = async (query: ModifiedQuery): Promise<ShopPage> => {
    const page = await shop(query);
    // The shop hides what the key may not read, but counts it.
    const rows = page.rows.filter((row) => row.externalId !== '3' && row.externalId !== '4');
    return { ...page, rows };
  };
  expect(await idsOf(readModified(gappy, null, 2))).toEqual([1, 2, 5, 6]);
});
