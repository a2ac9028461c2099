import { createPlatform } from '../platform/index.ts';
import { processAll } from '../work-items/index.ts';
import type { InstanceMessage } from './instance-process.ts';
import { orders, SALES_ORDERS, sell } from './item-orders.ts';

// A server instance in a process of its own that processes orders, and dies of the one that is called DEADLY.

const items = orders();
const platform = await createPlatform({
  name: 'test',
  workItems: [items],
  migrations: [SALES_ORDERS],
  database: { url: process.argv[2] ?? '' },
  environment: 'test',
});
await platform.start();
const started: InstanceMessage = { kind: 'started', epoch: platform.instance.epoch };
process.send?.(started);
await platform.open({ user: 'ADMIN', company: 'CRONUS' }, (session) =>
  processAll(session, items, { limit: 10 }, async (item, own) => {
    await sell(item, own);
    if (item.externalId === 'DEADLY') process.kill(process.pid, 'SIGKILL');
  }),
);
