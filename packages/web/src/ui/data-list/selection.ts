import { useCallback, useMemo, useRef, useState } from 'react';
import { allRows, type InCompany, type Loaded, type PageQuery } from '../../data/pages.ts';
import type { Acting, ListDefinition } from './definition.ts';

/** Which rows are chosen. */
export interface Selection<Row> {
  readonly keys: Readonly<Record<string, true>>;
  /** All that fit the filters, also those that are not loaded. */
  readonly isMatching: boolean;
  readonly count: number;
  /** Whether every row on the page is chosen, so that all that fit can be offered. */
  readonly isPage: boolean;
  readonly change: (keys: Readonly<Record<string, true>>) => void;
  readonly chooseMatching: () => void;
  readonly clear: () => void;
  /** The rows themselves, read when they are needed. */
  readonly rows: () => Promise<readonly InCompany<Row>[]>;
}

interface Choice {
  /** Of which rows. */
  readonly identity: string;
  readonly keys: Readonly<Record<string, true>>;
  readonly isMatching: boolean;
}

const NONE: Readonly<Record<string, true>> = {};

/** Keeps what is chosen, also while rows come, go and change. */
export function useSelection<Row extends Acting>(
  list: ListDefinition<Row>,
  loaded: Loaded<Row>,
  query: PageQuery,
): Selection<Row> {
  // What was chosen among other rows means nothing among these.
  const identity = JSON.stringify(query);
  const [choice, setChoice] = useState<Choice>({ identity, keys: NONE, isMatching: false });
  const { keys, isMatching } = choice.identity === identity ? choice : { keys: NONE, isMatching: false };
  // A row that live updates have taken off the page stays chosen, as it was seen last.
  const seen = useRef(new Map<string, InCompany<Row>>());
  if (choice.identity === identity)
    for (const key of seen.current.keys()) if (keys[key] === undefined) seen.current.delete(key);
  for (const row of loaded.rows) {
    const key = rowKey(list, row);
    if (keys[key] !== undefined) seen.current.set(key, row);
  }
  const choose = useCallback(
    (next: Readonly<Record<string, true>>, matching = false) =>
      setChoice({ identity, keys: next, isMatching: matching }),
    [identity],
  );
  const chosen = Object.keys(keys).length;
  return useMemo(
    () => ({
      keys,
      isMatching,
      count: isMatching ? (loaded.total?.value ?? chosen) : chosen,
      isPage: loaded.rows.length > 0 && loaded.rows.every((row) => keys[rowKey(list, row)] !== undefined),
      change: (next: Readonly<Record<string, true>>) => choose(next),
      chooseMatching: () => choose(keys, true),
      clear: () => choose(NONE),
      rows: async () =>
        isMatching
          ? await everyRow<Row>(query)
          : [...seen.current].flatMap(([key, row]) => (keys[key] === undefined ? [] : [row])),
    }),
    [keys, isMatching, chosen, loaded, list, query, choose],
  );
}

/** Names a row in its company, too, since a list may show several. */
export function rowKey<Row extends Acting>(list: ListDefinition<Row>, row: InCompany<Row>): string {
  return `${row.company}\n${list.key(row)}`;
}

async function everyRow<Row>(query: PageQuery): Promise<readonly InCompany<Row>[]> {
  const rows: InCompany<Row>[] = [];
  for await (const row of allRows<Row>(query)) rows.push(row);
  return rows;
}
