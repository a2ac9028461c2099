import { permissionSet } from 'nightshift';

/**
 * For whoever works with the card. He may write notes, and yet no page background task of his can: that it only reads is no matter
 * of rights.
 */
export const customerCardUse = permissionSet({
  name: 'Customer Card',
  description: 'Looks at customers and their statistics, and writes notes.',
  codeunits: [
    'Customer Turnover',
    'Customer Overdue Balance',
    'Customer Days to Pay',
    'Note From The Background',
  ],
  tables: { customer: 'RM', customer_ledger_entry: 'R', ledger_setup: 'R' },
});
