import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { InCompany } from '../../data/pages.ts';
import { IconDots } from '../icons.ts';
import { type Acting, allowanceOf, type ListDefinition, type RowAction } from './definition.ts';
import { TEXTS } from './texts.ts';
import { useAsked } from './use-asked.tsx';
import { useRun } from './use-run.ts';

/** What may be done with a row; what may not says why. The menu is made when it is opened: there are many rows. */
export function RowMenu<Row extends Acting>({
  list,
  row,
}: {
  readonly list: ListDefinition<Row>;
  readonly row: InCompany<Row>;
}) {
  const [isOpen, setOpen] = useState(false);
  const run = useRun(list);
  const { take, dialog } = useAsked<Row>(list.name(row), (action, given) => void run(action, row, given));
  if (list.actions === undefined) return null;
  const button = (
    <ActionIcon
      aria-label={TEXTS.actionsOf(list.name(row))}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={() => setOpen(true)}
      size="sm"
    >
      <IconDots size={15} />
    </ActionIcon>
  );
  return (
    <>
      {isOpen ? (
        <Menu opened onChange={setOpen} position="bottom-end">
          <Menu.Target>{button}</Menu.Target>
          <Menu.Dropdown>
            {list.actions.map((action) => (
              <ActionItem key={action.name} action={action} row={row} onTake={() => take(action)} />
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        button
      )}
      {dialog}
    </>
  );
}

/** An item of a menu; the reason of one that is closed is read out, and shown on hover. */
export function ActionItem<Row extends Acting>({
  action,
  row,
  onTake,
}: {
  readonly action: RowAction<Row>;
  readonly row: InCompany<Row>;
  readonly onTake: () => void;
}) {
  const { allowed, reason } = allowanceOf(row, action);
  const Icon = action.icon;
  const item = (
    <Menu.Item
      leftSection={<Icon size={14} />}
      {...(allowed
        ? { onClick: onTake }
        : { 'data-disabled': true, closeMenuOnClick: false, 'aria-disabled': true })}
      {...(action.isDangerous === true && allowed ? { color: 'red' } : {})}
      aria-description={reason ?? undefined}
    >
      {action.label}
    </Menu.Item>
  );
  return reason === null ? (
    item
  ) : (
    <Tooltip label={reason} position="left">
      {item}
    </Tooltip>
  );
}
