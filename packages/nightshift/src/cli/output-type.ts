import { ENTRY_OUTPUT_TYPES, type EntryOutputType } from '../contract/report-output-type.ts';
import { NightshiftError } from '../foundation/index.ts';

/** The output type that a person means, whatever the case. @throws NightshiftError VALIDATION */
export function outputTypeOf(text: string, field: string): EntryOutputType {
  const wanted = text.trim().toLowerCase();
  const found = ENTRY_OUTPUT_TYPES.find((type) => type.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no output type "${text}". The output types are: ${ENTRY_OUTPUT_TYPES.join(', ')}.`,
    { field },
  );
}
