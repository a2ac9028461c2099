// What people do when the orders are in: they look at what failed, decide, have it tried again, and the shop's owner mends.
import { createHmac } from 'node:crypto';
import { items, jobQueue, type Platform } from 'nightshift';
import { decideImport, UNKNOWN_CURRENCY_QUESTION } from '../src/import-decision.ts';
import { orderList } from '../src/order-list.ts';
import { orderWebhook } from '../src/order-webhook.ts';
import type { OrderSyncReport } from '../src/report.ts';
import type { ShopSimulator } from '../src/simulator.ts';
import { stagedOrder } from '../src/staged-items.ts';
import { ADMINISTRATOR, CLERK, SHOP } from './people.ts';

const WEBHOOK_SECRET = 'what WooCommerce and we know';
const SHOWN_MAX = 6;

type Say = (text: string) => void;

/** Tells which orders failed, and has people act on it. */
export async function playStory(
  platform: Platform,
  shop: ShopSimulator,
  report: OrderSyncReport,
  say: Say,
): Promise<void> {
  for (const { code, count, orders } of report.failed)
    say(`failed: ${count} × ${code}: ${shortList(orders)}`);
  await decide(platform, say);
  await retryUnknownCurrency(platform, say);
  await repairInTheShop(platform, shop, report, say);
  await wantList(platform, say);
}

async function decide(platform: Platform, say: Say): Promise<void> {
  const clerk = platform.as(CLERK);
  const { id } = await jobQueue.create(clerk, { object: decideImport, description: 'Shop: a decision' });
  await jobQueue.runOnce(clerk, id, {
    async confirm(question) {
      say(`${CLERK.user} is asked in the foreground: ${question} She says yes.`);
      return question === UNKNOWN_CURRENCY_QUESTION;
    },
    message: (text) => say(`${CLERK.user} is told: ${text}`),
    openDialog: () => ({ update: () => undefined, close: () => undefined }),
  });
}

/** She does not wait for it: the document comes into her report inbox. */
async function wantList(platform: Platform, say: Say): Promise<void> {
  const clerk = platform.as(CLERK);
  const wish = { object: orderList, reportOutputType: 'PDF', parameters: { status: 'Open' } } as const;
  const { id } = await jobQueue.create(clerk, { ...wish, description: 'Shop: open orders' });
  await jobQueue.setStatusToReady(clerk, id);
  say(`${CLERK.user} wants a list of the open orders as PDF`);
}

async function retryUnknownCurrency(platform: Platform, say: Say): Promise<void> {
  const admin = platform.as(ADMINISTRATOR);
  for (const { code, fingerprint } of await items.errorGroups(admin, stagedOrder)) {
    if (code !== 'UNKNOWN_CURRENCY') continue;
    const { changed } = await items.retry(admin, stagedOrder, { fingerprint });
    say(`${ADMINISTRATOR.user} has ${changed} orders tried again that failed with ${code}`);
  }
}

/** The owner gives the lines without a SKU one, and WooCommerce tells us so by itself. */
async function repairInTheShop(
  platform: Platform,
  shop: ShopSimulator,
  report: OrderSyncReport,
  say: Say,
): Promise<void> {
  const caller = platform.as(SHOP);
  const take = orderWebhook(WEBHOOK_SECRET);
  const broken = report.failed.find(({ code }) => code === 'MISSING_SKU')?.orders ?? [];
  const counts = { staged: 0, again: 0, forged: 0 };
  for (const [at, id] of broken.entries()) {
    const order = shop.changeOrder(Number(id), 'repair');
    const forged = await take(caller, delivery(order, at, 'guessed'));
    const first = await take(caller, delivery(order, at, WEBHOOK_SECRET));
    const second = await take(caller, delivery(order, at, WEBHOOK_SECRET));
    counts.staged += first.staged + first.updated;
    counts.again += second.staged + second.updated;
    counts.forged += forged.status === 401 ? 1 : 0;
  }
  say(
    `the shop's owner mends ${broken.length} orders; webhooks stage ${counts.staged} of them, sent twice ${counts.again} more; ${counts.forged} forged ones are refused`,
  );
}

/** A delivery as WooCommerce makes it. */
function delivery(order: unknown, no: number, secret: string) {
  const body = JSON.stringify(order);
  return {
    body,
    headers: {
      'X-WC-Webhook-Topic': 'order.updated',
      'X-WC-Webhook-Delivery-ID': String(no + 1),
      'X-WC-Webhook-Signature': createHmac('sha256', secret).update(body).digest('base64'),
    },
  };
}

function shortList(orders: readonly string[]): string {
  const shown = orders.slice(0, SHOWN_MAX).join(', ');
  return orders.length > SHOWN_MAX ? `${shown} …` : shown;
}
