import { isDeepStrictEqual } from 'node:util';

/** The fields that differ, as the audit log keeps them; null: none does. */
export function differences<T extends object>(
  before: T,
  after: T,
): { readonly before: Partial<T>; readonly after: Partial<T> } | null {
  const fields = Object.keys(after) as (keyof T)[];
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]));
  if (changed.length === 0) return null;
  const only = (from: T) => Object.fromEntries(changed.map((field) => [field, from[field]])) as Partial<T>;
  return { before: only(before), after: only(after) };
}
