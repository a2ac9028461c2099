import { backgroundTask } from 'nightshift';
import { z } from 'zod';
import { openBalance } from './statistics.sql.ts';
import { numbersText } from './text-numbers.ts';

/** What a customer owes, and how much of it is late by how long. */
export const overdueBalance = backgroundTask({
  name: 'Customer Overdue Balance',
  id: 50161,
  permissions: { tables: { customer_ledger_entry: 'R', ledger_setup: 'R' } },
  parameters: z.object({ customerNo: z.string().min(1).max(20) }),
  result: z.object({
    balance: z.coerce.number(),
    overdue: z.coerce.number(),
    /** Overdue by up to 30, 60, 90 days, and by more. */
    byAge: numbersText,
    documents: z.coerce.number(),
    /** Days that the oldest of them is late; 0: none is. */
    oldestDays: z.coerce.number(),
  }),
  onRun: (session, { customerNo }) => openBalance(session.db, customerNo),
});
