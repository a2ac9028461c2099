// The demonstration: a web shop with faults, the server in a process of its own, and the order-sync example between them.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import {
  type Caller,
  createPlatform,
  items,
  type JobQueueEntry,
  type JobQueueLogEntry,
  jobQueue,
  type Platform,
  reportInbox,
} from 'nightshift';
import application from '../app.ts';
import { decideImport } from '../src/import-decision.ts';
import { SHOP_CATEGORY } from '../src/job-queue-entries.ts';
import { processStagedOrders } from '../src/process-orders.ts';
import { recalculateSales } from '../src/recalculation.ts';
import { type OrderSyncReport, orderSyncReport } from '../src/report.ts';
import { saveShopSetup } from '../src/shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from '../src/simulator.ts';
import { CARRIER_FAULTS, type CarrierSimulator, startCarrierSimulator } from '../src/simulator-carrier.ts';
import { ALL_FAULTS } from '../src/simulator-faults.ts';
import { stagedOrder } from '../src/staged-items.ts';
import { syncShop } from '../src/sync-shop.ts';
import { type DemoOptions, demoOptions } from './options.ts';
import { ADMINISTRATOR, CLERK, hirePeople, loseRightWhileWaiting, TRAINEE, tryAsTrainee } from './people.ts';
import { refuseSecond } from './refuse-second.ts';
import { ENVIRONMENT, type ServerProcess, startServer } from './server-process.ts';
import { playStory } from './story.ts';
import { checksOf, neverOverlap, printSummary } from './summary.ts';
import { serveWeb } from './web.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const DATA = path.join(ROOT, '.nightshift', 'demo');
/** A carrier that has not answered by then is taken to have gone silent. */
const CARRIER_TIMEOUT_MS = 400;
const HOUR_MS = 3_600_000;
/** How often the progress is looked at and shown. */
const LOOK_MS = 250;
/** The longest that a demonstration with `--exit` may take. */
const LIMIT_MS = 10 * 60_000;

const EVERY_DAY = {
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
} as const;

/** Entries of which each must have had a good run: those of the shop, and the list of orders. */
const ENTRIES = 6;

const options = demoOptions(process.argv.slice(2));
const begun = Date.now();

function say(text: string): void {
  console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

await main(options);

async function main({ exit, kill, orders, seed }: DemoOptions): Promise<void> {
  await refuseSecond(DATA);
  const shop = await startShopSimulator({ orders, seed, faults: { ...ALL_FAULTS, slowMs: 50 } });
  say(
    `shop: ${orders} orders at ${shop.url}, with faults: 500, 429, slow, truncated, reset, duplicates, bad orders`,
  );
  const carrier = await startCarrierSimulator(CARRIER_FAULTS);
  say(`carrier: ${carrier.url}; it fails, keeps silent after it has shipped, and answers twice`);
  await resetEmbeddedPostgres({ dataDirectory: DATA });
  const platform = await createPlatform({
    application,
    database: { dataDirectory: DATA },
    environment: ENVIRONMENT,
    taskScheduler: { enableTaskScheduler: false },
    onNotice: say,
  });
  await platform.start();
  say(
    `database: PostgreSQL ${platform.embedded?.version ?? ''} in ${platform.embedded?.dataDirectory ?? ''}`,
  );
  const entries = await prepare(platform, shop, carrier);
  const web = exit ? null : await serveWeb(ROOT, platform, ADMINISTRATOR);
  if (web !== null) say(`web client: ${web.address} – ${web.invitation}`);
  let server = startServer(ROOT, DATA, (line) => say(`server: ${line}`));
  say(`server: process ${server.pid}`);
  if (kill) server = await killInMidChunk(platform, server, carrier);
  const tried = await watch(platform, shop, 'until-tried');
  await playStory(platform, shop, tried, say);
  const report = await watch(platform, shop, exit ? 'until-done' : 'until-interrupted');
  await web?.close();
  const code = await finish({ platform, shop, carrier, server, entries, report });
  process.exitCode = exit ? code : 0;
}

/** Tells the application where shop and carrier are, and creates the job queue entries that a consultant would create. */
async function prepare(
  platform: Platform,
  shop: ShopSimulator,
  carrier: CarrierSimulator,
): Promise<readonly JobQueueEntry[]> {
  const setup = { url: shop.url, key: shop.key, secret: shop.secret };
  const shipping = { carrierUrl: carrier.url, carrierTimeoutMs: CARRIER_TIMEOUT_MS };
  await platform.open(ADMINISTRATOR, (session) => saveShopSetup(session.db, { ...setup, ...shipping }));
  await hirePeople(platform);
  const caller = platform.as(CLERK);
  const night = nightAroundNow();
  const entries: JobQueueEntry[] = [];
  for (const input of [
    { object: syncShop, parameterString: 'ITEMS', description: 'Shop: items' },
    { object: syncShop, parameterString: 'CUSTOMERS', description: 'Shop: customers' },
    {
      object: syncShop,
      parameterString: 'ORDERS',
      description: 'Shop: orders',
      category: SHOP_CATEGORY,
      ...night,
    },
    { object: processStagedOrders, description: 'Shop: webhooks', category: SHOP_CATEGORY },
    { object: recalculateSales, description: 'Shop: recalculation', category: SHOP_CATEGORY },
  ]) {
    const rest = { ...EVERY_DAY, minutesBetweenRuns: 1, maximumAttempts: 3, rerunDelaySeconds: 1 };
    const entry = await jobQueue.create(caller, { ...rest, ...input });
    entries.push(await jobQueue.setStatusToReady(caller, entry.id));
  }
  say(
    `job queue: 5 entries set Ready by ${CLERK.user}: items, customers; orders, webhooks and recalculation one at a time`,
  );
  say(
    `orders are polled at night only; the night of this demonstration is ${night.startingTime} to ${night.endingTime} UTC`,
  );
  say(`${TRAINEE.user} sets one Ready and is told: ${await tryAsTrainee(platform)}`);
  entries.push(await loseRightWhileWaiting(platform, Date.now() + 1_000));
  say(`${TRAINEE.user} had the right when he set one Ready, and has it no more when it runs`);
  return entries;
}

/** A window that is open now; the application declares 19:00 to 06:00 (src/job-queue-entries.ts). */
function nightAroundNow() {
  const clockAt = (at: number) => new Date(at).toISOString().slice(11, 16);
  const now = Date.now();
  return { startingTime: clockAt(now - HOUR_MS), endingTime: clockAt(now + 4 * HOUR_MS), timeZone: 'UTC' };
}

function reportOf(platform: Platform): Promise<OrderSyncReport> {
  return platform.open(ADMINISTRATOR, (session) => orderSyncReport(session.db));
}

/** Kills the server while it processes a chunk of orders, and starts it again. */
async function killInMidChunk(
  platform: Platform,
  server: ServerProcess,
  carrier: CarrierSimulator,
): Promise<ServerProcess> {
  while (!(await isInMidChunk(platform))) await sleep(10);
  await server.kill();
  const inWork = await items.list(platform.as(ADMINISTRATOR), stagedOrder, { statuses: ['Processing'] });
  const { processed, staged } = await reportOf(platform);
  const known = new Set(inWork.map(({ externalId }) => externalId));
  const shipped = carrier.shipments.filter(({ reference }) => known.has(reference)).length;
  say(`KILLED the server (SIGKILL) with ${staged} orders staged and ${processed} processed`);
  say(
    `in mid-chunk: ${inWork.length} orders were being processed, ${shipped} of them are shipped already and must not be again`,
  );
  const again = startServer(ROOT, DATA, (line) => say(`server: ${line}`));
  say(`server: started again as process ${again.pid}`);
  return again;
}

async function isInMidChunk(platform: Platform): Promise<boolean> {
  const { processed } = await reportOf(platform);
  if (processed === 0) return false;
  const inWork = await items.list(platform.as(ADMINISTRATOR), stagedOrder, {
    statuses: ['Processing'],
    limit: 1,
  });
  return inWork.length > 0;
}

/** Until each order was tried, until all are settled, or until Ctrl-C. */
type Until = 'until-tried' | 'until-done' | 'until-interrupted';

/** Shows progress until then. */
async function watch(platform: Platform, shop: ShopSimulator, mode: Until): Promise<OrderSyncReport> {
  let interrupted = false;
  // Not `once`: a terminal and npm may each pass the same Ctrl-C on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true));
  if (mode === 'until-interrupted')
    say('press Ctrl-C to stop; look around with: npm run nightshift -- --data .nightshift/demo entry list');
  let shown = '';
  for (let looks = 0; ; looks++) {
    const report = await reportOf(platform);
    const done =
      mode === 'until-tried'
        ? isTried(report, shop)
        : mode === 'until-done' && (await isDone(platform, report, shop));
    const line = progressLine(report, shop);
    if (line !== shown && (looks % 4 === 0 || done)) {
      say(line);
      shown = line;
    }
    const late = options.exit && Date.now() - begun > LIMIT_MS;
    if (late) say(`gave up after ${LIMIT_MS / 60_000} minutes`);
    if (interrupted || late || done) return report;
    await sleep(LOOK_MS);
  }
}

function progressLine(report: OrderSyncReport, shop: ShopSimulator): string {
  const failed = report.failed.reduce((sum, { count }) => sum + count, 0);
  const total = shop.expected.orders;
  const done = report.processed + report.skipped + failed;
  const bar = '█'.repeat(Math.round((20 * done) / Math.max(1, total))).padEnd(20, '░');
  return `${bar} staged ${report.staged}/${total}, processed ${report.processed}, failed ${failed}, skipped ${report.skipped}, pending ${report.pending}`;
}

/** Every order of the shop is staged, and was processed or has failed at least once. */
function isTried({ staged, pending, retrying }: OrderSyncReport, shop: ShopSimulator): boolean {
  return staged >= shop.expected.orders && pending === retrying;
}

/** Everything is staged and settled, and each entry has had a good run. */
async function isDone(platform: Platform, report: OrderSyncReport, shop: ShopSimulator): Promise<boolean> {
  if (report.staged < shop.expected.orders || report.pending > 0) return false;
  const log = await jobQueue.logEntries(platform.as(ADMINISTRATOR), { limit: 1_000 });
  const runs = log.filter(({ status, object }) => status === 'Success' && object !== decideImport.name);
  const good = new Set(runs.map(({ entryId }) => entryId));
  const refused = log.some(({ user }) => user === TRAINEE.user);
  return good.size === ENTRIES && refused && !log.some(({ status }) => status === 'In Process');
}

/** What is left at the end. */
interface Ending {
  readonly platform: Platform;
  readonly shop: ShopSimulator;
  readonly carrier: CarrierSimulator;
  readonly server: ServerProcess;
  readonly entries: readonly JobQueueEntry[];
  readonly report: OrderSyncReport;
}

async function finish({ platform, shop, carrier, server, entries, report }: Ending): Promise<number> {
  const caller: Caller = platform.as(ADMINISTRATOR);
  for (const entry of entries) await jobQueue.setOnHold(caller, entry.id);
  const serverCode = await server.stop();
  const logEntries = await jobQueue.logEntries(caller, { limit: 1_000 });
  const { documents } = await reportInbox.list(platform.as(CLERK));
  for (const { fileName, size } of documents)
    say(`report inbox of ${CLERK.user}: ${fileName}, ${Math.round(size / 1_000)} kB`);
  const checks = [
    ...checksOf(report, shop, carrier),
    {
      text: 'no log entry is left In Process',
      holds: !logEntries.some(({ status }) => status === 'In Process'),
    },
    {
      text: 'of the entries in the category of the shop no two ran at the same time',
      holds: neverOverlap(logEntries, new Set(entries.filter(inCategory).map(({ id }) => id))),
    },
    { text: `${TRAINEE.user} was refused for a missing right, by name`, holds: isRefused(logEntries) },
    { text: `the list of orders is in the report inbox of ${CLERK.user}`, holds: documents.length === 1 },
    { text: 'the server stopped cleanly', holds: serverCode === 0 },
    ...(options.kill
      ? [{ text: 'the killed run is on record as Lost', holds: has(logEntries, 'Lost') }]
      : []),
  ];
  printSummary(report, carrier, logEntries, options.exit ? checks : []);
  await platform.stop();
  await Promise.all([shop.stop(), carrier.stop()]);
  say('stopped');
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

function inCategory({ category }: JobQueueEntry): boolean {
  return category === SHOP_CATEGORY;
}

function has(logEntries: readonly JobQueueLogEntry[], wanted: JobQueueLogEntry['status']): boolean {
  return logEntries.some(({ status }) => status === wanted);
}

/** The run that began when the right was gone. */
function isRefused(logEntries: readonly JobQueueLogEntry[]): boolean {
  const runs = logEntries.filter(({ user }) => user === TRAINEE.user);
  return runs.length > 0 && runs.every(({ error }) => error?.code === 'PERMISSION_DENIED');
}
