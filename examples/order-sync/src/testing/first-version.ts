import { codeunit, jobQueueEntryRecord } from 'nightshift';
import { loadShopSetup } from '../shop-setup-store.ts';
import { createWooCommerceClient } from '../woocommerce.ts';
import { bookAtOnce } from './first-version.sql.ts';

/**
 * The first version of the sync, as the demo of it went well: it asks what it needs to know, imports order after order in one
 * go, and has the carrier called on the way. It is kept to show what becomes of it.
 */
export const firstVersion = codeunit({
  name: 'Sync Shop, First Version',
  record: jobQueueEntryRecord,
  async onRun(session) {
    const imports = await session.confirm('Import orders in an unknown currency too?', false);
    const setup = await loadShopSetup(session.db);
    const client = createWooCommerceClient(session, setup);
    const page = await client.listOrders({ modifiedAfter: null, exclude: [], page: 1 });
    for (const { payload } of page.rows) {
      const { currency } = payload as unknown as { currency: string };
      if (currency === 'XTS' && !imports) throw session.error(`Order ${payload.id} is in ${currency}.`);
      await fetch(`${setup.carrierUrl}/shipments`, {
        method: 'POST',
        body: JSON.stringify({ reference: String(payload.id), key: String(payload.id) }),
      });
      await bookAtOnce(session.db, String(payload.id));
    }
  },
});
