import { codeunit } from 'nightshift';
import { z } from 'zod';
import { changeFirstAddress } from './customer.sql.ts';
import { idAndTime, insertWholeEntry } from './session-log.sql.ts';

/** Longest time that the work may be made to take. */
const WORK_MS_MAX = 60_000;

/**
 * What The Works is given. It is a bag of parameters: copied in memory, checked against this schema, and in no table.
 */
export const theWorksRecord = z.object({
  customerNo: z.string().max(20),
  vendorNo: z.string().max(20),
  /** The id that its log entry is to have, so that whoever started it can find it. */
  logId: z.uuid(),
  /** Milliseconds that the work takes, 0 to 60,000. Default: 300. */
  workMs: z.int().min(0).max(WORK_MS_MAX).default(300),
});

/** Works for a while, changes the address of the first customer, and writes what it did into the log. */
export const theWorks = codeunit({
  name: 'The Works',
  id: 50100,
  record: theWorksRecord,
  permissions: { tables: { customer: 'RM', session_log: 'I' } },
  async onRun(session, { customerNo, vendorNo, logId, workMs }) {
    const { now: startTime } = await idAndTime(session.db);
    // Asking for the time has begun a transaction. Nobody works for long inside one if he need not.
    await session.commit();
    await session.sleep(workMs);
    const changed = await changeFirstAddress(session.db, `${customerNo} ${vendorNo}`);
    if (changed === null) session.error('There is no customer.');
    await insertWholeEntry(session, { id: logId, result: `customer ${changed}`, startTime });
  },
});
