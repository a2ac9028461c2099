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

/** The same two rows for each order, in tables with the same indexes, and nothing else: the limit. */
const BARE_TABLES = `create table if not exists bare_order (like co_1.bench_order including all);
  create table if not exists bare_key (like co_1.bench_order_key including all);
  truncate bare_order, bare_key`;
const BARE_STAGE = `with r as materialized (select * from json_to_recordset($1) as (no text, customer text, total numeric)),
  k as (insert into bare_key (external_id, digest) select no, md5(to_jsonb(r)::text)::uuid from r)
  insert into bare_order (external_id, next_attempt_at, staged_at, modified_at, payload)
  select no, now(), now(), now(), to_jsonb(r) from r`;
const BARE_BATCH = 2_000;

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
    const wanted = parts.includes('stage') ? rounds : 0;
    const bare: number[] = [];
    const staged: number[] = [];
    // In turns, so that whatever else the machine does touches both.
    for (let round = 0; round <= wanted && wanted > 0; round++) {
      bare.push(await barePerSecond(filler, feed, tasks ?? STAGED));
      staged.push(await stagedPerSecond(platform, feed, tasks ?? STAGED));
    }
    for (const found of [bare, staged]) found.shift();
    const done = tasks === null ? DONE : tasks * 10;
    const process = async () => {
      await stagedPerSecond(platform, feed, CHUNKS * LIMIT * (rounds + 1));
      return processed(platform, rounds);
    };
    const beside = parts.includes('done rows');
    const few = beside || parts.includes('process') ? await process() : [];
    if (beside) await fill(filler, done);
    const many = beside ? await process() : [];
    const figures = { bare, staged, few, many, done };
    return { tables: [tableOf(figures)], figures };
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

async function barePerSecond(client: pg.Client, feed: Feed, count: number): Promise<number> {
  await client.query(BARE_TABLES);
  const begun = performance.now();
  await client.query('begin');
  let batch: unknown[] = [];
  for (const order of feed.next(count)) {
    batch.push(order);
    if (batch.length < BARE_BATCH) continue;
    await client.query(BARE_STAGE, [JSON.stringify(batch)]);
    batch = [];
  }
  await client.query('commit');
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
  readonly bare: readonly number[];
  readonly staged: readonly number[];
  readonly few: readonly number[];
  readonly many: readonly number[];
  readonly done: number;
}

function tableOf({ bare, staged, few, many, done }: Measured) {
  const row = (what: string, unit: string, values: readonly number[]) =>
    values.length === 0 ? [] : [[what, unit, whole(median(values)), range(values, whole)]];
  return {
    title: `Work items, chunks of ${LIMIT}`,
    head: ['What', 'Unit', 'median', 'range'],
    rows: [
      ...row('bare SQL: two rows in tables with the same indexes', 'rows/s', bare),
      ...row('staged', 'rows/s', staged),
      ...row('an item besides its handler', 'µs', few),
      ...row(`the same beside ${done.toLocaleString('en')} done rows`, 'µs', many),
    ],
    notes: [
      ...(staged.length === 0
        ? []
        : [`Staging takes ${(median(bare) / median(staged)).toFixed(2)} times as long as bare SQL.`]),
      ...(few.length === 0 || many.length === 0
        ? []
        : [
            `Done rows make what an item costs besides its handler ${(median(many) / median(few)).toFixed(2)} times as much.`,
          ]),
    ],
  };
}
