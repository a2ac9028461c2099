import { codeunit } from 'nightshift';
import { recalculateCustomerSales } from './recalculation.sql.ts';

/**
 * Sums up what each customer has bought: reads every order, so it runs at night, and in the category of the sync, so that
 * neither sees the other's half-done work nor waits for its locks.
 */
export const recalculateSales = codeunit({
  name: 'Recalculate Customer Sales',
  id: 50145,
  permissions: { tables: { sales_order: 'R', customer_sales: 'RID' } },
  async onRun(session) {
    const customers = await recalculateCustomerSales(session.db);
    session.log.info('Customer sales recalculated.', { customers });
  },
});
