import { expect, onTestFinished, test } from 'vitest';
import { items as people } from '../platform/index.ts';
import { orders, SALES_ORDERS, sell, soldIn, someOrders } from '../testing/item-orders.ts';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { processAll, stage } from './index.ts';

const items = orders();

test.each(['database', 'codeunit'] as const)(
  'items need no superuser where the %s enforces rights',
  async (enforcement) => {
    const owned = await createOwnedDatabase(enforcement === 'database' ? 'createrole' : '');
    const kit = await startTestPlatform({
      ...{ database: owned, permissions: { enforcement } },
      ...{ workItems: [items], migrations: [SALES_ORDERS] },
    });
    onTestFinished(() => kit.stop());
    await addSets(kit, { Worker: { codeunits: ['*'], tables: { staged_order: 'RIM', sales_order: 'RI' } } });
    await addUsers(kit, { name: 'WALT', sets: ['Worker'] });
    const who = { user: 'WALT', company: 'CRONUS' };
    const result = await kit.platform.open(who, async (session) => {
      await stage(session, items, someOrders(3));
      return processAll(session, items, { concurrency: 2 }, (item, own) => sell(item, own));
    });
    expect(result).toMatchObject({ processed: 3 });
    expect(await soldIn(kit)).toHaveLength(3);
    // The partitions are there, and of their month.
    expect(await kit.query('select from co_1.staged_order_done_other')).toEqual([]);
    expect(await people.list(kit.admin, items, { statuses: ['Processed'] })).toHaveLength(3);
  },
);
