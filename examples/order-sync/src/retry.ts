import { z } from 'zod';
import type { JobSession } from './job-session.ts';
import { processOrders } from './sales-orders.ts';
import { readShopSetup } from './shop-setup.sql.ts';
import { reopenFailedOrders } from './staging.sql.ts';

/** Which failed orders to try again; all of them when no list is given. */
export const retryRecord = z.object({
  externalIds: z.array(z.string().min(1)).min(1).max(10_000).optional(),
});

/** Tries failed orders again, with fresh attempts, whatever is due besides included. The shop is not asked. */
export async function runRetryFailedOrders(
  session: JobSession,
  record: z.output<typeof retryRecord>,
): Promise<void> {
  const setup = await readShopSetup(session.db);
  const reopened = await reopenFailedOrders(session.db, record.externalIds ?? null);
  await session.commit();
  session.log.info('Failed orders are tried again.', { reopened });
  await processOrders(session, setup?.roundingTolerance ?? '0');
}
