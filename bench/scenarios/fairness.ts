import { setTimeout as delay } from 'node:timers/promises';
import { type Codeunit, codeunit, createPlatform, type Platform, taskScheduler } from 'nightshift';
import pg from 'pg';
import { within } from '../progress.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, shown, whole } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

const TASKS = 100_000;
const LOAD_GROUP = 500;
/** Single tasks of the other company in one turn, one after another. */
const SINGLES = 10;
const PAUSE_MS = 50;
const LIMIT_MS = 60_000;
const OTHER = 'Fabrikam';

/** How long a task of the backlog takes, in milliseconds. */
const LENGTHS = { 'that do nothing': 0, 'of 20 ms': 20 } as const;
type Length = keyof typeof LENGTHS;

/** Beside the backlog of one company, another company creates single tasks. */
export const fairness: BenchScenario = {
  name: 'fairness',
  about: "beside 100,000 due tasks of one company: until another company's single task starts",
  rounds: 3,
  seconds: 100,
  run: measureFairness,
};

interface Waits {
  readonly median: number;
  readonly longest: number;
  /** Tasks of the backlog that were left when the last single task had started. */
  readonly left: number;
}

async function measureFairness({ postgres, rounds, tasks }: World): Promise<Outcome> {
  const url = await postgres.database('fairness');
  const referee = new pg.Client({ connectionString: url });
  const count = tasks ?? TASKS;
  try {
    // The first start makes the tables; the company has to be there before the platform that knows it.
    await (await createPlatform({ name: 'bench', codeunits: [], database: { url } })).stop();
    await referee.connect();
    await referee.query('insert into nightshift.company (name) values ($1)', [OTHER]);
    const lengths = Object.keys(LENGTHS) as Length[];
    const turns = lengths.map((length) => turnOf(length, { url, referee, count }));
    const samples = await inRounds(turns, { rounds, profile: null });
    const table = {
      title: `A single task of another company beside ${whole(count)} due tasks, from createTask to its first line`,
      head: ['Backlog of tasks', 'median', 'longest of all'],
      rows: lengths.map((length, at) => [
        length,
        `${shown(median((samples[at] ?? []).map((one) => one.median)))} ms`,
        `${shown(Math.max(...(samples[at] ?? []).map(({ longest }) => longest)))} ms`,
      ]),
      notes: [],
    };
    return { tables: [table], figures: { samples } };
  } finally {
    await referee.end();
  }
}

interface Place {
  readonly url: string;
  readonly referee: pg.Client;
  readonly count: number;
}

function turnOf(length: Length, place: Place): Turn<Waits> {
  return {
    name: `tasks ${length}`,
    measure: () => measureOnce(LENGTHS[length], place),
    show: (waits) =>
      `median ${shown(waits.median)} ms, longest ${shown(waits.longest)} ms, ${whole(waits.left)} left`,
  };
}

async function measureOnce(ms: number, { url, referee, count }: Place): Promise<Waits> {
  await referee.query('truncate nightshift.scheduled_task, nightshift.failed_task cascade');
  await referee.query('checkpoint');
  let ran = 0;
  let began: () => void = () => undefined;
  const bulk = codeunit({
    name: 'Bulk',
    async onRun(session) {
      if (ms > 0) await session.sleep(ms);
      ran++;
    },
  });
  const single = codeunit({ name: 'Single', onRun: () => began() });
  const platform = await createPlatform({
    name: 'bench',
    codeunits: [bulk, single],
    database: { url },
    // A stop is not to wait for the whole backlog.
    taskScheduler: { drainMs: 1_000 },
  });
  try {
    await platform.start();
    await load(platform, bulk, count);
    const other = platform.as({ ...IDENTITY, company: OTHER });
    const waits: number[] = [];
    // One that comes when the backlog is gone says nothing.
    while (waits.length < SINGLES && ran < count) {
      const first = new Promise<void>((resolve) => {
        began = resolve;
      });
      const called = performance.now();
      await taskScheduler.createTask(other, single);
      await within(LIMIT_MS, 'the single task', first);
      waits.push(performance.now() - called);
      await delay(PAUSE_MS);
    }
    return { median: median(waits), longest: Math.max(...waits), left: count - ran };
  } finally {
    await platform.stop();
  }
}

async function load(platform: Platform, bulk: Codeunit<undefined, undefined>, count: number): Promise<void> {
  await platform.open(IDENTITY, async (session) => {
    for (let left = count; left > 0; left -= LOAD_GROUP) {
      const group = Array.from({ length: Math.min(left, LOAD_GROUP) }, () =>
        taskScheduler.createTask(session, bulk),
      );
      await Promise.all(group);
    }
  });
}
