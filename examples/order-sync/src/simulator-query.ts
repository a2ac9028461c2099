import type { ShopElement } from './simulator-products.ts';

/** An answer of the API: a status and a body, and for lists the counts that go into headers. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly total?: number;
  readonly totalPages?: number;
}

/** What a collection lets one sort by. */
const ORDER_BY = {
  modified: ['date', 'id', 'include', 'title', 'slug', 'modified'],
  id: ['id', 'include', 'name', 'registered_date'],
} as const;

/** Makes the API's own kind of error. */
export function apiError(status: number, code: string, message: string): ApiAnswer {
  return { status, body: { code, message, data: { status } } };
}

/** Answers a list request over orders or products: filtered and sorted by modification. */
export function listModified(elements: readonly ShopElement[], query: URLSearchParams): ApiAnswer {
  const refused = refuseParameters(query, ORDER_BY.modified);
  if (refused !== null) return refused;
  const modifiedAfter = query.get('modified_after');
  const excluded = new Set((query.get('exclude') ?? '').split(',').map(Number));
  // The stamps compare as text; like WordPress, "after" does not include the stamp itself.
  const found = elements.filter(
    (element) =>
      !excluded.has(element.id) &&
      (modifiedAfter === null || element.date_modified_gmt > modifiedAfter.slice(0, 19)),
  );
  const byModified = query.get('orderby') === 'modified';
  found.sort((left, right) => (byModified ? compareModified(left, right) : left.id - right.id));
  // Without `order`, posts come newest first.
  if (query.get('order') !== 'asc') found.reverse();
  return paginate(found, query);
}

/** Answers a list request over customers or variations, which know no modification filter. */
export function listById(elements: readonly ShopElement[], query: URLSearchParams): ApiAnswer {
  const refused = refuseParameters(query, ORDER_BY.id);
  if (refused !== null) return refused;
  const found = [...elements].sort((left, right) => left.id - right.id);
  if (query.get('order') === 'desc') found.reverse();
  return paginate(found, query);
}

function compareModified(left: ShopElement, right: ShopElement): number {
  if (left.date_modified_gmt === right.date_modified_gmt) return left.id - right.id;
  return left.date_modified_gmt < right.date_modified_gmt ? -1 : 1;
}

function refuseParameters(query: URLSearchParams, orderBy: readonly string[]): ApiAnswer | null {
  const perPage = wholeNumber(query.get('per_page'), 10);
  const isWrong =
    perPage < 1 ||
    perPage > 100 ||
    wholeNumber(query.get('page'), 1) < 1 ||
    !orderBy.includes(query.get('orderby') ?? 'id');
  return isWrong ? apiError(400, 'rest_invalid_param', 'Invalid parameter(s)') : null;
}

function paginate(found: readonly ShopElement[], query: URLSearchParams): ApiAnswer {
  const perPage = wholeNumber(query.get('per_page'), 10);
  const first = (wholeNumber(query.get('page'), 1) - 1) * perPage;
  return {
    status: 200,
    body: found.slice(first, first + perPage),
    total: found.length,
    totalPages: Math.ceil(found.length / perPage),
  };
}

function wholeNumber(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
