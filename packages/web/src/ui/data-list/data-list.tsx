import { useMediaQuery } from '@mantine/hooks';
import { useMemo, useRef, useState } from 'react';
import { useShortcuts } from '../../app/keys.ts';
import { useScope } from '../../app/scope.ts';
import { useLive } from '../../data/live.ts';
import { usePages } from '../../data/pages.ts';
import { Empty } from '../empty.tsx';
import { Fault } from '../fault.tsx';
import { IconInbox, IconSearch } from '../icons.ts';
import classes from './data-list.module.css';
import type { Acting, ListDefinition } from './definition.ts';
import { ListCards } from './list-cards.tsx';
import { ListFoot } from './list-foot.tsx';
import { ListHead } from './list-head.tsx';
import { useListState } from './list-state.ts';
import { ListTable } from './list-table.tsx';
import { ListTools } from './list-tools.tsx';
import { moveRow, openRow, pressInRow } from './row-keys.ts';
import { useSelection } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';
import { TEXTS } from './texts.ts';

const WAITING_ROWS = [1, 2, 3, 4, 5, 6, 7, 8];
const NARROW = '(max-width: 760px)';

/**
 * A list as every screen has it: search, filters, views, columns, order, selection with exact counts, actions with reasons, keys, a file
 * for spreadsheets. What it shows is in the address. It follows changes while it is open.
 * @param isEmbedded whether it stands on a card, without a title of its own
 */
export function DataList<Row extends Acting>({
  list,
  isEmbedded = false,
}: {
  readonly list: ListDefinition<Row>;
  readonly isEmbedded?: boolean;
}) {
  useLive(list.resource);
  const state = useListState(list);
  const { company } = useScope();
  const loaded = usePages<Row>(state.query);
  const selection = useSelection(list, loaded, state.query);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const isNarrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  const box = useRef<HTMLDivElement>(null);
  useShortcuts(useMemo(() => listKeys(box), []));
  const toggle = (key: string) => setOpen((before) => toggled(before, key));
  const parts = { list, loaded, state, selection, open, toggle, withCompany: company === null };
  const isFiltered = Object.keys(state.filters).length > 0;
  return (
    <section className={classes.list} ref={box} aria-label={list.title} data-embedded={isEmbedded}>
      {!isEmbedded && <ListHead {...parts} />}
      {selection.count > 0 ? <SelectionBar {...parts} /> : <ListTools {...parts} />}
      {loaded.error !== null && <Fault error={loaded.error} retry={loaded.retry} />}
      {loaded.rows.length > 0 && (isNarrow ? <ListCards {...parts} /> : <ListTable {...parts} />)}
      {loaded.isLoading && <Waiting />}
      {!loaded.isLoading && loaded.error === null && loaded.rows.length === 0 && (
        <div className={classes.nothing}>
          {isFiltered ? (
            <Empty icon={IconSearch} title={TEXTS.nothingFits} text={TEXTS.nothingFitsText} />
          ) : (
            (list.whenEmpty ?? (
              <Empty icon={IconInbox} title={TEXTS.nothingThere(list.nouns ?? `${list.noun}s`)} />
            ))
          )}
        </div>
      )}
      <ListFoot {...parts} />
    </section>
  );
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Rows that are not there yet, of the height that they will have. */
function Waiting() {
  return (
    <div className={classes.waiting} role="status" aria-label={TEXTS.loading}>
      {WAITING_ROWS.map((row) => (
        <i key={row} />
      ))}
    </div>
  );
}

function listKeys(box: { readonly current: HTMLDivElement | null }) {
  const { keys } = TEXTS;
  return [
    {
      key: '/',
      text: keys.search,
      run: () => box.current?.querySelector<HTMLInputElement>('input[type="search"]')?.focus(),
    },
    { key: 'j', text: keys.next, run: () => moveRow(box.current, 1) },
    { key: 'k', text: keys.previous, run: () => moveRow(box.current, -1) },
    { key: 'x', text: keys.select, run: () => pressInRow('input[type="checkbox"]') },
    { key: 'e', text: keys.expand, run: () => pressInRow('[data-expand]') },
    { key: 'Enter', text: keys.open, run: () => openRow() },
  ];
}
