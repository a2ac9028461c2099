import { setTimeout as delay } from 'node:timers/promises';
import { openPage as openTabPage } from '@nightshift/client/page';
import {
  apiKeys,
  closePage,
  createPlatform,
  openPage,
  type Platform,
  runPageBackgroundTask,
} from 'nightshift';
import { createServer } from 'nightshift/server';
import pg from 'pg';
import { oneRow, pageApp, SLEEP, sleeper, trivial } from '../fixtures/page-app.ts';
import { socketLink } from '../fixtures/socket-link.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, type Spread, shown, spreadOf } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

/** Tasks of one turn, one after another. */
const TASKS = 100;
/** Statements of one turn that are cancelled. */
const CANCELS = 20;
/** The connection takes so many messages a second over time. */
const PAUSE_MS = 55;

/** Page background tasks, from the call that enqueues one to its answer; and how soon a statement is gone that nobody wants. */
export const page: BenchScenario = {
  name: 'page',
  about:
    'page background tasks: from enqueue to answer, also over the socket; from another record to the end of the statement',
  rounds: 5,
  seconds: 80,
  run: measurePage,
};

/** What the turns work with. */
interface PageWorld {
  readonly platform: Platform;
  readonly bare: pg.Client;
  readonly address: string;
  readonly key: string;
}

async function measurePage(world: World): Promise<Outcome> {
  const url = await world.postgres.database('page');
  const bare = new pg.Client({ connectionString: url });
  await bare.connect();
  const platform = await createPlatform({ application: pageApp, database: { url } });
  const server = createServer(platform, {});
  try {
    await platform.start();
    const { key } = await apiKeys.create(platform.as(IDENTITY), { name: 'bench', scopes: ['page.open'] });
    const pages = { platform, bare, key, address: await server.listen({ port: 0 }) };
    const tasks = world.tasks ?? TASKS;
    const turns = [
      turn('trivial, in the process', () => inProcess(pages, trivial, tasks)),
      turn('one row, in the process', () => inProcess(pages, oneRow, tasks)),
      turn('trivial, over the socket', () => overSocket(pages, 'Trivial', tasks)),
      turn('one row, over the socket', () => overSocket(pages, 'One Row', tasks)),
      turn('another record → statement gone', () => cancelled(pages)),
    ];
    const samples = await inRounds(turns, world);
    const series = turns.map(({ name }, at) => ({ name, samples: samples[at] ?? [] }));
    return { tables: [tableOf(series)], figures: { series } };
  } finally {
    await server.close();
    await platform.stop();
    await bare.end();
  }
}

function turn(name: string, measure: () => Promise<Spread>): Turn<Spread> {
  return {
    name,
    measure,
    show: ({ p50, p95 }) => `p50 ${shown(p50)} ms, p95 ${shown(p95 ?? Number.NaN)} ms`,
  };
}

async function inProcess({ platform }: PageWorld, task: typeof trivial, tasks: number): Promise<Spread> {
  const open = await openPage(platform.as(IDENTITY), { name: 'Bench' });
  const took: number[] = [];
  for (let left = tasks; left > 0; left--) {
    const begun = performance.now();
    await runPageBackgroundTask(open, task, {});
    took.push(performance.now() - begun);
  }
  closePage(open);
  return spreadOf(took);
}

async function overSocket({ address, key }: PageWorld, codeunit: string, tasks: number): Promise<Spread> {
  const link = await socketLink(address, key);
  const open = openTabPage(link, { company: IDENTITY.company, name: 'Bench' });
  await open.enqueue(codeunit).result;
  const took: number[] = [];
  for (let left = tasks; left > 0; left--) {
    await delay(PAUSE_MS);
    const begun = performance.now();
    await open.enqueue(codeunit).result;
    took.push(performance.now() - begun);
  }
  open.close();
  link.close();
  return spreadOf(took);
}

async function cancelled({ address, key, bare }: PageWorld): Promise<Spread> {
  const link = await socketLink(address, key);
  const open = openTabPage(link, { company: IDENTITY.company, name: 'Bench', recordId: 'first' });
  const took: number[] = [];
  for (let no = 0; no < CANCELS; no++) {
    open.enqueue(sleeper.name).result.catch(() => undefined);
    while (!(await sleeps(bare))) await delay(2);
    const begun = performance.now();
    open.setCurrentRecord(`${no}`);
    while (await sleeps(bare));
    took.push(performance.now() - begun);
  }
  open.close();
  link.close();
  return spreadOf(took);
}

async function sleeps(bare: pg.Client): Promise<boolean> {
  const { rowCount } = await bare.query({
    name: 'bench_sleeps',
    text: "select from pg_stat_activity where query = $1 and state = 'active'",
    values: [SLEEP],
  });
  return rowCount !== 0;
}

function tableOf(series: readonly { readonly name: string; readonly samples: readonly Spread[] }[]) {
  return {
    title: 'Page background tasks, ms',
    head: ['What', 'p50', 'min – max of the rounds', 'p95'],
    rows: series.map(({ name, samples }) => [
      name,
      shown(median(samples.map(({ p50 }) => p50))),
      range(samples.map(({ p50 }) => p50)),
      shown(median(samples.map(({ p95 }) => p95 ?? Number.NaN))),
    ]),
    notes: [],
  };
}
