import { Checkbox } from '@mantine/core';
import classes from './data-list.module.css';
import type { Acting } from './definition.ts';
import { Expander } from './expander.tsx';
import { useRowsDrawn } from './first-rows.ts';
import type { ListParts } from './parts.ts';
import { RowLink } from './row-link.tsx';
import { RowMenu } from './row-menu.tsx';
import { rowKey } from './selection.ts';
import { TEXTS } from './texts.ts';

/** A list on a narrow screen: a card for each row. */
export function ListCards<Row extends Acting>(parts: ListParts<Row>) {
  const { list, loaded, state, selection, withCompany } = parts;
  const drawn = useRowsDrawn();
  const title = state.columns.find(({ inCard }) => inCard === 'title') ?? state.columns[0];
  const status = state.columns.find(({ inCard }) => inCard === 'status');
  const rest = state.columns.filter(
    (column) => column !== title && column !== status && column.inCard !== 'none',
  );
  return (
    <ul className={classes.cards}>
      {loaded.rows.slice(0, drawn).map((row) => {
        const key = rowKey(list, row);
        const isSelected = selection.keys[key] !== undefined;
        return (
          <li key={key} data-row className={classes.card} data-selected={isSelected}>
            <div className={classes.cardHead}>
              {list.expand !== undefined && <Expander {...parts} row={row} />}
              {list.actions !== undefined && (
                <Checkbox
                  aria-label={TEXTS.select(list.name(row))}
                  checked={isSelected}
                  onChange={() => selection.change(without(selection.keys, key))}
                />
              )}
              <span className={classes.cardTitle}>
                <RowLink list={list} row={row}>
                  {title?.cell(row)}
                </RowLink>
              </span>
              {status?.cell(row)}
              <RowMenu list={list} row={row} />
            </div>
            <dl className={classes.cardBody}>
              {withCompany && (
                <div>
                  <dt>{TEXTS.company}</dt>
                  <dd>{row.company}</dd>
                </div>
              )}
              {rest.map(({ id, label, cell, inCard }) => (
                <div key={id} data-wide={inCard === 'wide' ? true : undefined}>
                  <dt>{label}</dt>
                  <dd>{cell(row)}</dd>
                </div>
              ))}
            </dl>
            {list.expand !== undefined && parts.open.has(key) && (
              <div className={classes.cardMore}>{list.expand(row)}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The keys with one more, or without it when it was among them. */
function without(keys: Readonly<Record<string, true>>, key: string): Readonly<Record<string, true>> {
  const { [key]: present, ...others } = keys;
  return present === undefined ? { ...keys, [key]: true } : others;
}
