// Shows the customer card on a PostgreSQL of its own in .nightshift/customer-card:
//   npm run demo:customer-card -- [--exit]
// The ledger is made once and kept; with another size it is made anew.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { createPlatform, type Platform } from 'nightshift';
import { findBrowser } from '../../../scripts/find-browser.ts';
import application from '../app.ts';
import { createCardServer } from '../src/card-server.ts';
import { countWritten, fillLedger, sizeOfLedger } from '../src/ledger.ts';
import { buildPage } from '../src/page-files.ts';
import { type DemoOptions, demoOptions } from './options.ts';
import { visitByApi, visitByBrowser } from './visit.ts';

const DATA = path.resolve(import.meta.dirname, '../../../.nightshift/customer-card');
const LOOK_MS = 500;

const options = demoOptions(process.argv.slice(2));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
process.exitCode = await demonstrate(options);

async function demonstrate({ exit, entries, customers, port }: DemoOptions): Promise<number> {
  const files = buildPage();
  const platform = await openWithLedger({ entries, customers });
  const server = createCardServer({ platform, files: await files });
  try {
    const url = await server.listen({ port });
    console.log(`\nThe customer card: ${url}\n`);
    if (exit) return await visit(url, platform);
    console.log(
      'Press Ctrl-C to stop. Skip through the customers with Next, or with J and K, and watch the bar on top.',
    );
    if (!interrupted.signal.aborted)
      await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve));
    return 0;
  } finally {
    await server.close({ atOnce: true });
    await platform.stop();
    console.log('stopped');
  }
}

async function visit(url: string, platform: Platform): Promise<number> {
  const browser = await findBrowser().catch((error: Error) => {
    console.log(`${error.message}\nSo the visit is over the API.`);
    return null;
  });
  const checks = browser === null ? await visitByApi(url) : await visitByBrowser(url, browser, platform);
  console.log('\nChecks');
  for (const { text, holds } of checks) console.log(`  ${holds ? 'ok    ' : 'FAILED'}  ${text}`);
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

/** The platform, with a ledger of that size. */
async function openWithLedger(size: Pick<DemoOptions, 'entries' | 'customers'>): Promise<Platform> {
  const first = await open();
  const known = await sizeOfLedger(first);
  const isOther = known !== null && (known.entries !== size.entries || known.customers !== size.customers);
  if (isOther) {
    console.log(`There is a ledger of ${known.entries.toLocaleString('en')} rows: it is made anew.`);
    await first.stop();
    await resetEmbeddedPostgres({ dataDirectory: DATA });
  }
  const platform = isOther ? await open() : first;
  if (known !== null && !isOther) return platform;
  const done = new AbortController();
  const giveUp = () => void platform.stop({ atOnce: true });
  interrupted.signal.addEventListener('abort', giveUp);
  const showing = showProgress(platform, size.entries, done.signal);
  try {
    await fillLedger(platform, size);
  } catch (error) {
    await platform.stop();
    if (!interrupted.signal.aborted) throw error;
    console.log('stopped; what was not complete is undone');
    process.exit(1);
  } finally {
    interrupted.signal.removeEventListener('abort', giveUp);
    done.abort();
    await showing;
  }
  console.log(
    `${progressBar(1)} ${size.entries.toLocaleString('en')} ledger entries of ${size.customers} customers`,
  );
  return platform;
}

async function open(): Promise<Platform> {
  const platform = await connect().catch(async (error: { readonly code?: string }) => {
    if (error.code !== 'MIGRATION_CHANGED' && error.code !== 'SCHEMA_NEWER') throw error;
    console.log('The ledger is of another version of Nightshift: it is made anew.');
    await resetEmbeddedPostgres({ dataDirectory: DATA });
    return connect();
  });
  await platform.start();
  return platform;
}

function connect(): Promise<Platform> {
  return createPlatform({
    application,
    database: { dataDirectory: DATA },
    onNotice: (text) => console.log(text),
  });
}

/** Says how far it is; on a terminal in one line. */
async function showProgress(platform: Platform, entries: number, signal: AbortSignal): Promise<void> {
  let shown = '';
  while (!signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    const written = signal.aborted ? entries : await countWritten(platform).catch(() => entries);
    if (written >= entries) continue;
    const bar = progressBar(written / entries);
    if (process.stdout.isTTY) process.stdout.write(`${bar} ${written.toLocaleString('en')} ledger entries\r`);
    else if (bar !== shown) console.log(bar);
    shown = bar;
  }
}

function progressBar(share: number): string {
  return '█'.repeat(Math.round(20 * share)).padEnd(20, '░');
}
