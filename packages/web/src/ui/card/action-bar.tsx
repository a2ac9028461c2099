import { Button, Menu, Tooltip } from '@mantine/core';
import type { InCompany } from '../../data/pages.ts';
import { type Acting, allowanceOf, type Given, type RowAction } from '../data-list/definition.ts';
import { ActionItem } from '../data-list/row-menu.tsx';
import { TEXTS } from '../data-list/texts.ts';
import { useAsked } from '../data-list/use-asked.tsx';
import { IconChevronDown } from '../icons.ts';

/** What may be done with the one thing that a card shows: the main actions as buttons, the others under "More". */
export function ActionBar<Row extends Acting>({
  row,
  name,
  actions,
  onRun,
}: {
  readonly row: InCompany<Row>;
  readonly name: string;
  readonly actions: readonly RowAction<Row>[];
  readonly onRun: (action: RowAction<Row>, given: Given) => void;
}) {
  const { take, dialog } = useAsked(name, onRun);
  const others = actions.filter(({ isMain }) => isMain !== true);
  return (
    <>
      {actions
        .filter(({ isMain }) => isMain === true)
        .map((action) => (
          <ActionButton key={action.name} action={action} row={row} onTake={() => take(action)} />
        ))}
      {others.length > 0 && (
        <Menu>
          <Menu.Target>
            <Button rightSection={<IconChevronDown size={13} />}>{TEXTS.more}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((action) => (
              <ActionItem key={action.name} action={action} row={row} onTake={() => take(action)} />
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog}
    </>
  );
}

/** A button that says why it is closed; it keeps the focus, so that the reason can be read with the keyboard, too. */
function ActionButton<Row extends Acting>({
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
  const button = (
    <Button
      leftSection={<Icon size={14} />}
      {...(allowed ? { onClick: onTake } : { 'data-disabled': true, 'aria-disabled': true })}
      aria-description={reason ?? undefined}
    >
      {action.label}
    </Button>
  );
  return reason === null ? button : <Tooltip label={reason}>{button}</Tooltip>;
}
