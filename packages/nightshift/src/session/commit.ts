import type pg from 'pg';
import { classifyFailure, SQLSTATE_CLAIM_LOST } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { BoundStatement } from './commit-fence.ts';
import { sendBound, type soon, together } from './slot-wire.ts';

/**
 * Sends a COMMIT behind its fence, in one write.
 * @param before what goes before both: commands that are sent as they stand; null: nothing
 * @param write `soon`: with what the next session has to send; default: at once
 * @throws the database's error; what `commitFailure` makes of it is what it means
 */
export async function sendCommit(
  client: pg.Client,
  fence: BoundStatement | null,
  before: string | null = null,
  write: typeof together | typeof soon = together,
): Promise<void> {
  const [prepared, fenced, committed] = write(client, () => [
    before === null ? null : client.query(before),
    fence === null ? null : sendBound(client, fence),
    client.query('commit'),
  ]);
  const [preparation, fenceResult, commitResult] = await Promise.allSettled([prepared, fenced, committed]);
  for (const result of [preparation, fenceResult, commitResult]) {
    if (result.status === 'rejected') throw result.reason;
  }
  if (commitResult.status === 'fulfilled' && commitResult.value.command !== 'COMMIT') {
    throw new NightshiftError('DATABASE_ERROR', 'The transaction had failed and was rolled back.');
  }
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
