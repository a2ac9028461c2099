import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, keyOf } from '../../data/api.ts';
import { conflictOf, fieldFaults, isToldAbove } from '../../data/problem.ts';
import { Fault } from '../fault.tsx';
import { relativeText } from '../format.ts';
import { useNow } from '../now.ts';
import { ConflictDialog } from './conflict.tsx';

const TEXTS = { cancel: 'Cancel', save: 'Save', yes: 'Yes', no: 'No', none: '–' };
const ROWS = 4;

/** What a field of a form holds. */
export type FormValue = string | boolean;
/** All that a form holds, by the names of its fields. */
export type FormValues = Readonly<Record<string, FormValue>>;

/** A field of a form. */
export interface FormField {
  /** As the interface calls it. */
  readonly name: string;
  readonly label: string;
  readonly help?: string | undefined;
  /** `lines`: several lines. */
  readonly kind: 'text' | 'number' | 'flag' | 'words' | 'lines';
  readonly words?: readonly string[];
  readonly isRequired?: boolean;
}

/** What a form changes; `Thing` is what the interface answers. */
export interface Changing<Thing> {
  /** What the change is based on. */
  readonly version: number;
  readonly valuesOf: (thing: Thing) => FormValues;
  readonly versionOf: (thing: Thing) => number;
  /** Where the audit log says who has changed it last. */
  readonly audit: { readonly company: string; readonly object: string; readonly verb: string };
}

/** A form in a dialog: makes something, or changes something that two people may be changing at once. */
export function FormDialog<Thing>({
  title,
  text,
  fields,
  initial,
  submit = TEXTS.save,
  changing,
  save,
  onClose,
}: {
  readonly title: string;
  readonly text?: string;
  readonly fields: readonly FormField[];
  readonly initial: FormValues;
  readonly submit?: string;
  /** Left out: something is made. */
  readonly changing?: Changing<Thing>;
  /** Saves the fields that differ, or all of them for something new. @throws ApiProblem */
  readonly save: (values: FormValues, version: number) => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const [base, setBase] = useState({ values: initial, version: changing?.version ?? 0 });
  const [values, setValues] = useState(initial);
  const saving = useMutation({
    mutationFn: (version: number) =>
      save(changing === undefined ? values : differing(base.values, values), version),
    onSuccess: onClose,
  });
  const theirs = changing === undefined ? null : conflictOf<Thing>(saving.error);
  const faults = fieldFaults(saving.error);
  const names = fields.map(({ name }) => name);
  const isMissing = fields.some(({ name, isRequired }) => isRequired === true && values[name] === '');
  if (theirs !== null && changing !== undefined) {
    const present = changing.valuesOf(theirs);
    const mine = differing(base.values, values);
    return (
      <Conflict
        fields={fields}
        present={present}
        mine={mine}
        audit={changing.audit}
        onReload={() => {
          setBase({ values: present, version: changing.versionOf(theirs) });
          setValues(present);
          saving.reset();
        }}
        onApply={() => saving.mutate(changing.versionOf(theirs))}
        onClose={() => saving.reset()}
      />
    );
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': TEXTS.cancel }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isMissing) saving.mutate(base.version);
        }}
      >
        <Stack gap="sm">
          {text !== undefined && <div>{text}</div>}
          {isToldAbove(saving.error, names) && <Fault error={saving.error} />}
          {fields.map((field, index) => (
            <Control
              key={field.name}
              field={field}
              fault={faults[field.name]}
              isFirst={index === 0}
              value={values[field.name] ?? ''}
              onChange={(value) => setValues({ ...values, [field.name]: value })}
            />
          ))}
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{TEXTS.cancel}</Button>
            <Button type="submit" variant="filled" loading={saving.isPending} disabled={isMissing}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function differing(before: FormValues, after: FormValues): FormValues {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}

function Control({
  field: { label, help, kind, words = [], isRequired = false },
  fault,
  isFirst,
  value,
  onChange,
}: {
  readonly field: FormField;
  readonly fault: string | undefined;
  readonly isFirst: boolean;
  readonly value: FormValue;
  readonly onChange: (value: FormValue) => void;
}) {
  if (kind === 'flag') {
    return (
      <Checkbox
        label={label}
        description={help}
        error={fault}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  const shared = {
    label,
    description: help,
    error: fault,
    required: isRequired,
    value: String(value),
    ...(isFirst ? { 'data-autofocus': true } : {}),
  };
  const take = (event: { readonly currentTarget: { readonly value: string } }) =>
    onChange(event.currentTarget.value);
  if (kind === 'words') return <NativeSelect {...shared} data={[...words]} onChange={take} />;
  if (kind === 'lines') return <Textarea {...shared} rows={ROWS} onChange={take} />;
  return <TextInput {...shared} {...(kind === 'number' ? { type: 'number' } : {})} onChange={take} />;
}

function wordsFor(value: FormValue | undefined): string {
  if (value === undefined || value === '') return TEXTS.none;
  return typeof value === 'boolean' ? (value ? TEXTS.yes : TEXTS.no) : value;
}

function Conflict({
  fields,
  present,
  mine,
  audit: { company, object, verb },
  ...answers
}: {
  readonly fields: readonly FormField[];
  readonly present: FormValues;
  readonly mine: FormValues;
  readonly audit: Changing<never>['audit'];
  readonly onReload: () => void;
  readonly onApply: () => void;
  readonly onClose: () => void;
}) {
  const now = useNow();
  const { data } = useQuery({
    queryKey: keyOf('auditLog', company, 'last', verb, object),
    queryFn: ({ signal }) =>
      api.call('auditLog.list', {
        params: { company },
        query: { object, verb, result: 'allowed', limit: 1 },
        signal,
      }),
    retry: false,
    gcTime: 0,
  });
  const last = data?.items[0];
  const differences = fields
    .filter(({ name }) => name in mine && mine[name] !== present[name])
    .map(({ name, label }) => ({
      field: label,
      theirs: wordsFor(present[name]),
      mine: wordsFor(mine[name]),
    }));
  return (
    <ConflictDialog
      who={last?.user ?? null}
      when={last === undefined ? '' : relativeText(last.at, now)}
      differences={differences}
      {...answers}
    />
  );
}
