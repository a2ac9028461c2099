import { createPlatform, type Platform, processChunk, type Session, stage, workItems } from 'nightshift';
import pg from 'pg';
import { z } from 'zod';
import { median, range, whole } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import { type BenchScenario, type Outcome, type World, wantedParts } from './scenario.ts';

const STAGED = 100_000;
const DONE = 5_000_000;
/** Chunks of one measurement, and items of a chunk. */
const CHUNKS = 10;
const LIMIT = 500;
const PARTS = ['stage', 'process', 'done rows'] as const;

const orders = workItems({
  name: 'bench_order',
  payload: z.object({ no: z.string(), customer: z.string(), total: z.number() }),
  externalId: ({ no }) => no,
});

const FILL = `insert into co_1.bench_order_done (id, external_id, status, attempts, next_attempt_at, payload, staged_at,
    modified_at, finished_at)
  select -g, 'DONE-' || g, 'Processed', 1, now(), jsonb_build_object('no', 'DONE-' || g, 'customer', 'C', 'total', g), now(),
    now(), now() - g * interval '1 second'
  from generate_series($1::bigint, $2::bigint) g`;
const FILL_KEYS = `insert into co_1.bench_order_key (external_id, digest)
  select 'DONE-' || g, gen_random_uuid() from generate_series($1::bigint, $2::bigint) g`;
const FILL_STEP = 250_000;

/** Work items: how fast they are staged, what each costs besides its handler, and whether millions that are done matter. */
export const items: BenchScenario = {
  name: 'items',
  about: 'work items: staging, the cost of an item besides its handler, chunks beside millions of done rows',
  rounds: 5,
  seconds: 240,
  run: measureItems,
};

async function measureItems({ postgres, rounds, tasks, only }: World): Promise<Outcome> {
  const parts = wantedParts(PARTS, only);
  const url = await postgres.database('items');
  const platform = await createPlatform({ name: 'items', workItems: [orders], database: { url } });
  await platform.start();
  const feed = new Feed();
  const filler = new pg.Client({ connectionString: url });
  await filler.connect();
  try {
    const staged = await repeat(rounds, () => stagedPerSecond(platform, feed, tasks ?? STAGED));
    const done = tasks === null ? DONE : tasks * 10;
    const process = async () => {
      await stagedPerSecond(platform, feed, CHUNKS * LIMIT * (rounds + 1));
      return processed(platform, rounds);
    };
    const beside = parts.includes('done rows');
    const few = beside || parts.includes('process') ? await process() : [];
    if (beside) await fill(filler, done);
    const many = beside ? await process() : [];
    return { tables: [tableOf({ staged, few, many, done })], figures: { staged, few, many, done } };
  } finally {
    await filler.end();
    await platform.stop();
  }
}

/** Orders that nobody has seen. */
class Feed {
  #made = 0;

  *next(count: number) {
    for (let n = 0; n < count; n++) {
      const no = ++this.#made;
      yield { no: `ORDER-${no}`, customer: `C${no % 1_000}`, total: no % 997 };
    }
  }
}

async function stagedPerSecond(platform: Platform, feed: Feed, count: number): Promise<number> {
  const begun = performance.now();
  await platform.open(IDENTITY, (session) => stage(session, orders, feed.next(count)));
  return count / ((performance.now() - begun) / 1_000);
}

/** Microseconds that an item takes besides what its handler asks of the database. */
async function processed(platform: Platform, rounds: number): Promise<readonly number[]> {
  return repeat(rounds, async () => {
    const bare = await timed(platform, async (session) => {
      for (let n = 0; n < CHUNKS * LIMIT; n++) await session.db.query('select 1');
    });
    const all = await timed(platform, async (session) => {
      for (let n = 0; n < CHUNKS; n++) {
        await processChunk(session, orders, { limit: LIMIT }, async (_item, own) => {
          await own.db.query('select 1');
        });
      }
    });
    return ((all - bare) * 1_000) / (CHUNKS * LIMIT);
  });
}

async function timed(platform: Platform, work: (session: Session) => Promise<void>): Promise<number> {
  const begun = performance.now();
  await platform.open(IDENTITY, work);
  return performance.now() - begun;
}

async function fill(client: pg.Client, done: number): Promise<void> {
  for (let from = 1; from <= done; from += FILL_STEP) {
    const to = Math.min(done, from + FILL_STEP - 1);
    await client.query(FILL, [from, to]);
    await client.query(FILL_KEYS, [from, to]);
  }
  await client.query('vacuum analyze');
}

/** One round more, which is not counted. */
async function repeat(rounds: number, measure: () => Promise<number>): Promise<readonly number[]> {
  const found: number[] = [];
  for (let round = 0; round <= rounds; round++) found.push(await measure());
  return found.slice(1);
}

interface Measured {
  readonly staged: readonly number[];
  readonly few: readonly number[];
  readonly many: readonly number[];
  readonly done: number;
}

function tableOf({ staged, few, many, done }: Measured) {
  const row = (what: string, unit: string, values: readonly number[]) =>
    values.length === 0 ? [] : [[what, unit, whole(median(values)), range(values, whole)]];
  return {
    title: `Work items, chunks of ${LIMIT}`,
    head: ['What', 'Unit', 'median', 'range'],
    rows: [
      ...row('staged', 'rows/s', staged),
      ...row('an item besides its handler', 'µs', few),
      ...row(`the same beside ${done.toLocaleString('en')} done rows`, 'µs', many),
    ],
    notes:
      few.length === 0 || many.length === 0
        ? []
        : [`Done rows make a chunk ${(median(many) / median(few)).toFixed(2)} times as long.`],
  };
}
