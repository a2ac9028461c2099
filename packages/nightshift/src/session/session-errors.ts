import { NightshiftError } from '../foundation/index.ts';

/** The error of a handle that is used after its session's end. */
export function sessionEnded(): NightshiftError {
  return new NightshiftError('SESSION_ENDED', 'The session has ended: its handle cannot be used any more.');
}

/** The error of a session that ended while queries were still in flight. */
export function unawaited(count: number): NightshiftError {
  return new NightshiftError(
    'UNAWAITED_QUERY',
    `The codeunit ended while ${count} of its queries were still running: await each of them.`,
  );
}

/** The error of what would not fit a transaction that is shared with other tasks. */
export function notInShared(codeunit: string, what: string): NightshiftError {
  return new NightshiftError(
    what === 'session.commit()' ? 'COMMIT_NOT_ALLOWED' : 'SHARED_TRANSACTION',
    `${what} is not allowed in a task of codeunit "${codeunit}", which shares its transaction with other tasks.`,
    { details: { codeunit } },
  );
}
