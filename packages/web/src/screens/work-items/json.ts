/** What a text is as JSON. */
export type Parsed =
  | { readonly isGood: true; readonly value: unknown }
  | { readonly isGood: false; readonly why: string };

/** Reads a text as JSON. */
export function parsed(text: string): Parsed {
  try {
    return { isGood: true, value: JSON.parse(text) };
  } catch (error) {
    return { isGood: false, why: error instanceof Error ? error.message : '' };
  }
}

/** Writes a value for people. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Whether a value has fields that a form can show. */
export function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
