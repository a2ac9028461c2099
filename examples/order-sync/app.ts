import { defineApp } from 'nightshift';
import { ORDER_SYNC_0001 } from './src/order-sync-0001.sql.ts';
import { orderSyncRun, orderSyncTrainee } from './src/permission-sets.ts';
import { retryFailedOrders } from './src/retry-failed-orders.ts';
import { syncShop } from './src/sync-shop.ts';

/** Orders from a web shop become sales orders. */
export default defineApp({
  name: 'order-sync',
  codeunits: [syncShop, retryFailedOrders],
  permissionSets: [orderSyncRun, orderSyncTrainee],
  migrations: [{ name: '0001_order_sync', sql: ORDER_SYNC_0001 }],
});
