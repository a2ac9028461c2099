import { Checkbox, Tooltip, UnstyledButton } from '@mantine/core';
import {
  type ColumnDef,
  columnVisibilityFeature,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { Fragment, useMemo } from 'react';
import type { InCompany } from '../../data/pages.ts';
import { IconArrowDown, IconArrowUp } from '../icons.ts';
import classes from './data-list.module.css';
import type { Acting, Column } from './definition.ts';
import { Expander } from './expander.tsx';
import { useRowsDrawn } from './first-rows.ts';
import type { ListParts } from './parts.ts';
import { RowLink } from './row-link.tsx';
import { RowMenu } from './row-menu.tsx';
import { rowKey } from './selection.ts';
import { TEXTS } from './texts.ts';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const SELECT_WIDTH = 36;
/** Where nothing can be done with rows, they are not selected either. */
const EDGE_WIDTH = 10;
const MENU_WIDTH = 44;
const COMPANY_WIDTH = 140;

/** A list as a table. What is in it came from the server in order; here it is only laid out. */
export function ListTable<Row extends Acting>(parts: ListParts<Row>) {
  const { list, loaded, state, selection, withCompany } = parts;
  const canSelect = list.actions !== undefined;
  const columns = useMemo(() => list.columns.map(definitionOf), [list]);
  const shown = state.columns.map(({ id }) => id).join();
  const visibility = useMemo(
    () => Object.fromEntries(list.columns.map(({ id }) => [id, shown.split(',').includes(id)])),
    [list, shown],
  );
  const table = useTable({
    features,
    columns,
    data: loaded.rows as InCompany<Row>[],
    getRowId: (row) => rowKey(list, row),
    state: { columnVisibility: visibility, rowSelection: selection.keys as Record<string, true> },
    onRowSelectionChange: (update) =>
      selection.change(
        typeof update === 'function' ? update(selection.keys as Record<string, true>) : update,
      ),
  });
  const drawn = useRowsDrawn();
  const edges = canSelect ? ([SELECT_WIDTH, MENU_WIDTH] as const) : ([EDGE_WIDTH, EDGE_WIDTH] as const);
  const width = state.columns.reduce(
    (sum, column) => sum + column.width,
    edges[0] + edges[1] + (withCompany ? COMPANY_WIDTH : 0),
  );
  return (
    <section className={classes.scroll} aria-label={list.title} data-scroll>
      <table
        className={classes.table}
        style={{ minWidth: width }}
        aria-rowcount={loaded.total?.isExact === true ? loaded.total.value + 1 : -1}
      >
        <colgroup>
          <col style={{ width: edges[0] }} />
          {withCompany && <col style={{ width: COMPANY_WIDTH }} />}
          {state.columns.map(({ id, width: each }) => (
            <col key={id} style={{ width: each }} />
          ))}
          <col style={{ width: edges[1] }} />
        </colgroup>
        <thead>
          <tr>
            <th className={classes.check}>
              {canSelect && (
                <Checkbox
                  aria-label={TEXTS.selectShown}
                  checked={selection.isPage}
                  indeterminate={selection.count > 0 && !selection.isPage}
                  onChange={(event) => table.toggleAllRowsSelected(event.currentTarget.checked)}
                />
              )}
            </th>
            {withCompany && <th>{TEXTS.company}</th>}
            {state.columns.map((column) => (
              <Head key={column.id} column={column} {...parts} />
            ))}
            <th>
              <span className={classes.hidden}>{TEXTS.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {table
            .getRowModel()
            .rows.slice(0, drawn)
            .map((row) => (
              <Fragment key={row.id}>
                <tr data-row className={classes.row} data-selected={row.getIsSelected()}>
                  <td className={classes.check}>
                    {canSelect && (
                      <Checkbox
                        aria-label={TEXTS.select(list.name(row.original))}
                        checked={row.getIsSelected()}
                        onChange={() => undefined}
                        onClick={row.getToggleSelectedHandler()}
                      />
                    )}
                  </td>
                  {withCompany && <td title={row.original.company}>{row.original.company}</td>}
                  {row.getVisibleCells().map((cell, index) => {
                    const column = list.columns.find(({ id }) => id === cell.column.id);
                    if (column === undefined) return null;
                    const content = column.cell(row.original);
                    return (
                      <td
                        key={cell.id}
                        data-align={column.align}
                        title={typeof content === 'string' && content !== '' ? content : undefined}
                      >
                        {index === 0 && list.expand !== undefined && (
                          <Expander {...parts} row={row.original} />
                        )}
                        {index === leadOf(state.columns) ? (
                          <RowLink list={list} row={row.original}>
                            {content}
                          </RowLink>
                        ) : (
                          content
                        )}
                      </td>
                    );
                  })}
                  <td className={canSelect ? classes.menu : undefined}>
                    <RowMenu list={list} row={row.original} />
                  </td>
                </tr>
                {list.expand !== undefined && parts.open.has(row.id) && (
                  <tr className={classes.expanded}>
                    <td colSpan={state.columns.length + (withCompany ? 3 : 2)}>
                      {list.expand(row.original)}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
        </tbody>
      </table>
    </section>
  );
}

/** Which column leads to the row: the one that is the title of its card. */
function leadOf<Row>(columns: readonly Column<Row>[]): number {
  return Math.max(
    0,
    columns.findIndex(({ inCard }) => inCard === 'title'),
  );
}

function definitionOf<Row>({ id, label }: Column<Row>): ColumnDef<typeof features, InCompany<Row>> {
  return { id, header: label, cell: () => null } as unknown as ColumnDef<typeof features, InCompany<Row>>;
}

function Head<Row extends Acting>({ column, state }: ListParts<Row> & { readonly column: Column<Row> }) {
  const { label, help, sort, align } = column;
  const isUp = sort?.up !== undefined && state.sort === sort.up;
  const isDown = sort?.down !== undefined && state.sort === sort.down;
  const words =
    help === undefined ? (
      label
    ) : (
      <Tooltip label={help}>
        <span>{label}</span>
      </Tooltip>
    );
  if (sort === undefined) return <th data-align={align}>{words}</th>;
  const next = nextSort(sort, state.sort);
  return (
    <th data-align={align} aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}>
      <UnstyledButton
        className={classes.sort}
        onClick={() => state.set({ sort: next })}
        aria-label={TEXTS.sortBy(label)}
      >
        {words}
        {isUp && <IconArrowUp size={13} aria-hidden />}
        {isDown && <IconArrowDown size={13} aria-hidden />}
      </UnstyledButton>
    </th>
  );
}

/** Up, down, as it was. */
function nextSort({ up, down }: NonNullable<Column<unknown>['sort']>, present: string): string | undefined {
  const order = [undefined, up, down].filter((each, index) => index === 0 || each !== undefined);
  const at = order.indexOf(present === '' ? undefined : present);
  return order[(at + 1) % order.length];
}
