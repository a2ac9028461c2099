import {
  faultAt,
  fieldsOfValues,
  type SchemaField,
  schemaFields,
} from '../../ui/schema-form/schema-fields.ts';
import { SchemaForm } from '../../ui/schema-form/schema-form.tsx';

type Values = Readonly<Record<string, unknown>>;

/** What faults call the payload. */
const AT = 'payload';

/** The fields of a payload: what the application says it takes, and what is there besides. */
export function payloadFields(schema: unknown, ...values: readonly Values[]): readonly SchemaField[] {
  const known = schemaFields(schema) ?? [];
  const names = new Set(known.map(({ name }) => name));
  const others = Object.entries(Object.assign({}, ...values) as Values).filter(([name]) => !names.has(name));
  return [...known, ...fieldsOfValues(Object.fromEntries(others))];
}

/** Whether everything that the server says of a payload stands at one of its fields. */
export function standAtFields(
  faults: Readonly<Record<string, string>>,
  fields: readonly SchemaField[],
): boolean {
  const told = fields.filter(({ name }) => faultAt(faults, `${AT}.${name}`) !== undefined);
  const paths = Object.keys(faults);
  return (
    paths.length > 0 &&
    paths.every((path) => told.some(({ name }) => `${path}.`.startsWith(`${AT}.${name}.`)))
  );
}

/** A payload as a form, each field as the schema of the table says. */
export function PayloadForm({
  fields,
  value,
  faults,
  onChange,
}: {
  readonly fields: readonly SchemaField[];
  readonly value: Values;
  /** What the server says of fields, by their path. */
  readonly faults: Readonly<Record<string, string>>;
  readonly onChange: (value: Values) => void;
}) {
  return <SchemaForm fields={fields} at={AT} value={value} onChange={onChange} faults={faults} />;
}
