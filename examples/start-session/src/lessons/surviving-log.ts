import { codeunit, type Identity, type Platform, type StartedSession, startSession } from 'nightshift';
import { z } from 'zod';
import { changeFirstAddress } from '../customer.sql.ts';
import { idAndTime, insertWholeEntry } from '../session-log.sql.ts';

/** Writes one log entry, in a transaction of its own. */
export const writeLogEntry = codeunit({
  name: 'Write Log Entry',
  record: z.object({ logId: z.uuid(), result: z.string().max(100) }),
  permissions: { tables: { session_log: 'I' } },
  async onRun(session, { logId, result }) {
    const { now: startTime } = await idAndTime(session.db);
    await insertWholeEntry(session, { id: logId, result, startTime });
  },
});

/**
 * A posting that fails after it has written something. Its own writes are rolled back; the log entry, which another
 * session wrote, stays.
 * @returns the id of the log entry, and why the posting failed
 */
export async function failingPosting(
  platform: Platform,
  identity: Identity,
): Promise<{ readonly logId: string; readonly error: unknown }> {
  const { id: logId } = await platform.open(identity, (session) => idAndTime(session.db));
  const logging: StartedSession[] = [];
  const error = await platform
    .open(identity, async (session) => {
      await changeFirstAddress(session.db, 'half of the posting');
      const record = { logId, result: 'the posting failed' };
      logging.push(await startSession(session, writeLogEntry, { record }));
      // We do not wait for it here: we hold the customer's row, which others may be waiting for.
      session.error('The posting failed.');
    })
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  for (const { finished } of logging) await finished;
  return { logId, error };
}
