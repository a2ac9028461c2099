import type { z } from 'zod';
import type { Route } from '../contract/route.ts';
import { isStorable } from './json-body.ts';
import { type FieldFault, RequestFault } from './problem.ts';

/** What of a request a route is told. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** What of a request passed the schemas of its route. */
export interface CheckedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Reads a query; what is given twice becomes a list, which no schema takes. */
export function parseQuery(text: string): Readonly<Record<string, string | readonly string[]>> {
  const query: Record<string, string | string[]> = Object.create(null);
  const params = new URLSearchParams(text);
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    query[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return query;
}

/** Checks a request by its route. @throws NightshiftError VALIDATION with each field that is wrong */
export function checkedInput(route: Route, raw: RawInput): CheckedInput {
  const faults: FieldFault[] = [];
  const params = parsed(route.params, raw.params, (path) => `{${String(path[0] ?? '')}}`, faults);
  const query = parsed(route.query, raw.query, (path) => `?${String(path[0] ?? '')}`, faults);
  const body = bodyOf(route, raw.body, faults);
  if (faults.length > 0) throw new RequestFault(faults);
  return { params, query, body };
}

function bodyOf(route: Route, body: unknown, faults: FieldFault[]): unknown {
  if (route.body === null) {
    const isEmpty = body === undefined || body === null || JSON.stringify(body) === '{}';
    if (!isEmpty) faults.push({ pointer: '', message: 'is to be empty here' });
    return null;
  }
  return parsed(route.body, body ?? {}, pointerOf, faults);
}

function parsed(
  schema: z.ZodType,
  value: unknown,
  pointer: (path: readonly PropertyKey[]) => string,
  faults: FieldFault[],
): unknown {
  for (const [name, part] of Object.entries(Object(value))) {
    if (typeof part === 'string' && !isStorable(part)) {
      faults.push({ pointer: pointer([name]), message: 'contains characters that cannot be stored' });
      return null;
    }
    if (Array.isArray(part) && pointer !== pointerOf) {
      faults.push({ pointer: pointer([name]), message: 'is given more than once' });
      return null;
    }
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) faults.push(...faultsOf(issue, pointer));
  return null;
}

function faultsOf(
  issue: z.core.$ZodIssue,
  pointer: (path: readonly PropertyKey[]) => string,
): readonly FieldFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...issue.path, key]),
      message: 'is no known field',
    }));
  }
  return [{ pointer: pointer(issue.path), message: wordsOf(issue) }];
}

function wordsOf({ message }: z.core.$ZodIssue): string {
  return /^(is|has|contains|lies|begins) /.test(message) ? message : `is not valid: ${message}`;
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
