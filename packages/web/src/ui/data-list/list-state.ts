import { useMemo } from 'react';
import { useScope } from '../../app/scope.ts';
import { type Search, useUrl } from '../../app/url.ts';
import type { PageQuery } from '../../data/pages.ts';
import type { Acting, Column, ListDefinition } from './definition.ts';

/** What of a list is in the address. */
export interface ListState<Row> {
  readonly query: PageQuery;
  readonly columns: readonly Column<Row>[];
  readonly sort: string;
  /** Filters that are set, by name. */
  readonly filters: Search;
  readonly set: (change: Readonly<Record<string, string | undefined>>) => void;
}

/** Names that mean the list, not its rows. */
const SORT = 'sort';
const COLUMNS = 'columns';

/** Reads the address as a list understands it. */
export function useListState<Row extends Acting>(list: ListDefinition<Row>): ListState<Row> {
  const { search, set } = useUrl();
  const { companies } = useScope();
  const scope = companies.join('\n');
  return useMemo(() => {
    const names = [
      ...list.filters.map(({ name }) => name),
      ...(list.searchName === undefined ? [] : [list.searchName]),
    ];
    const filters = Object.fromEntries(
      names.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
    ) as Search;
    const sort = search[SORT] ?? '';
    const wanted = search[COLUMNS]?.split(',');
    const columns = list.columns.filter(({ id, isHidden }) =>
      wanted === undefined ? isHidden !== true : wanted.includes(id),
    );
    return {
      query: {
        operation: list.operation,
        resource: list.resource,
        companies: scope.split('\n'),
        query: { ...filters, ...(sort === '' ? {} : { sort }), ...list.fixed },
        params: list.params,
      },
      columns,
      sort,
      filters,
      set,
    };
  }, [list, search, set, scope]);
}

/** The columns as the address says it; undefined: as the list has them by itself. */
export function columnsText<Row>(all: readonly Column<Row>[], shown: readonly string[]): string | undefined {
  const usual = all.filter(({ isHidden }) => isHidden !== true).map(({ id }) => id);
  const text = all.flatMap(({ id }) => (shown.includes(id) ? [id] : [])).join(',');
  return text === usual.join(',') ? undefined : text;
}
