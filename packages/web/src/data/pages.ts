import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, keyOf, type ListOperation, type Resource } from './api.ts';

/** Rows of a page. */
const PAGE_SIZE = 100;
/** More pages than this are never held: a list of thousands is to be narrowed, not scrolled. */
export const PAGES_MAX = 10;

/** A row with the company that it is of. */
export type InCompany<Row> = Row & { readonly company: string };

interface Page<Row> {
  readonly items: readonly Row[];
  readonly page: { readonly next: string | null };
  readonly total: { readonly value: number; readonly relation: 'eq' | 'gte' } | null;
}

/** Which rows. */
export interface PageQuery {
  readonly operation: ListOperation;
  readonly resource: Resource;
  /** One, or all that somebody may see: then their rows follow each other, company by company. */
  readonly companies: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  /** Parts of the path beside the company, such as the table of work items. */
  readonly params?: Readonly<Record<string, string>> | undefined;
}

/** A list as far as it is loaded. */
export interface Loaded<Row> {
  readonly rows: readonly InCompany<Row>[];
  /** Null: not counted. */
  readonly total: { readonly value: number; readonly isExact: boolean } | null;
  readonly isLoading: boolean;
  readonly isFetching: boolean;
  readonly error: unknown;
  /** Null: there is no more, or no more may be held. */
  readonly more: (() => void) | null;
  /** Whether there are more rows than may be held. */
  readonly isCut: boolean;
  readonly retry: () => void;
}

/** Where each company goes on; a company whose rows are all there is not in it. */
type Places = Readonly<Record<string, string | null>>;

/** Reads a list page by page. The rows on the screen stay until those that take their place are there. */
export function usePages<Row>({ operation, resource, companies, query, params }: PageQuery): Loaded<Row> {
  const scope = companies.length === 1 ? (companies[0] ?? null) : companies.join('\n');
  const result = useInfiniteQuery({
    queryKey: keyOf(resource, scope, 'list', query, params),
    queryFn: ({ pageParam, signal }) => readPages<Row>({ operation, query, params }, pageParam, signal),
    initialPageParam: Object.fromEntries(companies.map((name) => [name, null])) as Places,
    getNextPageParam: (last) => (Object.keys(last.next).length === 0 ? undefined : last.next),
    placeholderData: keepPreviousData,
  });
  const pages = result.data?.pages;
  // The same array while nothing new was read: a table works out its rows anew for each new one.
  const rows = useMemo(() => pages?.flatMap((page) => page.rows) ?? [], [pages]);
  const isFull = (pages?.length ?? 0) >= PAGES_MAX;
  return {
    rows,
    total: pages?.[0]?.total ?? null,
    isLoading: result.isPending,
    isFetching: result.isFetching,
    error: result.error,
    more: result.hasNextPage && !isFull ? () => void result.fetchNextPage() : null,
    isCut: result.hasNextPage && isFull,
    retry: () => void result.refetch(),
  };
}

async function readPages<Row>(
  { operation, query, params }: Pick<PageQuery, 'operation' | 'query' | 'params'>,
  places: Places,
  signal: AbortSignal,
) {
  const size = String(Math.max(20, Math.ceil(PAGE_SIZE / Math.max(1, Object.keys(places).length))));
  const read = await Promise.all(
    Object.entries(places).map(async ([company, after]) => {
      const page = await readPage<Row>(
        operation,
        { ...params, company },
        { limit: size, ...query, ...(after === null ? {} : { after }) },
        signal,
      );
      return { company, page };
    }),
  );
  const counted = read.flatMap(({ page }) => (page.total === null ? [] : [page.total]));
  return {
    rows: read.flatMap(({ company, page }) => page.items.map((row) => ({ ...row, company }))),
    next: Object.fromEntries(
      read.flatMap(({ company, page }) => (page.page.next === null ? [] : [[company, page.page.next]])),
    ) as Places,
    total:
      counted.length < read.length
        ? null
        : {
            value: counted.reduce((sum, { value }) => sum + value, 0),
            isExact: counted.every(({ relation }) => relation === 'eq'),
          },
  };
}

/** The names of operations are known, what they take is not: a list is told its query by the address bar. */
function readPage<Row>(
  operation: ListOperation,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page<Row>> {
  const call = api.call as unknown as (name: string, input: object) => Promise<Page<Row>>;
  return call(operation, { params, query, signal });
}

/** Reads every row that fits, one company after the other, page by page. */
export async function* allRows<Row>({
  operation,
  companies,
  query,
  params,
}: PageQuery): AsyncGenerator<InCompany<Row>> {
  const all = api.all as unknown as (name: string, input: object) => AsyncGenerator<Row>;
  for (const company of companies) {
    const rows = all(operation, { params: { ...params, company }, query: { ...query, limit: '500' } });
    for await (const row of rows) yield { ...row, company };
  }
}
