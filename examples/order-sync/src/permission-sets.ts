import { permissionSet } from 'nightshift';
import { retryTables, syncShopTables } from './table-permissions.ts';

/** For whoever runs the sync, and lets failed orders be tried again. */
export const orderSyncRun = permissionSet({
  name: 'Order Sync',
  description: 'Runs the sync with the web shop, and retries orders that failed.',
  codeunits: ['Sync Shop', 'Retry Failed Orders'],
  tables: { ...retryTables, ...syncShopTables },
});

const reading = Object.fromEntries(Object.keys(syncShopTables).map((table) => [table, 'R']));

/** For whoever learns the trade: may start the sync and look at everything, but write nothing. */
export const orderSyncTrainee = permissionSet({
  name: 'Order Sync Trainee',
  description: 'Looks at everything that the sync with the web shop touches.',
  codeunits: ['Sync Shop'],
  tables: reading,
});
