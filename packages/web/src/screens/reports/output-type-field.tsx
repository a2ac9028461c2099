import { NativeSelect } from '@mantine/core';
import type { JobQueueEntry } from '@nightshift/client/api';
import type { ReportOutputType } from '../../data/reports.ts';
import { Field, Value } from '../../ui/card/field-parts.ts';
import { OUTPUT_TYPES, TEXTS } from './texts.ts';

/** What a report is to yield. */
export type OutputWish = NonNullable<JobQueueEntry['reportOutputType']>;

/** What a report is to yield: as it is, or to be chosen. */
export function OutputTypeField({
  types,
  value,
  fault,
  help = TEXTS.dialog.outputHelp,
  onChange,
}: {
  /** What it can yield. */
  readonly types: readonly ReportOutputType[];
  readonly value: OutputWish;
  readonly fault: string | undefined;
  readonly help?: string | undefined;
  /** Null: it is only shown. */
  readonly onChange: ((value: OutputWish) => void) | null;
}) {
  const shared = { label: TEXTS.dialog.outputType, help, fault };
  if (onChange === null)
    return (
      <Field {...shared}>
        <Value>{OUTPUT_TYPES[value]}</Value>
      </Field>
    );
  const offered: readonly OutputWish[] = [...types, 'None'];
  // One that the report yields no more stays to be seen until another is chosen.
  const shown = offered.includes(value) ? offered : [value, ...offered];
  return (
    <Field {...shared}>
      {(ids) => (
        <NativeSelect
          {...ids}
          error={ids['aria-invalid']}
          value={value}
          data={shown.map((type) => ({ value: type, label: OUTPUT_TYPES[type] }))}
          onChange={(event) => {
            const chosen = shown.find((type) => type === event.currentTarget.value);
            if (chosen !== undefined) onChange(chosen);
          }}
        />
      )}
    </Field>
  );
}
