import { report } from 'nightshift';
import { z } from 'zod';
import { readOrderList } from './order-list.sql.ts';

/** What was sold, as a list: on Monday mornings for the week, or whenever somebody wants one. */
export const orderList = report({
  name: 'Sales Orders',
  id: 50147,
  description: 'Sales orders with customer, shipment and amounts.',
  parameters: z.object({
    status: z.enum(['Open', 'Cancelled']).optional().describe('Only orders of this status.'),
    from: z.iso.date().optional().describe('Ordered on this day or later.'),
    to: z.iso.date().optional().describe('Ordered on this day or before.'),
  }),
  permissions: { tables: { sales_order: 'R', customer: 'R' } },
  async onRun(session, { parameters: { status = null, from = null, to = null } }) {
    const rows = await readOrderList(session.db, { status, from, to, timeZone: session.timeZone });
    return {
      title: `Sales orders of ${session.company}`,
      subtitle: [status ?? 'All', from === null ? '' : `from ${from}`, to === null ? '' : `until ${to}`]
        .filter((part) => part !== '')
        .join(' '),
      columns: [
        { name: 'order_number', caption: 'No.' },
        { name: 'customer', caption: 'Customer' },
        { name: 'city', caption: 'City' },
        { name: 'country', caption: 'Country' },
        { name: 'ordered_at', caption: 'Ordered', type: 'datetime' },
        { name: 'status', caption: 'Status' },
        { name: 'tracking_no', caption: 'Shipment' },
        { name: 'currency', caption: 'Currency' },
        { name: 'tax_total', caption: 'Tax', type: 'number', decimals: 2 },
        { name: 'total', caption: 'Total', type: 'number', decimals: 2 },
      ],
      rows,
    };
  },
});
