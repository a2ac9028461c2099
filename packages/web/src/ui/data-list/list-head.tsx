import { ActionIcon, Button, Checkbox, Popover, TextInput, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { useUrl } from '../../app/url.ts';
import { removeView, type SavedView, saveView, useSavedViews } from '../../data/views.ts';
import { IconDownload, IconStar, IconX } from '../icons.ts';
import { tellError } from '../notify.ts';
import classes from './data-list.module.css';
import type { Acting, View } from './definition.ts';
import { exportCsv } from './export-csv.ts';
import type { ListParts } from './parts.ts';
import { TEXTS } from './texts.ts';

/** Title, views, and what belongs to the list as a whole. */
export function ListHead<Row extends Acting>(parts: ListParts<Row>) {
  const { list, state } = parts;
  return (
    <header className={classes.head}>
      <div className={classes.titleRow}>
        <h1 className={classes.title}>{list.title}</h1>
        <div className={classes.buttons}>
          {list.hasCsv === true && (
            <Button
              leftSection={<IconDownload size={14} />}
              onClick={() => void exportCsv(state.query).catch(tellError)}
              className={classes.csv ?? ''}
            >
              {TEXTS.csv}
            </Button>
          )}
          {list.buttons}
        </div>
      </div>
      <Views {...parts} />
    </header>
  );
}

/** Whether the address says just what a view says. */
function isOn(view: View, present: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(view.search);
  return (
    wanted.length === Object.keys(present).length && wanted.every(([name, value]) => present[name] === value)
  );
}

function Views<Row extends Acting>({ list, state }: ListParts<Row>) {
  const { set } = useUrl();
  const { home } = useScope();
  const saved = useSavedViews(list.resource, home);
  const present = { ...state.filters, ...(state.sort === '' ? {} : { sort: state.sort }) };
  const go = (view: View) => set({ ...emptied(present), ...view.search }, 'push');
  const all: readonly (View & Partial<SavedView>)[] = [...(list.views ?? []), ...saved];
  if (all.length === 0) return null;
  return (
    <nav className={classes.views} aria-label={TEXTS.views}>
      {all.map((view) => {
        const on = isOn(view, present);
        return (
          <span key={view.id} className={classes.view} data-on={on}>
            <button
              type="button"
              onClick={() => go(view)}
              aria-current={on ? 'true' : undefined}
              title={view.isOwn === false ? TEXTS.sharedBy(view.user ?? '') : undefined}
            >
              {view.label}
            </button>
            {view.isOwn === true && (
              <ActionIcon
                size="xs"
                aria-label={TEXTS.removeView(view.label)}
                onClick={() => void removeView(home, view.id).catch(tellError)}
              >
                <IconX size={11} />
              </ActionIcon>
            )}
          </span>
        );
      })}
      {Object.keys(present).length > 0 && !all.some((view) => isOn(view, present)) && (
        <SaveView
          onSave={(label, isShared) =>
            void saveView(home, { list: list.resource, label, search: present, isShared }).catch(tellError)
          }
        />
      )}
    </nav>
  );
}

function emptied(present: Readonly<Record<string, string>>): Record<string, undefined> {
  return Object.fromEntries(Object.keys(present).map((name) => [name, undefined]));
}

function SaveView({ onSave }: { readonly onSave: (label: string, isShared: boolean) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [label, setLabel] = useState('');
  const [isShared, setShared] = useState(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus>
      <Popover.Target>
        <Tooltip label={TEXTS.saveView}>
          <ActionIcon aria-label={TEXTS.saveView} onClick={() => setOpen(!isOpen)}>
            <IconStar size={14} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (label.trim() === '') return;
            onSave(label.trim(), isShared);
            setOpen(false);
            setLabel('');
          }}
        >
          <TextInput
            label={TEXTS.viewName}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Checkbox
            label={TEXTS.shareView}
            checked={isShared}
            onChange={(event) => setShared(event.currentTarget.checked)}
          />
          <Button type="submit" variant="filled">
            {TEXTS.saveView}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
