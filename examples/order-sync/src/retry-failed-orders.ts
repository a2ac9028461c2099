import { codeunit } from 'nightshift';
import { retryRecord, runRetryFailedOrders } from './retry.ts';
import { retryTables } from './table-permissions.ts';

/** The explicit retry: people decide that the cause of the failures is gone. */
export const retryFailedOrders = codeunit({
  name: 'Retry Failed Orders',
  id: 50144,
  record: retryRecord,
  permissions: { tables: retryTables },
  onRun: (session, record) => runRetryFailedOrders(session, record),
});
