import { types as typeOf } from 'node:util';
import { VALUE_PARSERS } from '../../database/index.ts';
import type { QueryConfig } from '../session.ts';
import type { TextAnswer } from './messages.ts';

/** Parameters in the form in which they cross: what has methods that `pg` would call is called here. */
export function crossingValues(values: readonly unknown[]): readonly unknown[] {
  return values.map((value) => crossing(value, []));
}

function crossing(value: unknown, above: readonly unknown[]): unknown {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'function':
    case 'symbol':
      return String(value);
    case 'object':
      return value === null ? null : crossingObject(value, above);
    default:
      return value;
  }
}

function crossingObject(value: object, above: readonly unknown[]): unknown {
  // A view is copied, because its whole buffer would cross, and that of a Buffer may hold other things as well.
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (typeOf.isDate(value)) return value;
  if (above.includes(value)) throw new Error(`circular reference detected while preparing a query value`);
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((item) => crossing(item, inside));
  const { toPostgres } = value as { readonly toPostgres?: unknown };
  if (typeof toPostgres !== 'function') return JSON.stringify(value);
  const prepare = (part: unknown) => crossing(part, inside);
  return crossing(toPostgres.call(value, prepare), inside);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
}

/** The rows of an answer that crossed as text. */
export function rowsOf(answer: TextAnswer, form: Pick<QueryConfig, 'rowMode' | 'types'>): unknown[] {
  const types = form.types ?? VALUE_PARSERS;
  const columns = answer.fields.map(({ name, dataTypeID }) => ({
    name,
    parse: types.getTypeParser(dataTypeID, 'text'),
  }));
  return answer.rows.map((row) => {
    const values = columns.map(({ parse }, at) => {
      const text = row[at] ?? null;
      return text === null ? null : parse(text);
    });
    if (form.rowMode === 'array') return values;
    const made: Record<string, unknown> = {};
    for (const [at, { name }] of columns.entries()) made[name] = values[at];
    return made;
  });
}

/** Bytes arrive as Uint8Array; turns them back into what they were for user code: Buffers. */
export function withBuffers(value: unknown, seen = new Map<unknown, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  seen.set(value, value);
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) value[at] = withBuffers(item, seen);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    const plain = value as Record<string, unknown>;
    for (const key of Object.keys(plain)) {
      const item = plain[key];
      if (typeof item === 'object' && item !== null && key !== '__proto__')
        plain[key] = withBuffers(item, seen);
    }
  }
  return value;
}
