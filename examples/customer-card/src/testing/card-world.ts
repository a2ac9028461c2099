import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { createPlatform, type Platform, runBackgroundTask } from 'nightshift';
import pg from 'pg';
import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../../../scripts/find-browser.ts';
import application from '../../app.ts';
import { createCardServer } from '../card-server.ts';
import { fillLedger, SALES } from '../ledger.ts';
import { overdueBalance } from '../overdue-balance.ts';
import { buildPage, type PageFiles } from '../page-files.ts';
import { type CuttableProxy, startCuttableProxy } from './cuttable-proxy.ts';

/** The example as a person meets it: a browser, the page, the server, PostgreSQL. */
export interface CardWorld {
  readonly browser: Browser;
  /** For looking into the database, as the superuser. */
  readonly client: pg.Client;
  /** Holds the lock that has readers wait. */
  readonly holder: pg.Client;
  /** A server that keeps pages for 10 minutes after a cut. */
  readonly patient: CardInstance;
  /** One that keeps them hardly at all. */
  readonly hasty: CardInstance;
  stop(): Promise<void>;
}

/** A server instance, and the cable that leads to it. */
export interface CardInstance {
  readonly platform: Platform;
  readonly proxy: CuttableProxy;
  stop(): Promise<void>;
}

const SIZE = { customers: 200, entries: 20_000 };
const PATIENT_MS = 600_000;
const HASTY_MS = 20;

/** Starts it all, on a PostgreSQL of its own. */
export async function startCardWorld(): Promise<CardWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'customer-card-'));
  await chmod(folder, 0o755); // as root the server runs as somebody else, who must be able to enter
  const dataDirectory = path.join(folder, 'data');
  const ending: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ending.toReversed()) await end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [{ executablePath, args }, files, postgres] = await Promise.all([
      findBrowser(),
      buildPage(),
      startEmbeddedPostgres({ dataDirectory }),
    ]);
    ending.push(() => resetEmbeddedPostgres({ dataDirectory }));
    ending.push(() => postgres.stop({ mode: 'immediate' }));
    const started = <Part>(part: Part, end: (part: Part) => Promise<unknown>): Part => {
      ending.push(() => end(part));
      return part;
    };
    const { url } = postgres;
    const patient = started(await startInstance(url, files, PATIENT_MS), (instance) => instance.stop());
    await fillLedger(patient.platform, SIZE);
    const hasty = started(await startInstance(url, files, HASTY_MS), (instance) => instance.stop());
    // Before anybody holds locks: with the first session of a user come his rights to the tables.
    for (const { platform } of [patient, hasty])
      await runBackgroundTask(platform.as(SALES), overdueBalance, { customerNo: '10000' });
    const client = started(await connected(url), (each) => each.end());
    const holder = started(await connected(url), (each) => each.end());
    const browser = started(await chromium.launch({ executablePath, args: [...args] }), (each) =>
      each.close(),
    );
    return { browser, client, holder, patient, hasty, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

async function startInstance(url: string, files: PageFiles, reconnectGraceMs: number): Promise<CardInstance> {
  const platform = await createPlatform({ application, database: { url }, pages: { reconnectGraceMs } });
  await platform.start();
  const server = createCardServer({ platform, files });
  const proxy = await startCuttableProxy(await server.listen());
  const stop = async () => {
    await proxy.close();
    await server.close({ atOnce: true });
    await platform.stop();
  };
  return { platform, proxy, stop };
}
