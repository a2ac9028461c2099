import type pg from 'pg';
import {
  type CommitEnd,
  classifyFailure,
  SQLSTATE_CLAIM_LOST,
  sendCommand,
  sendCommitBehind,
  streamOf,
} from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { BoundStatement } from './commit-fence.ts';
import { type soon, together } from './slot-wire.ts';

/**
 * Sends a COMMIT behind its fence, in one write. A connection on which the fence has failed is ended: its transaction is
 * open still, and must not be met by what the next session has sent already.
 * @param before what goes before both: commands that are sent as they stand; null: nothing
 * @param write `soon`: with what the next session has to send; default: at once
 * @throws the database's error; what `commitFailure` makes of it is what it means
 */
export function sendCommit(
  client: pg.Client,
  fence: BoundStatement | null,
  before: string | null = null,
  write: typeof together | typeof soon = together,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    const ended: CommitEnd = (error, tag, isOpen) => {
      failure ??= error;
      if (isOpen) streamOf(client).destroy();
      if (failure !== null) reject(failure);
      else if (tag !== 'COMMIT') reject(rolledBack());
      else resolve();
    };
    write(client, () => {
      if (before !== null) {
        sendCommand(client, before, (error) => {
          failure = error;
        });
      }
      if (fence === null) sendCommand(client, 'commit', (error, tag) => ended(error, tag, false));
      else sendCommitBehind(client, fence.statement, fence.values, ended);
    });
  });
}

function rolledBack(): NightshiftError {
  return new NightshiftError('DATABASE_ERROR', 'The transaction had failed and was rolled back.');
}

/** What an error of `sendCommit` means: the claim is lost, nobody knows, or nothing was committed. */
export function commitFailure(error: unknown): unknown {
  const { kind, code } = classifyFailure(error);
  if (code === SQLSTATE_CLAIM_LOST) {
    return new NightshiftError('CLAIM_LOST', 'Another server instance owns this work now.', { cause: error });
  }
  if (kind !== 'connection') return error;
  const text = 'The connection broke before the commit was answered.';
  return new NightshiftError('COMMIT_UNKNOWN', text, { cause: error });
}
