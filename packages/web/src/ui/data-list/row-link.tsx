import { UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { InCompany } from '../../data/pages.ts';
import classes from './data-list.module.css';
import type { Acting, ListDefinition } from './definition.ts';

/** What leads to a row, or opens it; a row that leads nowhere can have the focus all the same. */
export function RowLink<Row extends Acting>({
  list,
  row,
  children,
}: {
  readonly list: ListDefinition<Row>;
  readonly row: InCompany<Row>;
  readonly children: ReactNode;
}) {
  if (list.link === undefined) {
    return list.onOpen === undefined ? (
      <span data-open tabIndex={-1}>
        {children}
      </span>
    ) : (
      <UnstyledButton
        data-open
        className={`${classes.link} ${classes.opener}`}
        onClick={() => list.onOpen?.(row)}
      >
        {children}
      </UnstyledButton>
    );
  }
  const { path, search = {} } = list.link(row);
  return (
    <Link
      data-open
      to={path as never}
      search={{ company: row.company, ...search } as never}
      className={classes.link}
      preload={false}
      onClick={() => list.onFollow?.(row)}
    >
      {children}
    </Link>
  );
}
