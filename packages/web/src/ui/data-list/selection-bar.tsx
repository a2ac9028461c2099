import { ActionIcon, Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { isBulkAction } from '../../data/bulk.ts';
import { IconChevronDown, IconX } from '../icons.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { BulkOperationDialog } from './bulk-operation-dialog.tsx';
import classes from './data-list.module.css';
import type { Acting, RowAction } from './definition.ts';
import type { ListParts } from './parts.ts';
import { TEXTS } from './texts.ts';

/** What is selected, how to select all that fit, and what to do with it. It stands where the filters stood, so nothing moves. */
export function SelectionBar<Row extends Acting>(parts: ListParts<Row>) {
  const { list, loaded, selection, state } = parts;
  const [action, setAction] = useState<RowAction<Row> | null>(null);
  const nouns = list.nouns ?? `${list.noun}s`;
  const offersMatching =
    selection.isPage &&
    !selection.isMatching &&
    loaded.total !== null &&
    loaded.total.value > loaded.rows.length;
  const usable = (list.actions ?? []).filter(({ isSingle }) => isSingle !== true);
  const close = (isDone: boolean) => {
    setAction(null);
    if (isDone) selection.clear();
  };
  return (
    <div className={classes.bar} role="toolbar" aria-label={TEXTS.actions}>
      <ActionIcon aria-label={TEXTS.clear} onClick={selection.clear}>
        <IconX size={15} />
      </ActionIcon>
      <strong role="status">
        {selection.isMatching && loaded.total !== null
          ? TEXTS.matchingSelected(loaded.total, nouns)
          : TEXTS.selected(selection.count, selection.count === 1 ? list.noun : nouns)}
      </strong>
      {offersMatching && loaded.total !== null && (
        <Button variant="subtle" size="compact-xs" onClick={selection.chooseMatching}>
          {TEXTS.selectMatching(loaded.total)}
        </Button>
      )}
      <span className={classes.barActions}>
        {usable
          .filter(({ isMain }) => isMain === true)
          .map((each) => (
            <Button
              key={each.name}
              leftSection={<each.icon size={14} />}
              onClick={() => setAction(each)}
              className={classes.wideOnly ?? ''}
            >
              {each.label}
            </Button>
          ))}
        <Menu position="bottom-end">
          <Menu.Target>
            <Button rightSection={<IconChevronDown size={13} />}>{TEXTS.more}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {usable.map((each) => (
              <Menu.Item
                key={each.name}
                leftSection={<each.icon size={14} />}
                onClick={() => setAction(each)}
              >
                {each.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </span>
      {action !== null &&
        (isBulkAction(list.resource, action.name) ? (
          <BulkOperationDialog
            list={list}
            action={action}
            selection={selection}
            query={state.query}
            onClose={close}
          />
        ) : (
          <BulkDialog list={list} action={action} selection={selection} onClose={close} />
        ))}
    </div>
  );
}
