import { help } from 'virtual:help/JobQueueEntryChanges';
import type { JobQueueEntry } from '@nightshift/client/api';
import type { ReactNode } from 'react';
import { OutputTypeField, type OutputWish } from '../reports/output-type-field.tsx';
import classes from './entries.module.css';
import type { EntryObject } from './objects.ts';
import { ParametersForm } from './parameters-form.tsx';
import type { Draft } from './use-entry-edit.ts';

/** What the object of an entry is given: its parameters, and for a report also what it is to yield. */
export function OptionsForm({
  object,
  values,
  faults,
  onChange,
  children,
}: {
  readonly object: EntryObject;
  readonly values: Draft;
  readonly faults: Readonly<Record<string, string>>;
  /** Null: it is only shown. */
  readonly onChange: ((name: keyof JobQueueEntry, value: unknown) => void) | null;
  /** Beneath it. */
  readonly children?: ReactNode;
}) {
  const { objectType, schema, outputTypes } = object;
  const wanted = values['reportOutputType'] as OutputWish | null | undefined;
  return (
    <div className={classes.options}>
      <ParametersForm
        objectType={objectType}
        schema={schema}
        value={values['parameters'] ?? null}
        faults={faults}
        onChange={onChange === null ? null : (value) => onChange('parameters', value)}
      />
      {objectType === 'report' && (
        <OutputTypeField
          types={outputTypes}
          // The server takes what the report yields first where nothing is chosen.
          value={wanted ?? outputTypes[0] ?? 'None'}
          fault={faults['reportOutputType']}
          help={help['reportOutputType']}
          onChange={onChange === null ? null : (value) => onChange('reportOutputType', value)}
        />
      )}
      {children}
    </div>
  );
}
