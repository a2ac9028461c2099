import { defineApp } from 'nightshift';
import { decideImport } from './src/import-decision.ts';
import { shopEntries } from './src/job-queue-entries.ts';
import { orderList } from './src/order-list.ts';
import { ORDER_SYNC_0001 } from './src/order-sync-0001.sql.ts';
import { orderSyncDecide, orderSyncRun, orderSyncTrainee, orderSyncWebhook } from './src/permission-sets.ts';
import { processStagedOrders } from './src/process-orders.ts';
import { recalculateSales } from './src/recalculation.ts';
import { stagedCustomer, stagedItem, stagedOrder } from './src/staged-items.ts';
import { syncShop } from './src/sync-shop.ts';

/** Orders from a web shop become sales orders, and are sent. */
export default defineApp({
  name: 'order-sync',
  codeunits: [syncShop, processStagedOrders, recalculateSales, decideImport],
  reports: [orderList],
  workItems: [stagedOrder, stagedItem, stagedCustomer],
  permissionSets: [orderSyncRun, orderSyncDecide, orderSyncWebhook, orderSyncTrainee],
  jobQueueEntries: shopEntries,
  migrations: [{ name: '0001_order_sync', sql: ORDER_SYNC_0001 }],
});
