import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import type { JobQueueEntry } from '@nightshift/client/api';
import { useScope } from '../../app/scope.ts';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { Time } from '../../ui/time.tsx';
import { type EntryField, valueIn, wordsFor } from './entry-fields.ts';
import { ObjectControl } from './object-picker.tsx';
import { ObjectTypeMark } from './object-type.tsx';
import type { Draft } from './use-entry-edit.ts';

interface Props {
  readonly entry: JobQueueEntry;
  readonly fields: readonly EntryField[];
  /** Null: nothing is edited. */
  readonly draft: Draft | null;
  readonly faults: Readonly<Record<string, string>>;
  readonly onChange: (name: string, value: unknown) => void;
}

/** Some fields of an entry: as they are, or to be changed. */
export function EntryFields({ fields, ...rest }: Props) {
  return (
    <Fields>
      {fields.map((field) => (
        <EntryFieldView key={field.name} field={field} {...rest} />
      ))}
    </Fields>
  );
}

function EntryFieldView({
  field,
  entry,
  draft,
  faults,
  onChange,
}: Omit<Props, 'fields'> & { readonly field: EntryField }) {
  const { name, label, help, isWide = false } = field;
  const saved = valueIn(entry, name);
  if (draft !== null)
    return (
      <DraftField
        field={field}
        value={name in draft ? draft[name] : saved}
        fault={faults[name]}
        onChange={onChange}
      />
    );
  return (
    <Field label={label} help={help} isWide={isWide}>
      {field.kind === 'instant' ? (
        <Time at={saved as string | null} zone={entry.scheduleFields.timeZone} />
      ) : (
        <>
          <Value>{wordsFor(field, saved)}</Value>
          {field.kind === 'object' && <ObjectTypeMark of={entry.objectType} />}
        </>
      )}
    </Field>
  );
}

/** A field of an entry, to be filled in. */
export function DraftField({
  field,
  value,
  fault,
  onChange,
}: {
  readonly field: EntryField;
  readonly value: unknown;
  readonly fault: string | undefined;
  readonly onChange: (name: string, value: unknown) => void;
}) {
  const { name, label, help, isWide = false } = field;
  return (
    <Field label={label} help={help} isWide={isWide} fault={fault}>
      {(ids) => <Control ids={ids} field={field} value={value} onChange={(next) => onChange(name, next)} />}
    </Field>
  );
}

interface ControlProps {
  readonly ids: {
    readonly id: string;
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
  };
  readonly field: EntryField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function Control({ ids, field, value, onChange }: ControlProps) {
  const { kind, words = [], isNullable = false } = field;
  const { home: company } = useScope();
  const text = value === null || value === undefined ? '' : String(value);
  const error = ids['aria-invalid'];
  const take = (next: string) => onChange(next === '' && isNullable ? null : next);
  switch (kind) {
    case 'flag':
      return (
        <Checkbox
          {...ids}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'words':
      return (
        <NativeSelect
          {...ids}
          error={error}
          value={text}
          data={words.map((word) => ({ value: word, label: wordsFor(field, word) }))}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <TextInput
          {...ids}
          error={error}
          type="number"
          min={0}
          value={text}
          onChange={(event) => onChange(numberOf(event.currentTarget.value))}
        />
      );
    case 'minutes':
      return (
        <TextInput
          {...ids}
          error={error}
          type="number"
          min={1}
          value={value === null ? '' : String(Number(value) / 60_000)}
          onChange={(event) => onChange(msOf(event.currentTarget.value, isNullable))}
        />
      );
    case 'time':
      return (
        <TextInput
          {...ids}
          error={error}
          type="time"
          value={text}
          onChange={(event) => take(event.currentTarget.value)}
        />
      );
    case 'zone':
      return (
        <>
          <TextInput
            {...ids}
            error={error}
            list={`${ids.id}-zones`}
            value={text}
            onChange={(event) => take(event.currentTarget.value)}
          />
          <datalist id={`${ids.id}-zones`}>
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      );
    case 'object':
      return <ObjectControl company={company} ids={ids} value={text} onChange={onChange} />;
    case 'instant':
      return (
        <TextInput
          {...ids}
          error={error}
          type="datetime-local"
          value={localText(text)}
          onChange={(event) => onChange(instantOf(event.currentTarget.value))}
        />
      );
    default:
      return (
        <TextInput
          {...ids}
          error={error}
          value={text}
          onChange={(event) => take(event.currentTarget.value)}
        />
      );
  }
}

function numberOf(text: string): number | null {
  return text === '' ? null : Number(text);
}

function msOf(minutes: string, isNullable: boolean): number | null {
  return minutes === '' && isNullable ? null : Math.round(Number(minutes) * 60_000);
}

/** An instant as the browser's own field takes it, in the browser's zone. */
function localText(instant: string): string {
  if (instant === '') return '';
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instantOf(local: string): string | null {
  return local === '' ? null : new Date(local).toISOString();
}
