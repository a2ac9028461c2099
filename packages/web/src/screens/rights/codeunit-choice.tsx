import { NativeSelect } from '@mantine/core';
import { useObjects } from '../entries/objects.ts';
import { TEXTS } from './texts.ts';

/** One of the codeunits and reports that there are; one that there is no more stays chosen, and its answer says so. */
export function CodeunitChoice({
  company,
  value,
  onChange,
}: {
  readonly company: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const known = useObjects(company)?.map(({ name }) => name) ?? [];
  const names = value === '' || known.includes(value) ? known : [value, ...known];
  return (
    <NativeSelect
      label={TEXTS.codeunit}
      data={[{ value: '', label: TEXTS.choose, disabled: true }, ...names]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
