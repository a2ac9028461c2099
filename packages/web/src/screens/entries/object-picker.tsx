import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { schemaFields } from '../../ui/schema-form/schema-fields.ts';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { ObjectTypeMark } from './object-type.tsx';
import { type EntryObject, objectNamed, useObjects } from './objects.ts';

const { picker: TEXTS } = ENTRY_TEXTS;

/** The one that is chosen beforehand may be far down. */
function bringIntoView(chosen: HTMLElement | null): void {
  chosen?.scrollIntoView({ block: 'nearest' });
}

/** The codeunits and reports of the application with what they take and touch, to be searched and chosen from. */
export function ObjectList({
  company,
  value,
  onChange,
}: {
  readonly company: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const [search, setSearch] = useState('');
  const [first] = useState(value);
  const all = useObjects(company) ?? [];
  const shown = all.filter((each) => textOf(each).includes(search.trim().toLowerCase()));
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        aria-label={TEXTS.search}
        placeholder={TEXTS.search}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        data-autofocus
      />
      <fieldset className={classes.objects}>
        <legend className={classes.hidden}>{TEXTS.objects}</legend>
        {shown.map((each) => (
          <label
            key={each.name}
            className={classes.object}
            data-chosen={each.name === value}
            ref={each.name === first ? bringIntoView : undefined}
          >
            <input
              type="radio"
              name="object"
              value={each.name}
              checked={each.name === value}
              onChange={() => onChange(each.name)}
            />
            <span>
              <span className={classes.objectName}>
                <strong>{each.id === null ? each.name : `${each.id} · ${each.name}`}</strong>
                <ObjectTypeMark of={each.objectType} />
              </span>
              <small>{descriptionOf(each)}</small>
            </span>
          </label>
        ))}
        {shown.length === 0 && <p className={classes.quiet}>{TEXTS.none}</p>}
      </fieldset>
    </Stack>
  );
}

/** The name of a codeunit or report, typed, or chosen from all that there are. */
export function ObjectControl({
  company,
  ids,
  value,
  onChange,
}: {
  readonly company: string;
  readonly ids: {
    readonly id: string;
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
  };
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const known = objectNamed(useObjects(company), value);
  return (
    <Group gap={6} wrap="nowrap">
      <TextInput
        {...ids}
        className={classes.grow ?? ''}
        error={ids['aria-invalid']}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {known !== null && <ObjectTypeMark of={known.objectType} />}
      <Button onClick={() => setOpen(true)}>{TEXTS.choose}</Button>
      {isOpen && (
        <Modal
          opened
          onClose={() => setOpen(false)}
          title={TEXTS.title}
          size="lg"
          closeButtonProps={{ 'aria-label': TEXTS.close }}
        >
          <ObjectList
            company={company}
            value={value}
            onChange={(name) => {
              onChange(name);
              setOpen(false);
            }}
          />
        </Modal>
      )}
    </Group>
  );
}

/** What it says of itself, what it takes, yields and touches. */
function descriptionOf({ description, schema, outputTypes, tables }: EntryObject): string {
  const fields = schemaFields(schema);
  const touched = Object.entries(tables).map(([table, rights]) => `${table} (${rights})`);
  return [
    description,
    fields === null || fields.length === 0
      ? schema === null && TEXTS.takesNothing
      : TEXTS.takes(fields.map(({ label }) => label.toLowerCase()).join(', ')),
    outputTypes.length > 0 && TEXTS.yields(outputTypes.join(', ')),
    touched.length > 0 && TEXTS.tables(touched.join(', ')),
  ]
    .filter(Boolean)
    .join(' · ');
}

function textOf({ id, name, description, objectType }: EntryObject): string {
  return `${id ?? ''} ${name} ${description} ${ENTRY_TEXTS.objectTypes[objectType]}`.toLowerCase();
}
