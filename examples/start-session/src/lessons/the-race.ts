import { codeunit, type Identity, type Platform, type SessionResult, startSession } from 'nightshift';
import { z } from 'zod';
import { insertMark, stopEntry } from '../session-log.sql.ts';

/** Completes a log entry that its caller has written. The first, naive design: it leads to the race. */
export const finishLogEntry = codeunit({
  name: 'Finish Log Entry',
  record: z.object({ logId: z.uuid() }),
  permissions: { tables: { session_log: 'RM' } },
  async onRun(session, { logId }) {
    const found = await stopEntry(session, logId);
    if (!found) session.error(`There is no log entry ${logId}.`);
  },
});

/**
 * The race: the row is written and not committed, so the new session, which has a transaction of its own, cannot see it.
 * It fails always, not now and then, since we commit only after it has ended.
 */
export function race(platform: Platform, identity: Identity): Promise<SessionResult> {
  return platform.open(identity, async (session) => {
    const logId = await insertMark(session, 'started');
    const { finished } = await startSession(session, finishLogEntry, { record: { logId } });
    return finished;
  });
}

// The first cure needs no code here: let the session write the whole entry, as The Works does, and pass only the id.

/** The second cure: commit, then start. What is committed stays, whatever becomes of the caller. */
export function commitFirst(platform: Platform, identity: Identity): Promise<SessionResult> {
  return platform.open(identity, async (session) => {
    const logId = await insertMark(session, 'started');
    await session.commit();
    const { finished } = await startSession(session, finishLogEntry, { record: { logId } });
    return finished;
  });
}

/**
 * The third cure: the session starts when the caller commits, and never if he rolls back. So the caller cannot wait for
 * it inside the transaction; here the wait comes after `open`, which commits.
 * @throws what the caller's own work throws; the session is not started then
 */
export async function afterCommit(
  platform: Platform,
  identity: Identity,
  ownWork: () => Promise<void> = async () => undefined,
): Promise<SessionResult> {
  const started = await platform.open(identity, async (session) => {
    const logId = await insertMark(session, 'started');
    const accepted = await startSession(session, finishLogEntry, { record: { logId }, afterCommit: true });
    await ownWork();
    return accepted;
  });
  return started.finished;
}
