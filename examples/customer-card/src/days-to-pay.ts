import { backgroundTask } from 'nightshift';
import { z } from 'zod';
import { daysToPayByMonth } from './statistics.sql.ts';
import { numbersText } from './text-numbers.ts';

/** How many days a customer takes to pay an invoice, month by month, and how many all customers take. */
export const daysToPay = backgroundTask({
  name: 'Customer Days to Pay',
  id: 50162,
  permissions: { tables: { customer_ledger_entry: 'R', ledger_setup: 'R' } },
  parameters: z.object({ customerNo: z.string().min(1).max(20) }),
  result: z.object({
    /** Over all 12 months; -1: he paid nothing. */
    average: z.coerce.number(),
    averageOfAll: z.coerce.number(),
    /** `2026-03`: the last of the months. */
    lastMonth: z.string(),
    /** By the month of the payment, oldest first; -1: he paid nothing in it. */
    months: numbersText,
    monthsOfAll: numbersText,
    payments: z.coerce.number(),
  }),
  async onRun(session, { customerNo }) {
    const months = await daysToPayByMonth(session.db, customerNo);
    const payments = sum(months.map((month) => month.payments));
    const all = sum(months.map((month) => month.paymentsOfAll));
    return {
      average: payments === 0 ? -1 : sum(months.map((month) => month.days)) / payments,
      averageOfAll: all === 0 ? -1 : sum(months.map((month) => month.daysOfAll)) / all,
      lastMonth: months.at(-1)?.month ?? '',
      months: months.map((month) => average(month.days, month.payments)),
      monthsOfAll: months.map((month) => average(month.daysOfAll, month.paymentsOfAll)),
      payments,
    };
  },
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function average(days: number, payments: number): number {
  return payments === 0 ? -1 : Math.round((10 * days) / payments) / 10;
}
