import { ActionIcon, Button, Checkbox, Menu, Popover, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type FormEvent, useEffect, useState } from 'react';
import { IconColumns, IconFilter, IconSearch, IconX } from '../icons.ts';
import classes from './data-list.module.css';
import type { Acting, Filter } from './definition.ts';
import { columnsText } from './list-state.ts';
import type { ListParts } from './parts.ts';
import { TEXTS } from './texts.ts';

const TYPING_MS = 250;

/** Search, filters, columns. */
export function ListTools<Row extends Acting>(parts: ListParts<Row>) {
  const { list, state } = parts;
  const set = list.filters.filter(({ name }) => state.filters[name] !== undefined);
  return (
    <div className={classes.tools}>
      {list.searchName !== undefined && <SearchBox {...parts} name={list.searchName} />}
      {set.map((filter) => (
        <Chip key={filter.name} filter={filter} {...parts} />
      ))}
      <AddFilter {...parts} />
      {set.length > 1 && (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => state.set(Object.fromEntries(set.map(({ name }) => [name, undefined])))}
        >
          {TEXTS.clearAll}
        </Button>
      )}
      <span className={classes.spacer} />
      <ColumnChooser {...parts} />
    </div>
  );
}

function SearchBox<Row extends Acting>({ list, state, name }: ListParts<Row> & { readonly name: string }) {
  const present = state.filters[name] ?? '';
  const [text, setText] = useState(present);
  // Somebody has gone back, or chosen a view.
  useEffect(() => setText(present), [present]);
  const search = useDebouncedCallback(
    (wanted: string) => state.set({ [name]: wanted === '' ? undefined : wanted }),
    TYPING_MS,
  );
  return (
    <TextInput
      type="search"
      className={classes.search ?? ''}
      aria-label={`${TEXTS.search}: ${list.title}`}
      placeholder={list.searchHint ?? TEXTS.search}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={<kbd className={classes.kbd}>/</kbd>}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}

/** A filter that is set; pressed, it can be changed. */
function Chip<Row extends Acting>({ filter, state }: ListParts<Row> & { readonly filter: Filter }) {
  const [isOpen, setOpen] = useState(false);
  const value = state.filters[filter.name] ?? '';
  const labels = filter.kind === 'words' ? (filter.labels ?? {}) : {};
  const read = value.split(',').map((word) => labels[word] ?? word);
  const words = filter.kind === 'flag' ? '' : `: ${read.join(', ')}`;
  return (
    <span className={classes.chip}>
      <Popover opened={isOpen} onChange={setOpen} trapFocus>
        <Popover.Target>
          <button type="button" onClick={() => setOpen(!isOpen)}>
            {filter.label}
            <b>{words}</b>
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <FilterForm
            filter={filter}
            value={value}
            onSet={(wanted) => state.set({ [filter.name]: wanted })}
            onDone={() => setOpen(false)}
          />
        </Popover.Dropdown>
      </Popover>
      <ActionIcon
        size="xs"
        aria-label={TEXTS.removeFilter(filter.label)}
        onClick={() => state.set({ [filter.name]: undefined })}
      >
        <IconX size={12} />
      </ActionIcon>
    </span>
  );
}

function AddFilter<Row extends Acting>({ list, state }: ListParts<Row>) {
  const [chosen, setChosen] = useState<Filter | null>(null);
  const [isOpen, setOpen] = useState(false);
  const free = list.filters.filter(({ name }) => state.filters[name] === undefined);
  if (free.length === 0) return null;
  const close = () => {
    setOpen(false);
    setChosen(null);
  };
  return (
    <Popover opened={isOpen} onChange={(open) => (open ? setOpen(true) : close())} trapFocus>
      <Popover.Target>
        <Button leftSection={<IconFilter size={14} />} onClick={() => (isOpen ? close() : setOpen(true))}>
          {TEXTS.filter}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {chosen === null ? (
          <div className={classes.choices}>
            <small>{TEXTS.addFilter}</small>
            {free.map((filter) => (
              <button
                key={filter.name}
                type="button"
                onClick={() => {
                  if (filter.kind !== 'flag') return setChosen(filter);
                  state.set({ [filter.name]: 'true' });
                  return close();
                }}
              >
                {filter.label}
              </button>
            ))}
          </div>
        ) : (
          <FilterForm
            filter={chosen}
            value=""
            onSet={(wanted) => state.set({ [chosen.name]: wanted })}
            onDone={close}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

interface FilterFormProps {
  readonly filter: Filter;
  readonly value: string;
  readonly onSet: (value: string | undefined) => void;
  readonly onDone: () => void;
}

function FilterForm({ filter, value, onSet, onDone }: FilterFormProps) {
  const [text, setText] = useState(value);
  if (filter.kind === 'words') {
    const chosen = value === '' ? [] : value.split(',');
    const change = (word: string, isOn: boolean) => {
      const next = filter.words.filter((each) =>
        each === word ? isOn : filter.isOne !== true && chosen.includes(each),
      );
      onSet(next.length === 0 ? undefined : next.join(','));
    };
    return (
      <fieldset className={classes.form}>
        <legend>{filter.label}</legend>
        {filter.words.map((word) => (
          <Checkbox
            key={word}
            label={filter.labels?.[word] ?? word}
            checked={chosen.includes(word)}
            onChange={(event) => change(word, event.currentTarget.checked)}
          />
        ))}
      </fieldset>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSet(text.trim() === '' ? undefined : text.trim());
    onDone();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label={filter.label}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
      <Button type="submit" variant="filled">
        {TEXTS.apply}
      </Button>
    </form>
  );
}

function ColumnChooser<Row extends Acting>({ list, state }: ListParts<Row>) {
  const shown = state.columns.map(({ id }) => id);
  const change = (id: string) => {
    const next = shown.includes(id) ? shown.filter((each) => each !== id) : [...shown, id];
    if (next.length > 0) state.set({ columns: columnsText(list.columns, next) });
  };
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Button leftSection={<IconColumns size={14} />} className={classes.wideOnly ?? ''}>
          {TEXTS.columns}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.columnMenu ?? ''}>
        <Menu.Label>{TEXTS.chooseColumns}</Menu.Label>
        {list.columns.map(({ id, label }) => (
          <Menu.CheckboxItem key={id} checked={shown.includes(id)} onChange={() => change(id)}>
            {label}
          </Menu.CheckboxItem>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => state.set({ columns: undefined })}>{TEXTS.resetColumns}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
