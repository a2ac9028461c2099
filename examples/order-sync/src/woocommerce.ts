import type { JobSession } from './job-session.ts';
import { ShopError } from './shop-error.ts';
import type { ShopSetup } from './shop-setup.ts';
import { getJson } from './woocommerce-http.ts';
import { type ShopPage, type ShopRow, toShopRow } from './woocommerce-types.ts';

/** Which part of a collection that can be read by modification date. */
export interface ModifiedQuery {
  /** Only elements modified later than this second; null for all. */
  readonly modifiedAfter: Date | null;
  /** Elements that are known already. */
  readonly exclude: readonly string[];
  /** From 1. */
  readonly page: number;
}

/** A reader of the WooCommerce REST API v3. */
export interface WooCommerceClient {
  /** Orders in any status, oldest modification first. */
  listOrders(query: ModifiedQuery): Promise<ShopPage>;
  /** Products, oldest modification first; variations are not among them. */
  listProducts(query: ModifiedQuery): Promise<ShopPage>;
  /** The variations of one product, by id. */
  listVariations(productId: string, page: number): Promise<ShopPage>;
  /** Customer accounts, by id: the API has no modification filter for them. */
  listCustomers(page: number): Promise<ShopPage>;
}

/** Makes a reader for the shop of `setup`. Waits and stops with the session. */
export function createWooCommerceClient(session: JobSession, setup: ShopSetup): WooCommerceClient {
  const list = async (path: string, parameters: Record<string, string>): Promise<ShopPage> => {
    const url = new URL(`${setup.url}/wp-json/wc/v3/${path}`);
    url.search = new URLSearchParams({ per_page: String(setup.pageSize), ...parameters }).toString();
    const answer = await getJson(session, setup, url);
    return toPage(url, answer.body, answer.headers);
  };
  return {
    // More decimals than the shop shows: its line amounts are not rounded to the cent when prices include tax.
    listOrders: (query) => list('orders', { ...modifiedParameters(query), status: 'any', dp: '4' }),
    listProducts: (query) => list('products', modifiedParameters(query)),
    listVariations: (productId, page) =>
      list(`products/${encodeURIComponent(productId)}/variations`, byId(page)),
    listCustomers: (page) => list('customers', { ...byId(page), role: 'all' }),
  };
}

function byId(page: number): Record<string, string> {
  return { orderby: 'id', order: 'asc', page: String(page) };
}

function modifiedParameters(query: ModifiedQuery): Record<string, string> {
  const parameters: Record<string, string> = {
    orderby: 'modified',
    order: 'asc',
    page: String(query.page),
  };
  if (query.exclude.length > 0) parameters['exclude'] = query.exclude.join(',');
  if (query.modifiedAfter !== null) {
    // Without the zone: WordPress converts a stamp with a zone to the site's local time, and would then compare that
    // with its GMT column.
    parameters['modified_after'] = query.modifiedAfter.toISOString().slice(0, 19);
    parameters['dates_are_gmt'] = 'true';
  }
  return parameters;
}

function toPage(url: URL, body: unknown, headers: Headers): ShopPage {
  if (!Array.isArray(body)) {
    throw new ShopError('SHOP_RESPONSE_INVALID', `The shop answered ${url.pathname} with no list.`);
  }
  const rows: ShopRow[] = [];
  for (const element of body) {
    const row = toShopRow(element);
    if (row !== null) rows.push(row);
  }
  return {
    rows,
    unusable: body.length - rows.length,
    total: countHeader(headers, 'x-wp-total'),
    totalPages: countHeader(headers, 'x-wp-totalpages'),
  };
}

function countHeader(headers: Headers, name: string): number | null {
  const value = headers.get(name) ?? '';
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}
