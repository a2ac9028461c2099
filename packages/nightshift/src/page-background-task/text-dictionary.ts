import { jsonText, NightshiftError } from '../foundation/index.ts';

/** Flat text by name: what goes into a page background task, and what comes out. */
export type TextDictionary = Readonly<Record<string, string>>;

/** Most entries of a dictionary. */
const ENTRIES_MAX = 1_000;

/**
 * Writes values as flat text: numbers, truth values and big integers as they are spelled, dates as ISO 8601. What is
 * undefined is left out.
 * @param at `parameters` or `result`, for the message
 * @throws NightshiftError VALIDATION for what is not flat, with its name in `field`; JSON_INVALID for text that cannot travel
 */
export function textDictionary(value: unknown, at: 'parameters' | 'result'): TextDictionary {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw notFlat(at, 'is a flat object of texts');
  const given = Object.entries(value);
  if (given.length > ENTRIES_MAX) throw notFlat(at, `has at most ${ENTRIES_MAX} entries`);
  const texts = given.flatMap(([name, each]) =>
    each === undefined ? [] : [[name, textOf(each, `${at}.${name}`)] as const],
  );
  const dictionary = Object.fromEntries(texts);
  jsonText(dictionary, at);
  return Object.freeze(dictionary);
}

function textOf(value: unknown, field: string): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return String(value);
      break;
    case 'object':
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
      break;
    default:
  }
  throw notFlat(field, 'is text, a number, true or false, or a date');
}

function notFlat(field: string, what: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${what}.`, { field });
}
