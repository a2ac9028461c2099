// node scripts/bootstrap.mjs examples/order-sync/demo/chunk-sizes.ts [--orders n] [--carrier-ms n]
// Measures how many orders a second are processed by the size of the chunks, without a carrier and with one.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { createPlatform, type Platform, stage } from 'nightshift';
import application from '../app.ts';
import { processOrders } from '../src/process-orders.ts';
import { runSyncShop } from '../src/route.ts';
import { saveShopSetup } from '../src/shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from '../src/simulator.ts';
import { startCarrierSimulator } from '../src/simulator-carrier.ts';
import { stagedOrder } from '../src/staged-items.ts';
import { ADMINISTRATOR } from './people.ts';

const SIZES = [1, 5, 10, 25, 50, 100, 200, 500];
const BAR_LENGTH = 40;

const { values: options } = parseArgs({
  options: { orders: { type: 'string', default: '500' }, 'carrier-ms': { type: 'string', default: '5' } },
});

/** One size: how fast, and how long the locks of a chunk are held. */
interface Measured {
  readonly size: number;
  readonly perSecond: number;
  readonly chunkMs: number;
}

const folder = await mkdtemp(path.join(tmpdir(), 'chunk-sizes-'));
await chmod(folder, 0o755); // as root the server runs as somebody else, who must be able to enter
const dataDirectory = path.join(folder, 'data');
const platform = await createPlatform({ application, database: { dataDirectory } });
await platform.start();
const shop = await startShopSimulator({ orders: Number(options.orders) });
const carrier = await startCarrierSimulator({ answerMs: Number(options['carrier-ms']) });
try {
  await setUp(null);
  await platform.open(ADMINISTRATOR, (session) => runSyncShop(session, 'ORDERS'));
  console.log(`${options.orders} orders, known ones in a newer version each time`);
  print('Without a carrier', await measure(platform, shop));
  await setUp(carrier.url);
  print(`With a carrier that takes ${options['carrier-ms']} ms`, await measure(platform, shop));
} finally {
  await Promise.all([shop.stop(), carrier.stop()]);
  await platform.stop();
  await resetEmbeddedPostgres({ dataDirectory });
  await rm(folder, { recursive: true, force: true });
}

function setUp(carrierUrl: string | null): Promise<void> {
  const { url, key, secret } = shop;
  return platform.open(ADMINISTRATOR, ({ db }) => saveShopSetup(db, { url, key, secret, carrierUrl }));
}

/** Processes all orders once for each size, and once before that does not count. */
async function measure(on: Platform, from: ShopSimulator): Promise<readonly Measured[]> {
  const found: Measured[] = [];
  for (const size of [SIZES.at(-1) ?? 1, ...SIZES]) {
    // An order is shipped once for good, so each measurement calls the carrier anew under other numbers.
    await on.database.exclusively((client) => client.query('truncate co_1.staged_order_call'));
    const count = await stageAgain(on, from);
    const begun = performance.now();
    await on.open(ADMINISTRATOR, (session) => processOrders(session, size));
    const seconds = (performance.now() - begun) / 1_000;
    found.push({
      size,
      perSecond: count / seconds,
      chunkMs: (seconds * 1_000 * Math.min(size, count)) / count,
    });
  }
  return found.slice(1);
}

/** Stages a newer version of each order. @returns how many there are */
async function stageAgain(on: Platform, from: ShopSimulator): Promise<number> {
  for (const { id } of from.orders()) from.changeOrder(id, 'touch');
  const rows = from.orders() as readonly { readonly id: number }[];
  const { updated } = await on.open(ADMINISTRATOR, (session) => stage(session, stagedOrder, rows));
  return updated;
}

function print(title: string, found: readonly Measured[]): void {
  const best = Math.max(...found.map(({ perSecond }) => perSecond));
  console.log(`\n${title}\n  chunk   orders/s   a chunk lasts`);
  for (const { size, perSecond, chunkMs } of found) {
    const bar = '█'.repeat(Math.round((BAR_LENGTH * perSecond) / best));
    console.log(
      `  ${String(size).padStart(5)}   ${perSecond.toFixed(0).padStart(8)}   ${chunkMs.toFixed(0).padStart(10)} ms  ${bar}`,
    );
  }
}
