import { ApiProblem, type Problem } from '@nightshift/client/api';

/** What went wrong, for people. */
export interface Told {
  readonly title: string;
  readonly text: string;
  /** To be quoted to whoever supports the server; null: it never got there. */
  readonly correlationId: string | null;
}

/** An error as a screen tells it. */
export function toldOf(error: unknown): Told {
  if (!(error instanceof ApiProblem)) {
    return {
      title: 'The server cannot be reached',
      text: 'Your work on this page is kept. It goes on when the connection is back.',
      correlationId: null,
    };
  }
  const { title, detail, correlationId, status } = error.problem;
  const why = status === 403 ? `${detail} Ask whoever administers Nightshift for the right.` : detail;
  return {
    title: status === 403 ? 'You may not do that' : title,
    text: why,
    correlationId: correlationId || null,
  };
}

/** What is wrong with the fields of a form, by the path of the field; empty for any other error. */
export function fieldFaults(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiProblem)) return {};
  const faults = error.problem.errors ?? [];
  return Object.fromEntries(
    faults.map(({ pointer, message }) => [pointer.replace(/^\//, '').replaceAll('/', '.'), message]),
  );
}

/** Whether an error is to be told above a form: none of these fields shows it. */
export function isToldAbove(error: unknown, fields: readonly string[]): boolean {
  const faults = fieldFaults(error);
  return error !== null && !fields.some((name) => faults[name] !== undefined);
}

/** The object as it is now, when somebody else has changed it since it was read; null: another error. */
export function conflictOf<T>(error: unknown): T | null {
  const isStale = error instanceof ApiProblem && error.status === 412;
  return isStale ? ((error.problem as Problem).current as T) : null;
}
