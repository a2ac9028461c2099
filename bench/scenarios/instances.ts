import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { another, type Contestant, withContestants } from '../contestant.ts';
import { tell } from '../progress.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, whole } from '../statistics.ts';
import { nightshiftSystem } from '../systems/nightshift.ts';
import { OURS } from '../systems/registry.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';
import { rateOf } from './throughput-table.ts';

const INSTANCES = [1, 2, 3] as const;
const KINDS = { 'no-op': 40_000, 'one-row': 10_000 } as const;
type Kind = keyof typeof KINDS;
/** Before the clock starts, so that all connections are open. */
const WARM_UP_TASKS = 600;
const LIMIT_MS = 120_000;
const LOOK_MS = 20;

/** One drain by several instances. */
interface Shared {
  readonly tasks: number;
  readonly ms: number;
  /** Tasks of each instance. */
  readonly shares: readonly number[];
}

/** One backlog, and one, two or three instances. */
export const instances: BenchScenario = {
  name: 'instances',
  about: 'one, two and three instances work one backlog off; no task runs twice',
  rounds: 3,
  seconds: 200,
  run: measureInstances,
};

async function measureInstances({ postgres, rounds, tasks }: World): Promise<Outcome> {
  return await withContestants(postgres, [OURS], async (contestants) => {
    const first = contestants.get(OURS) as Contestant;
    const others = await Promise.all(INSTANCES.slice(1).map(() => another(postgres, first)));
    const referee = new pg.Client({ connectionString: first.url });
    try {
      await referee.connect();
      const all = [first, ...others];
      const pairs = (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
        INSTANCES.map((count) => ({ kind, count, tasks: tasks ?? KINDS[kind] })),
      );
      const turns = pairs.map((pair) => turnOf(pair, all.slice(0, pair.count), referee));
      const samples = await inRounds(turns, { rounds, profile: null });
      const series = pairs.map((pair, at) => ({ ...pair, samples: samples[at] ?? [] }));
      return { tables: [tableOf(series)], figures: { series } };
    } finally {
      await referee.end();
      await Promise.all(others.map((other) => other.end()));
    }
  });
}

interface Pair {
  readonly kind: Kind;
  readonly count: number;
  readonly tasks: number;
}

function turnOf(
  { kind, count, tasks }: Pair,
  contestants: readonly Contestant[],
  referee: pg.Client,
): Turn<Shared> {
  const { sql } = nightshiftSystem({ url: '', referee }, null);
  const inOne = contestants[0] as Contestant;
  return {
    name: `${kind}  ${count} ${count === 1 ? 'instance' : 'instances'}`,
    async measure() {
      for (const statement of [...sql.reset, 'checkpoint']) await referee.query(statement);
      for (const one of contestants) await one.call('openWorker', { kind, tells: false });
      await inOne.call('load', { tasks: WARM_UP_TASKS });
      const before = await untilRan(contestants, WARM_UP_TASKS);
      const began = await inOne.call('load', { tasks });
      const after = await untilRan(contestants, WARM_UP_TASKS + tasks);
      for (const one of contestants) await one.call('close', null);
      const { rows } = await referee.query<{ unfinished: boolean }>(sql.unfinished);
      if (rows[0]?.unfinished !== false) throw new Error('a task was left');
      if (kind === 'one-row') await checkEffects(referee, sql.effects, WARM_UP_TASKS + tasks);
      const shares = after.map((one, at) => one.tasks - (before[at]?.tasks ?? 0));
      return { tasks, ms: Math.max(...after.map(({ lastAt }) => lastAt)) - began, shares };
    },
    show: (sample) => `${Math.round(rateOf(sample))} tasks/s, shared ${sample.shares.join(' : ')}`,
  };
}

/** @throws Error when more ran than there were, or when it takes too long */
async function untilRan(contestants: readonly Contestant[], tasks: number) {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    const ran = await Promise.all(contestants.map((one) => one.call('ran', null)));
    const sum = ran.reduce((total, one) => total + one.tasks, 0);
    if (sum === tasks) return ran;
    if (sum > tasks) throw new Error(`${sum} runs of ${tasks} tasks: a task ran twice`);
    if (performance.now() > limit) throw new Error(`only ${sum} of ${tasks} tasks ran`);
    await delay(LOOK_MS);
  }
}

async function checkEffects(referee: pg.Client, effects: string, tasks: number): Promise<void> {
  const { rows } = await referee.query<{ written: number; distinct_tasks: number }>(effects);
  const [row] = rows;
  if (row?.written === tasks && row.distinct_tasks === tasks) return;
  tell(JSON.stringify(row));
  throw new Error(`${tasks} tasks have written ${row?.written} rows of ${row?.distinct_tasks} tasks`);
}

function tableOf(series: readonly (Pair & { readonly samples: readonly Shared[] })[]) {
  const rateIn = ({ samples }: { readonly samples: readonly Shared[] }) => median(samples.map(rateOf));
  return {
    title: 'One backlog, several instances on one machine',
    head: ['Tasks', 'instances', 'tasks/s', 'min – max', '÷ one instance', 'shares of the last round'],
    rows: series.map((one) => {
      const alone = series.find(({ kind, count }) => kind === one.kind && count === 1);
      return [
        one.kind,
        String(one.count),
        whole(rateIn(one)),
        range(one.samples.map(rateOf), whole),
        alone === undefined ? '' : (rateIn(one) / rateIn(alone)).toFixed(2),
        (one.samples.at(-1)?.shares ?? []).map((share) => whole(share)).join(' : '),
      ];
    }),
    notes: ['No task ran twice and none was left: checked after every round.'],
  };
}
