import { type Identity, type Platform, type SessionResult, startSession } from 'nightshift';
import { idAndTime } from '../session-log.sql.ts';
import { theWorks } from '../the-works.ts';

/**
 * Runs The Works in another company. The session is opened there wholly: with that company's tables and the caller's
 * rights in it. The caller stays where it is.
 * @throws NightshiftError COMPANY_UNKNOWN
 */
export function runInCompany(
  platform: Platform,
  identity: Identity,
  company: string,
): Promise<SessionResult & { readonly logId: string }> {
  return platform.open(identity, async (session) => {
    const { id: logId } = await idAndTime(session.db);
    await session.commit();
    const record = { customerNo: 'from', vendorNo: session.company.slice(0, 20), logId, workMs: 0 };
    const { finished } = await startSession(session, theWorks, { record, company });
    return { ...(await finished), logId };
  });
}
