import { expect, test } from 'vitest';
import { runSyncShop } from './route.ts';
import { createFreeSession } from './testing/free-session.ts';

test.each(['', 'INVOICES', 'ORDERS;ITEMS'])('the parameter "%s" is refused', async (parameter) => {
  await expect(runSyncShop(createFreeSession(), parameter)).rejects.toThrow(
    `Unsupported job queue parameter: ${parameter}`,
  );
});

test.each(['ORDERS', ' items ', 'Customers'])('the parameter "%s" leads to the shop setup', async (name) => {
  await expect(runSyncShop(createFreeSession(), name)).rejects.toThrow('This session has no database.');
});
