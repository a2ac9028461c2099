import { codeunit, jobQueueEntryRecord } from 'nightshift';
import { runSyncShop } from './route.ts';
import { syncShopTables } from './table-permissions.ts';

/** The entry point of the job queue: it routes and does nothing else. */
export const syncShop = codeunit({
  name: 'Sync Shop',
  id: 50143,
  record: jobQueueEntryRecord,
  permissions: { tables: syncShopTables },
  onRun: (session, entry) => runSyncShop(session, entry.parameterString),
});
