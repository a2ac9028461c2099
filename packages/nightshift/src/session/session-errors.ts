import { NightshiftError } from '../foundation/index.ts';

/** The error of a session that ended while queries were still in flight. */
export function unawaited(count: number): NightshiftError {
  return new NightshiftError(
    'UNAWAITED_QUERY',
    `The codeunit ended while ${count} of its queries were still running: await each of them.`,
  );
}
