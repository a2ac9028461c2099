import { ApiProblem, type NightshiftClient } from '@nightshift/client/api';
import { ERROR_CODES, type ErrorCode, NightshiftError } from '../../foundation/index.ts';

/** What fields are called on the wire, where the verbs call them otherwise. */
const FIELDS: Readonly<Record<string, string>> = {
  timeoutMs: 'timeout',
  expectedDurationMs: 'expectedDuration',
  olderThanMs: 'olderThan',
  expiresInDays: 'days',
};

/** The same server, whose refusals are the errors that the verbs themselves throw. */
export function translating(server: NightshiftClient, url: string): NightshiftClient {
  const { call, all, file } = server as unknown as LooseClient;
  const ours: LooseClient = {
    call: (name, input) =>
      call(name, input).then(withoutActions, (error: unknown) => {
        throw errorOf(error, url);
      }),
    async *all(name, input) {
      try {
        for await (const row of all(name, input)) yield withoutActions(row);
      } catch (error) {
        throw errorOf(error, url);
      }
    },
    file: (name, input) =>
      file(name, input).catch((error: unknown) => {
        throw errorOf(error, url);
      }),
  };
  return ours as unknown as NightshiftClient;
}

/** What could be done with a row now is for screens; verbs do not tell it. */
function withoutActions(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('allowedActions' in answer)) return answer;
  const { allowedActions: _, ...rest } = answer;
  return rest;
}

interface LooseClient {
  call(name: string, input?: unknown): Promise<unknown>;
  all(name: string, input?: unknown): AsyncGenerator<unknown>;
  file(name: string, input?: unknown): Promise<unknown>;
}

function errorOf(thrown: unknown, url: string): unknown {
  if (thrown instanceof ApiProblem) return refusal(thrown);
  // What `fetch` throws when nobody answers, or another certificate than one that is trusted.
  if (!(thrown instanceof TypeError) && !(thrown instanceof SyntaxError)) return thrown;
  const why = thrown.cause instanceof Error ? `: ${thrown.cause.message}` : '';
  return new NightshiftError('SERVER_UNREACHABLE', `No Nightshift server answers at ${url}${why}.`, {
    cause: thrown,
  });
}

function refusal({ problem, message, code }: ApiProblem): NightshiftError {
  // The same as what the verb says to whoever names a version.
  const known = code === 'VERSION_STALE' ? 'CONFLICT' : code;
  if (!Object.hasOwn(ERROR_CODES, known)) {
    const text = `What answered is no Nightshift server of this release: ${message} (${problem.status}).`;
    return new NightshiftError('SERVER_UNREACHABLE', text);
  }
  const field = fieldIn(problem.errors?.[0]?.pointer);
  return new NightshiftError(known as ErrorCode, message, {
    ...(field === null ? {} : { field }),
    details: { ...problem.details },
  });
}

/** A place in a request as the name of a field: `/timeoutMs`, `?limit`, `{entryId}`. */
function fieldIn(pointer: string | undefined): string | null {
  const name = pointer?.replaceAll(/[{}?]|^\//g, '').replaceAll('/', '.') ?? '';
  return name === '' ? null : (FIELDS[name] ?? name);
}
