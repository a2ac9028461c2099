import { codeunit } from 'nightshift';
import { z } from 'zod';
import { changeFirstAddress } from '../customer.sql.ts';
import { insertMark } from '../session-log.sql.ts';

/**
 * The works, with two rows in the log: one is committed before the work begins, the other commits together with it. What
 * has the first and not the second runs still, or never ended as it should: `readUnfinished`.
 */
export const theWorksInTwoRows = codeunit({
  name: 'The Works in Two Rows',
  record: z.object({ address: z.string().max(100), workMs: z.int().min(0).max(60_000).default(0) }),
  permissions: { tables: { customer: 'RM', session_log: 'I' } },
  async onRun(session, { address, workMs }) {
    await insertMark(session, 'started');
    await session.commit();
    await session.sleep(workMs);
    await changeFirstAddress(session.db, address);
    await insertMark(session, 'finished');
  },
});
