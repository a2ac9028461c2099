import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createPlatform, type Platform, reportInbox } from 'nightshift';
import pg from 'pg';
import { orders, READ_ORDERS, reportApp } from '../fixtures/report-app.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, shown, whole } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

const NANOSECONDS = 1e6;
/** Documents of one turn. */
const SMALL = { rows: 1_000, documents: 5 };
const LARGE = { PDF: 10_000, XLSX: 100_000, CSV: 100_000, HTML: 100_000 } as const;
const TYPES = ['PDF', 'XLSX', 'CSV', 'HTML'] as const;

/** Documents of reports: from the start of the report to the COMMIT that files it, and for how long nothing else ran meanwhile. */
export const reports: BenchScenario = {
  name: 'reports',
  about: 'documents of 1,000 rows and of the most that there may be, beside reading the same rows',
  rounds: 3,
  seconds: 60,
  run: measureReports,
};

/** What one turn gave. */
interface Made {
  /** Milliseconds for one document. */
  readonly ms: number;
  /** The longest time in which the event loop stood. */
  readonly stoodMs: number;
  readonly bytes: number;
}

async function measureReports(world: World): Promise<Outcome> {
  const url = await world.postgres.database('reports');
  const bare = new pg.Client({ connectionString: url });
  await bare.connect();
  const platform = await createPlatform({ application: reportApp, database: { url } });
  try {
    await platform.start();
    await bare.query('set search_path = co_1');
    const turns = [
      reading(bare, SMALL.rows, SMALL.documents),
      ...TYPES.map((type) => making(platform, type, SMALL.rows, SMALL.documents)),
      reading(bare, LARGE.PDF, 1),
      making(platform, 'PDF', LARGE.PDF, 1),
      reading(bare, LARGE.XLSX, 1),
      ...TYPES.slice(1).map((type) => making(platform, type, LARGE[type], 1)),
    ];
    const samples = await inRounds(turns, world);
    const series = turns.map(({ name }, at) => ({ name, samples: samples[at] ?? [] }));
    return { tables: [tableOf(series)], figures: { series } };
  } finally {
    await platform.stop();
    await bare.end();
  }
}

function turn(name: string, measure: () => Promise<Made>): Turn<Made> {
  return { name, measure, show: ({ ms, stoodMs }) => `${shown(ms)} ms, stood ${shown(stoodMs)} ms` };
}

/** The rows by themselves, as the report reads them. */
function reading(bare: pg.Client, rows: number, times: number): Turn<Made> {
  return turn(`limit: reading ${whole(rows)} rows`, () =>
    watched(times, async () => void (await bare.query(READ_ORDERS, [rows]))),
  );
}

function making(
  platform: Platform,
  outputType: (typeof TYPES)[number],
  rows: number,
  times: number,
): Turn<Made> {
  return turn(`${outputType} of ${whole(rows)} rows`, async () => {
    const made = await watched(times, () =>
      platform.open(IDENTITY, (session) => session.run(orders, { outputType, parameters: { rows } })),
    );
    const caller = platform.as(IDENTITY);
    const { documents } = await reportInbox.list(caller);
    await reportInbox.delete(caller, { numbers: documents.map(({ no }) => no) });
    return { ...made, bytes: documents[0]?.size ?? 0 };
  });
}

async function watched(times: number, work: () => Promise<void>): Promise<Made> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  for (let left = times; left > 0; left--) await work();
  const ms = (performance.now() - begun) / times;
  delay.disable();
  return { ms, stoodMs: delay.max / NANOSECONDS, bytes: 0 };
}

function tableOf(series: readonly { readonly name: string; readonly samples: readonly Made[] }[]) {
  return {
    title: 'Documents of reports',
    head: ['What', 'ms', 'min – max of the rounds', 'nothing else ran for, ms', 'kB'],
    rows: series.map(({ name, samples }) => [
      name,
      shown(median(samples.map(({ ms }) => ms))),
      range(samples.map(({ ms }) => ms)),
      shown(median(samples.map(({ stoodMs }) => stoodMs))),
      samples[0]?.bytes === 0 ? '' : whole((samples[0]?.bytes ?? 0) / 1_000),
    ]),
    notes: [],
  };
}
