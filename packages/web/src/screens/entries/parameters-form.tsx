import { Field, Value } from '../../ui/card/field-parts.ts';
import { schemaFields } from '../../ui/schema-form/schema-fields.ts';
import { JsonControl, SchemaForm } from '../../ui/schema-form/schema-form.tsx';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';

const { parameters: TEXTS } = ENTRY_TEXTS;

interface Props {
  /** The JSON schema of the codeunit; null: it takes nothing; undefined: it is not known. */
  readonly schema: unknown;
  readonly value: unknown;
  /** Null: it is only shown. */
  readonly onChange: ((value: unknown) => void) | null;
  /** By path, such as `parameters.orderNo`. */
  readonly faults: Readonly<Record<string, string>>;
}

/** What a codeunit is given: a form where its schema says what that is, JSON where it does not. */
export function ParametersForm({ schema, value, onChange, faults }: Props) {
  if (schema === null && (value === null || value === undefined))
    return <p className={classes.quiet}>{TEXTS.none}</p>;
  const fields = schemaFields(schema);
  const given =
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (fields === null || (value !== null && typeof value !== 'object'))
    return <WholeJson value={value} onChange={onChange} fault={faults['parameters']} />;
  return <SchemaForm fields={fields} at="parameters" value={given} onChange={onChange} faults={faults} />;
}

function WholeJson({
  value,
  onChange,
  fault,
}: {
  readonly value: unknown;
  readonly onChange: Props['onChange'];
  readonly fault: string | undefined;
}) {
  const shared = { label: TEXTS.json, fault, isWide: true };
  if (onChange === null)
    return (
      <Field {...shared}>
        {value === null ? (
          <Value>{null}</Value>
        ) : (
          <pre className={classes.json}>{JSON.stringify(value, null, 2)}</pre>
        )}
      </Field>
    );
  return (
    <Field {...shared}>
      {(ids) => <JsonControl ids={ids} value={value ?? undefined} empty={null} onChange={onChange} />}
    </Field>
  );
}
