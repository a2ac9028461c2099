import { Checkbox, NumberInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Fields } from '../../ui/card/field-parts.ts';
import { jsonText, parsed } from './json.ts';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

type Values = Readonly<Record<string, unknown>>;

/** The fields of a payload, each by the kind of value that it has. */
export function PayloadForm({
  value,
  faults,
  onChange,
}: {
  readonly value: Values;
  /** What the server says of fields, by their path. */
  readonly faults: Readonly<Record<string, string>>;
  readonly onChange: (value: Values) => void;
}) {
  return (
    <Fields>
      {Object.entries(value).map(([name, each]) => (
        <Input
          key={name}
          name={name}
          value={each}
          fault={faults[`payload.${name}`] ?? faults[name]}
          onChange={(next) => onChange({ ...value, [name]: next })}
        />
      ))}
    </Fields>
  );
}

interface InputProps {
  readonly name: string;
  readonly value: unknown;
  readonly fault: string | undefined;
  readonly onChange: (value: unknown) => void;
}

function Input({ name, value, fault, onChange }: InputProps) {
  if (typeof value === 'boolean') {
    return (
      <Checkbox
        label={name}
        checked={value}
        error={fault}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (typeof value === 'number') {
    return (
      <NumberInput
        label={name}
        value={value}
        error={fault}
        // An empty field stays a number that the server can judge.
        onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? null : Number(next))}
      />
    );
  }
  if (typeof value === 'string') {
    return (
      <TextInput
        label={name}
        value={value}
        error={fault}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return <JsonInput name={name} value={value} fault={fault} onChange={onChange} />;
}

/** A value that is no plain text or number: as JSON, taken over once it is one. */
function JsonInput({ name, value, fault, onChange }: InputProps) {
  const [text, setText] = useState(() => jsonText(value));
  const read = parsed(text);
  return (
    <Textarea
      className={classes.wide ?? ''}
      classNames={{ input: classes.mono ?? '' }}
      label={name}
      rows={value === null ? 1 : 5}
      value={text}
      error={fault ?? (read.isGood ? undefined : TEXTS.payload.fieldBad)}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = parsed(event.currentTarget.value);
        if (next.isGood) onChange(next.value);
      }}
    />
  );
}
