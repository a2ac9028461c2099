import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { InCompany } from '../../data/pages.ts';
import { IconDots } from '../icons.ts';
import { ActionDialog } from './action-dialog.tsx';
import { type Acting, allowanceOf, type ListDefinition, type RowAction } from './definition.ts';
import { TEXTS } from './texts.ts';
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
  const [asked, setAsked] = useState<RowAction<Row> | null>(null);
  const run = useRun(list);
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
  const take = (action: RowAction<Row>) => {
    if (action.ask !== undefined) setAsked(action);
    else void run(action, row, { text: '', choice: '' });
  };
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
      {asked?.ask !== undefined && (
        <ActionDialog
          question={asked.ask(1, list.name(row))}
          label={asked.label}
          isDangerous={asked.isDangerous === true}
          onClose={() => setAsked(null)}
          onAnswer={(given) => {
            setAsked(null);
            void run(asked, row, given);
          }}
        />
      )}
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
