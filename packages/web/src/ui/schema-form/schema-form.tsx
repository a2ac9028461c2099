import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Field, Fields, Value } from '../card/field-parts.ts';
import { faultAt, type SchemaField } from './schema-fields.ts';

const TEXTS = { notJson: 'This is not JSON yet.', unset: '– not given –' };

/** A form for some fields of an object; what it has besides stays. */
export function SchemaForm({
  fields,
  at,
  value,
  onChange,
  faults,
}: {
  readonly fields: readonly SchemaField[];
  /** What faults call the object, such as `parameters`. */
  readonly at: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Null: it is only shown. */
  readonly onChange: ((value: Readonly<Record<string, unknown>>) => void) | null;
  /** By path, such as `parameters.orderNo`. */
  readonly faults: Readonly<Record<string, string>>;
}) {
  return (
    <Fields>
      {fields.map((field) => (
        <OneField
          key={field.name}
          field={field}
          value={value[field.name]}
          fault={faultAt(faults, `${at}.${field.name}`)}
          onChange={onChange === null ? null : (next) => onChange(withPart(value, field.name, next))}
        />
      ))}
    </Fields>
  );
}

/** With a part changed; undefined: it is not given. */
function withPart(given: Readonly<Record<string, unknown>>, name: string, next: unknown) {
  const { [name]: _, ...others } = given;
  if (next === undefined) return others;
  // In its place: an object keeps the order that people know.
  return name in given ? { ...given, [name]: next } : { ...others, [name]: next };
}

interface OneProps {
  readonly field: SchemaField;
  readonly value: unknown;
  readonly fault: string | undefined;
  readonly onChange: ((value: unknown) => void) | null;
}

function OneField({ field, value, fault, onChange }: OneProps) {
  const { help, kind } = field;
  const shared = { label: labelOf(field), help, fault, isWide: kind === 'json' };
  if (onChange === null)
    return (
      <Field {...shared}>
        <Value>{wordsOf(value ?? field.fallback)}</Value>
      </Field>
    );
  return (
    <Field {...shared}>
      {(ids) => <Control ids={ids} field={field} value={value} onChange={onChange} />}
    </Field>
  );
}

type Ids = { readonly id: string; readonly 'aria-describedby': string; readonly 'aria-invalid': boolean };

function Control({
  ids,
  field: { kind, words, isRequired, fallback, min, max },
  value,
  onChange,
}: Pick<OneProps, 'field' | 'value'> & {
  readonly ids: Ids;
  readonly onChange: (value: unknown) => void;
}) {
  const text = value === null || value === undefined ? '' : String(value);
  const shared = { ...ids, error: ids['aria-invalid'], required: isRequired };
  const hint = fallback === undefined ? undefined : wordsOf(fallback);
  switch (kind) {
    case 'flag':
      return (
        <Checkbox
          {...ids}
          checked={(value ?? fallback) === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'words':
      return (
        <NativeSelect
          {...shared}
          value={text}
          data={[{ value: '', label: hint ?? TEXTS.unset }, ...words]}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      );
    case 'json':
      return <JsonControl ids={ids} value={value} empty={undefined} onChange={onChange} />;
    default:
      return (
        <TextInput
          {...shared}
          type={kind}
          step={kind === 'number' ? 'any' : undefined}
          min={min}
          max={max}
          placeholder={hint}
          value={text}
          onChange={(event) => onChange(given(kind, event.currentTarget.value))}
        />
      );
  }
}

function given(kind: SchemaField['kind'], text: string): unknown {
  if (text === '') return undefined;
  return kind === 'number' ? Number(text) : text;
}

/** Text that becomes a value whenever it is JSON. */
export function JsonControl({
  ids,
  value,
  empty,
  onChange,
}: {
  readonly ids: Ids;
  readonly value: unknown;
  readonly empty: null | undefined;
  readonly onChange: (value: unknown) => void;
}) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [isJson, setJson] = useState(true);
  const take = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === '' ? empty : JSON.parse(next));
      setJson(true);
    } catch {
      setJson(false);
    }
  };
  return (
    <Textarea
      {...ids}
      rows={5}
      value={text}
      error={isJson ? ids['aria-invalid'] : TEXTS.notJson}
      onChange={(event) => take(event.currentTarget.value)}
    />
  );
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What is asked for, whether it is needed, and whether it is written as JSON. */
function labelOf({ label, kind, isRequired }: SchemaField): string {
  return `${label}${kind === 'json' ? ' (JSON)' : ''}${isRequired ? ' *' : ''}`;
}
