import { Field, Value } from '../../ui/card/field-parts.ts';
import { faultAt, type SchemaField, schemaFields } from '../../ui/schema-form/schema-fields.ts';
import { JsonControl, SchemaForm } from '../../ui/schema-form/schema-form.tsx';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';
import type { ObjectType } from './objects.ts';

const { parameters: TEXTS } = ENTRY_TEXTS;
/** What faults call them. */
const AT = 'parameters';

interface Props {
  readonly objectType: ObjectType;
  /** The JSON schema of the parameters; null: there are none; undefined: it is not known. */
  readonly schema: unknown;
  readonly value: unknown;
  /** Null: it is only shown. */
  readonly onChange: ((value: unknown) => void) | null;
  /** By path, such as `parameters.orderNo`. */
  readonly faults: Readonly<Record<string, string>>;
}

/** What a codeunit or report is given: a form where its schema says what that is, JSON where it does not. */
export function ParametersForm({ objectType, schema, value, onChange, faults }: Props) {
  if (schema === null && (value === null || value === undefined))
    return (
      <>
        <FaultOfAll faults={faults} fields={[]} />
        <p className={classes.quiet}>{TEXTS.none[objectType]}</p>
      </>
    );
  const fields = schemaFields(schema);
  const given =
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (fields === null || (value !== null && typeof value !== 'object'))
    return <WholeJson value={value} onChange={onChange} fault={faultAt(faults, AT)} />;
  return (
    <>
      <FaultOfAll faults={faults} fields={fields} />
      <SchemaForm fields={fields} at={AT} value={given} onChange={onChange} faults={faults} />
    </>
  );
}

/** What is wrong with the parameters as a whole, or with one that has no field. */
function FaultOfAll({
  faults,
  fields,
}: {
  readonly faults: Props['faults'];
  readonly fields: readonly SchemaField[];
}) {
  const told = fields.map(({ name }) => `${AT}.${name}.`);
  const others = Object.entries(faults).filter(
    ([path]) => `${path}.`.startsWith(`${AT}.`) && !told.some((field) => `${path}.`.startsWith(field)),
  );
  return others.map(([path, text]) => (
    <p key={path} className={classes.fault} role="alert">
      {text}
    </p>
  ));
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
