import { UnstyledButton } from '@mantine/core';
import type { InCompany } from '../../data/pages.ts';
import { IconChevronDown, IconChevronRight } from '../icons.ts';
import classes from './data-list.module.css';
import type { Acting } from './definition.ts';
import type { ListParts } from './parts.ts';
import { rowKey } from './selection.ts';
import { TEXTS } from './texts.ts';

/** Opens what a row has beneath it, and closes it. */
export function Expander<Row extends Acting>({
  list,
  row,
  open,
  toggle,
}: ListParts<Row> & { readonly row: InCompany<Row> }) {
  const key = rowKey(list, row);
  const isOpen = open.has(key);
  return (
    <UnstyledButton
      data-expand
      className={classes.expander}
      aria-expanded={isOpen}
      aria-label={TEXTS.expand(list.name(row))}
      onClick={() => toggle(key)}
    >
      {isOpen ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
    </UnstyledButton>
  );
}
