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

/** What a session is told that ran ahead of its turn, which will never come. */
export function annulled(): NightshiftError {
  return new NightshiftError(
    'SESSION_STOPPED',
    'The session has no part in the transaction that it shares any more; its task runs again.',
  );
}

/** The error of LOCK in a session that only reads. */
export function lockRefused(): NightshiftError {
  return new NightshiftError('READ_ONLY', 'The session only reads: it may not lock tables.', {
    details: { table: null, statement: 'LOCK TABLE' },
  });
}

/** The error of what a background task of a page may not do: it only reads, and calls nobody back. */
export function notInChild(codeunit: string, what: string): NightshiftError {
  return new NightshiftError(
    'CALLBACK_NOT_ALLOWED',
    `Codeunit "${codeunit}" runs as a page background task, which only reads: it may not use ${what}.`,
    { details: { codeunit, what } },
  );
}

/** The error of a codeunit with lent rights that one in an isolate wants to run. */
export function cannotLend(codeunit: string): NightshiftError {
  return new NightshiftError(
    'PERMISSION_DENIED',
    `Codeunit "${codeunit}" is lent rights (inherentPermissions), which cannot be done in the middle of a codeunit that runs in a thread or process: declare them on the codeunit that the task or session runs, or start "${codeunit}" in a session of its own.`,
    { details: { codeunit } },
  );
}

/** What a session has ended with that was killed, because it did not stop. */
export function killedInstead(stop: NightshiftError | null): NightshiftError | null {
  if (stop === null || stop.code !== 'SESSION_STOPPED') return stop;
  const text = stop.message.replace('was stopped', 'was killed, because it did not stop');
  return new NightshiftError('SESSION_KILLED', text, { cause: stop });
}

/** The refusal of waiting for a session that might never begin. @param why in sentences */
export function wouldBlock(why: string): NightshiftError {
  return new NightshiftError(
    'SESSION_START_WOULD_BLOCK',
    `Waiting for this session could last for ever. ${why}`,
  );
}
