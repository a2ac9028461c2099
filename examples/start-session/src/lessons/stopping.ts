import { type Identity, type Platform, type SessionResult, startSession, stopSession } from 'nightshift';
import { readUnfinished } from '../session-log.sql.ts';
import { theWorksInTwoRows } from './two-rows.ts';

const LOOK_MS = 20;

/**
 * Starts work that takes a minute, and stops it when its first row is in the log.
 * @returns how it ended, and the unique id under which its events are kept
 */
export function stopInMidRun(
  platform: Platform,
  identity: Identity,
  comment: string,
): Promise<SessionResult & { readonly uniqueId: string }> {
  return platform.open(identity, async (session) => {
    const record = { address: 'never', workMs: 60_000 };
    const { id, uniqueId, finished } = await startSession(session, theWorksInTwoRows, { record });
    const begun = async () =>
      (await readUnfinished(session.db)).some(({ sessionUniqueId }) => sessionUniqueId === uniqueId);
    while (!(await begun())) await session.sleep(LOOK_MS);
    await session.commit();
    await stopSession(session, id, comment);
    return { ...(await finished), uniqueId };
  });
}
