import { permissionSet } from 'nightshift';
import { syncShopTables } from './table-permissions.ts';

/** For whoever runs the sync. */
export const orderSyncRun = permissionSet({
  name: 'Order Sync',
  description: 'Runs the sync with the web shop, the nightly recalculation, and the list of orders.',
  codeunits: ['Sync Shop', 'Process Staged Orders', 'Recalculate Customer Sales'],
  reports: ['Sales Orders'],
  tables: { ...syncShopTables, customer_sales: 'RID' },
});

/** For whoever decides what is imported; who runs the sync can read that, and not write it. */
export const orderSyncDecide = permissionSet({
  name: 'Order Sync Decide',
  description: 'Decides whether orders in unknown currencies are imported.',
  codeunits: ['Decide Import'],
  tables: { import_decision: 'RI' },
});

/** For the shop itself, whose webhooks stage orders; it sees nothing. */
export const orderSyncWebhook = permissionSet({
  name: 'Order Sync Webhook',
  description: 'Stages orders that the web shop sends.',
  tables: { staged_order: 'I' },
});

const reading = Object.fromEntries(Object.keys(syncShopTables).map((table) => [table, 'R']));

/** For whoever learns the trade: may start the sync and look at everything, but write nothing. */
export const orderSyncTrainee = permissionSet({
  name: 'Order Sync Trainee',
  description: 'Looks at everything that the sync with the web shop touches.',
  codeunits: ['Sync Shop'],
  tables: reading,
});
