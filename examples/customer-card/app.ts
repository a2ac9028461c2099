import { defineApp } from 'nightshift';
import { CUSTOMER_CARD_0001 } from './src/customer-card-0001.sql.ts';
import { daysToPay } from './src/days-to-pay.ts';
import { noteFromTheBackground } from './src/note-from-the-background.ts';
import { overdueBalance } from './src/overdue-balance.ts';
import { customerCardUse } from './src/permission-sets.ts';
import { turnover } from './src/turnover.ts';

/** A customer card whose statistics are page background tasks. */
export default defineApp({
  name: 'customer-card',
  codeunits: [turnover, overdueBalance, daysToPay, noteFromTheBackground],
  permissionSets: [customerCardUse],
  migrations: [{ name: '0001_customer_card', sql: CUSTOMER_CARD_0001 }],
});
