import type { DeclaredEntry } from 'nightshift';
import { orderList } from './order-list.ts';
import { processStagedOrders } from './process-orders.ts';
import { recalculateSales } from './recalculation.ts';
import { syncShop } from './sync-shop.ts';

const EVERY_DAY = {
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
} as const;

/** Of the entries of this category one runs at a time. */
export const SHOP_CATEGORY = 'SHOP';

/** Entries that every company has, On Hold, until somebody who may sets them Ready. */
export const shopEntries: readonly DeclaredEntry[] = [
  {
    // Polling is heavy and finds what webhooks have lost, so it has the night for it.
    ...{ name: 'shop orders', object: syncShop, parameterString: 'ORDERS', category: SHOP_CATEGORY },
    ...{ ...EVERY_DAY, startingTime: '19:00', endingTime: '06:00', minutesBetweenRuns: 30 },
    ...{ timeZone: 'Europe/Berlin', maximumAttempts: 3, rerunDelaySeconds: 60 },
  },
  {
    // By day a few orders at a time, as soon as they come.
    ...{ name: 'shop webhooks', object: processStagedOrders, category: SHOP_CATEGORY },
    ...{ ...EVERY_DAY, minutesBetweenRuns: 5, maximumAttempts: 3, rerunDelaySeconds: 60 },
  },
  {
    // On Monday morning it lies in the report inbox of whoever has set it Ready.
    ...{ name: 'sales orders', object: orderList, reportOutputType: 'PDF', runOnMondays: true },
    ...{ startingTime: '06:00', minutesBetweenRuns: 24 * 60, timeZone: 'Europe/Berlin' },
  },
  {
    ...{ name: 'customer sales', object: recalculateSales, category: SHOP_CATEGORY },
    ...{ ...EVERY_DAY, startingTime: '02:00', minutesBetweenRuns: 24 * 60, timeZone: 'Europe/Berlin' },
  },
];
