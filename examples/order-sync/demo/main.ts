// The demonstration: a web shop with faults, the server in a process of its own, and the order-sync example between them.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import {
  type Caller,
  createPlatform,
  type JobQueueEntry,
  type JobQueueLogEntry,
  jobQueue,
  type Platform,
} from 'nightshift';
import application from '../app.ts';
import { type OrderSyncReport, orderSyncReport } from '../src/report.ts';
import { saveShopSetup } from '../src/shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from '../src/simulator.ts';
import { ALL_FAULTS } from '../src/simulator-faults.ts';
import { syncShop } from '../src/sync-shop.ts';
import { type DemoOptions, demoOptions } from './options.ts';
import { ADMINISTRATOR, CLERK, hirePeople, loseRightWhileWaiting, TRAINEE, tryAsTrainee } from './people.ts';
import { refuseSecond } from './refuse-second.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { checksOf, printSummary } from './summary.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const DATA = path.join(ROOT, '.nightshift', 'demo');
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
  await resetEmbeddedPostgres({ dataDirectory: DATA });
  const platform = await createPlatform({
    application,
    database: { dataDirectory: DATA },
    taskScheduler: { enableTaskScheduler: false },
    onNotice: say,
  });
  await platform.start();
  say(
    `database: PostgreSQL ${platform.embedded?.version ?? ''} in ${platform.embedded?.dataDirectory ?? ''}`,
  );
  const entries = await prepare(platform, shop);
  let server = startServer(ROOT, DATA, (line) => say(`server: ${line}`));
  say(`server: process ${server.pid}`);
  if (kill) server = await killInMidRun(platform, server);
  const report = await watch(platform, shop, exit ? 'until-done' : 'until-interrupted');
  const code = await finish({ platform, shop, server, entries, report });
  process.exitCode = exit ? code : 0;
}

/** Tells the application where the shop is, and creates the job queue entries that a consultant would create. */
async function prepare(platform: Platform, shop: ShopSimulator): Promise<readonly JobQueueEntry[]> {
  await platform.open(ADMINISTRATOR, (session) => saveShopSetup(session.db, shop));
  await hirePeople(platform);
  const caller = platform.as(CLERK);
  const entries: JobQueueEntry[] = [];
  for (const parameterString of ['ITEMS', 'CUSTOMERS', 'ORDERS']) {
    const entry = await jobQueue.create(caller, {
      object: syncShop,
      parameterString,
      description: `Shop: ${parameterString.toLowerCase()}`,
      ...EVERY_DAY,
      minutesBetweenRuns: 1,
      maximumAttempts: 3,
      rerunDelaySeconds: 1,
    });
    entries.push(await jobQueue.setStatusToReady(caller, entry.id));
  }
  say(`job queue: 3 entries set Ready by ${CLERK.user}, every minute: Sync Shop ITEMS, CUSTOMERS, ORDERS`);
  say(`${TRAINEE.user} sets one Ready and is told: ${await tryAsTrainee(platform)}`);
  entries.push(await loseRightWhileWaiting(platform, Date.now() + 1_000));
  say(`${TRAINEE.user} had the right when he set one Ready, and has it no more when it runs`);
  return entries;
}

function reportOf(platform: Platform): Promise<OrderSyncReport> {
  return platform.open(ADMINISTRATOR, (session) => orderSyncReport(session.db));
}

async function killInMidRun(platform: Platform, server: ServerProcess): Promise<ServerProcess> {
  for (;;) {
    const { processed } = await reportOf(platform);
    if (processed > 0) break;
    await sleep(10);
  }
  const inProcess = (await jobQueue.list(platform.as(ADMINISTRATOR), { status: 'In Process' })).length;
  await server.kill();
  const { processed, staged } = await reportOf(platform);
  say(
    `KILLED the server (SIGKILL) with ${staged} orders staged, ${processed} processed, ${inProcess} entries In Process`,
  );
  const again = startServer(ROOT, DATA, (line) => say(`server: ${line}`));
  say(`server: started again as process ${again.pid}`);
  return again;
}

/** Shows progress until the shop's orders are all settled, or until Ctrl-C. */
async function watch(
  platform: Platform,
  shop: ShopSimulator,
  mode: 'until-done' | 'until-interrupted',
): Promise<OrderSyncReport> {
  let interrupted = false;
  // Not `once`: a terminal and npm may each pass the same Ctrl-C on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true));
  if (mode === 'until-interrupted')
    say('press Ctrl-C to stop; look around with: npm run nightshift -- --data .nightshift/demo entry list');
  let shown = '';
  for (let looks = 0; ; looks++) {
    const report = await reportOf(platform);
    const done = await isDone(platform, report, shop);
    const line = progressLine(report, shop);
    if (line !== shown && (looks % 4 === 0 || done)) {
      say(line);
      shown = line;
    }
    const late = mode === 'until-done' && Date.now() - begun > LIMIT_MS;
    if (late) say(`gave up after ${LIMIT_MS / 60_000} minutes`);
    if (interrupted || late || (mode === 'until-done' && done)) return report;
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

/** Everything is staged and settled, and each entry has had a good run. */
async function isDone(platform: Platform, report: OrderSyncReport, shop: ShopSimulator): Promise<boolean> {
  if (report.staged < shop.expected.orders || report.pending > 0) return false;
  const log = await jobQueue.logEntries(platform.as(ADMINISTRATOR), { limit: 1_000 });
  const good = new Set(log.filter(({ status }) => status === 'Success').map(({ entryId }) => entryId));
  const refused = log.some(({ user }) => user === TRAINEE.user);
  return good.size === 3 && refused && !log.some(({ status }) => status === 'In Process');
}

/** What is left at the end. */
interface Ending {
  readonly platform: Platform;
  readonly shop: ShopSimulator;
  readonly server: ServerProcess;
  readonly entries: readonly JobQueueEntry[];
  readonly report: OrderSyncReport;
}

async function finish({ platform, shop, server, entries, report }: Ending): Promise<number> {
  const caller: Caller = platform.as(ADMINISTRATOR);
  for (const entry of entries) await jobQueue.setOnHold(caller, entry.id);
  const serverCode = await server.stop();
  const logEntries = await jobQueue.logEntries(caller, { limit: 1_000 });
  const checks = [
    ...checksOf(report, shop.expected),
    {
      text: 'no log entry is left In Process',
      holds: !logEntries.some(({ status }) => status === 'In Process'),
    },
    { text: `${TRAINEE.user} was refused for a missing right, by name`, holds: isRefused(logEntries) },
    { text: 'the server stopped cleanly', holds: serverCode === 0 },
    ...(options.kill
      ? [{ text: 'the killed run is on record as Lost', holds: has(logEntries, 'Lost') }]
      : []),
  ];
  printSummary(report, logEntries, options.exit ? checks : []);
  await platform.stop();
  await shop.stop();
  say('stopped');
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

function has(logEntries: readonly JobQueueLogEntry[], wanted: JobQueueLogEntry['status']): boolean {
  return logEntries.some(({ status }) => status === wanted);
}

/** The run that began when the right was gone. */
function isRefused(logEntries: readonly JobQueueLogEntry[]): boolean {
  const runs = logEntries.filter(({ user }) => user === TRAINEE.user);
  return runs.length > 0 && runs.every(({ error }) => error?.code === 'PERMISSION_DENIED');
}
