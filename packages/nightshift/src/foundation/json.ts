import { isNightshiftError, NightshiftError } from './errors.ts';

/** A value that JSON can carry without loss. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Largest stored record, in characters of its JSON text. */
export const RECORD_LENGTH_MAX = 1_000_000;
/** Deepest nesting of a stored record. */
export const RECORD_DEPTH_MAX = 64;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks that `value` is plain JSON data and returns its text. Refuses what would be lost or harmful on the way:
 * undefined, functions, class instances, cycles, NaN, bigints, NUL and lone surrogates, `__proto__`, too deep, too long.
 * @throws NightshiftError JSON_INVALID with the path of the first offence in `field`
 */
export function jsonText(value: unknown, field: string): string {
  const text = textOf(value, field);
  if (text.length > RECORD_LENGTH_MAX) {
    throw refused(field, `is ${text.length} characters long; at most ${RECORD_LENGTH_MAX} are kept`);
  }
  return text;
}

function textOf(value: unknown, field: string): string {
  try {
    check(value, field, 0, { above: new Set(), values: 0 });
    return JSON.stringify(value);
  } catch (error) {
    if (isNightshiftError(error)) throw error;
    throw new NightshiftError('JSON_INVALID', `${field} cannot be read as plain data.`, {
      field,
      cause: error,
    });
  }
}

/** What is known while a value is walked through. */
interface Walk {
  /** The objects around the present one. */
  readonly above: Set<object>;
  /** Values seen. Shared objects count each time, as in the text, or a small value could take for ever. */
  values: number;
}

function check(value: unknown, path: string, depth: number, walk: Walk): asserts value is JsonValue {
  walk.values++;
  if (walk.values > RECORD_LENGTH_MAX)
    throw refused(path, `is one value too many; at most ${RECORD_LENGTH_MAX} characters are kept`);
  switch (typeof value) {
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, `is ${value}, which JSON cannot carry`);
      return;
    case 'string':
      checkText(value, path);
      return;
    case 'object':
      if (value !== null) checkObject(value, path, depth, walk);
      return;
    default:
      throw refused(path, `is a ${typeof value}, which JSON cannot carry`);
  }
}

function checkText(text: string, path: string): void {
  if (text.includes('\0')) throw refused(path, 'contains a NUL character');
  if (!text.isWellFormed()) throw refused(path, 'contains half a character (a lone surrogate)');
}

function checkObject(value: object, path: string, depth: number, walk: Walk): void {
  const { above } = walk;
  if (depth >= RECORD_DEPTH_MAX) throw refused(path, `is nested deeper than ${RECORD_DEPTH_MAX} levels`);
  if (above.has(value)) throw refused(path, 'refers back to something that contains it');
  above.add(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, depth + 1, walk);
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw refused(path, `is a ${value.constructor?.name ?? 'class instance'}, not plain data`);
    }
    for (const [key, item] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key)) throw refused(path, `has the forbidden key "${key}"`);
      checkText(key, path);
      if (item !== undefined) check(item, `${path}.${key}`, depth + 1, walk);
    }
  }
  // JSON.stringify would write what this answers, unchecked.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    throw refused(path, 'has a method toJSON');
  above.delete(value);
}

function refused(path: string, what: string): NightshiftError {
  return new NightshiftError('JSON_INVALID', `${path} ${what}.`, { field: path });
}
