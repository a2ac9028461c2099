import { backgroundTask } from 'nightshift';
import { z } from 'zod';
import { turnoverByMonth, turnoverRank } from './statistics.sql.ts';
import { numbersText } from './text-numbers.ts';

/** What a customer has bought in the 12 months up to the work date, and in the 12 before; his place among all. */
export const turnover = backgroundTask({
  name: 'Customer Turnover',
  id: 50160,
  permissions: { tables: { customer_ledger_entry: 'R', ledger_setup: 'R' } },
  parameters: z.object({ customerNo: z.string().min(1).max(20) }),
  result: z.object({
    /** `2026-03`: the last of the months. */
    lastMonth: z.string(),
    /** Invoices less credit memos, oldest month first. */
    months: numbersText,
    monthsBefore: numbersText,
    /** 1: nobody has bought more. */
    rank: z.coerce.number(),
    customers: z.coerce.number(),
  }),
  async onRun(session, { customerNo }) {
    const all = await turnoverByMonth(session.db, customerNo);
    const { rank, customers } = await turnoverRank(session.db, customerNo);
    const amounts = all.map(({ amount }) => amount);
    return {
      lastMonth: all.at(-1)?.month ?? '',
      months: amounts.slice(12),
      monthsBefore: amounts.slice(0, 12),
      rank,
      customers,
    };
  },
});
