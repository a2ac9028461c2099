import { type Contestant, withContestants } from '../contestant.ts';
import type { Measurement, Sample } from '../measure.ts';
import type { Table } from '../report.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { OURS, OURS_WIDE, PEERS, shareOf } from '../systems/registry.ts';
import type { TaskKind } from '../systems/system.ts';
import { type BenchScenario, type Outcome, type World, wantedParts, wantedSystems } from './scenario.ts';
import { rateOf, type Series, throughputTable } from './throughput-table.ts';

/** One comparison of throughput: what every system does, and which ones take part. */
interface Contest {
  readonly name: string;
  readonly what: Measurement['what'];
  readonly tasks: number;
  /** The kind of task of each system. */
  readonly systems: Readonly<Record<string, TaskKind>>;
}

const everyone = (kind: TaskKind) => Object.fromEntries([OURS, ...PEERS].map((name) => [name, kind]));

const NO_OP: Contest = {
  name: 'drain-no-op',
  what: 'drain',
  tasks: 20_000,
  systems: { ...everyone('no-op'), 'bare SQL batches': 'no-op', 'bare SQL': 'no-op' },
};
const ONE_ROW: Contest = {
  name: 'drain-one-row',
  what: 'drain',
  tasks: 5_000,
  systems: {
    ...everyone('one-row'),
    [OURS_WIDE]: 'one-row',
    'pg-boss transactional': 'one-row',
    'bare SQL awaiting': 'one-row',
    'bare SQL step by step': 'one-row',
    'bare SQL pipelined': 'one-row',
  },
};
const SHARED: Contest = {
  name: 'drain-shared',
  what: 'drain',
  tasks: 20_000,
  // The peers as in drain-one-row; only pg-boss shares transactions.
  systems: {
    [OURS]: 'shared-row',
    'graphile-worker': 'one-row',
    'pg-boss': 'one-row',
    'pg-boss transactional': 'one-row',
    'bare SQL shared awaiting': 'shared-row',
    'bare SQL shared pipelined': 'shared-row',
  },
};
const ONE_BY_ONE: Contest = {
  name: 'enqueue-one-by-one',
  what: 'enqueue-one-by-one',
  tasks: 5_000,
  systems: { ...everyone('no-op'), 'bare SQL': 'no-op' },
};
const GROUPS: Contest = {
  name: 'enqueue-groups',
  what: 'enqueue-groups',
  tasks: 20_000,
  systems: { ...everyone('no-op'), 'bare SQL': 'no-op' },
};

/** A backlog is worked off. */
export const drain: BenchScenario = {
  name: 'drain',
  about: 'a backlog is worked off: tasks that do nothing, tasks that write one row',
  rounds: 5,
  seconds: 210,
  run: (world) => compare(world, [NO_OP, ONE_ROW]),
};

/** A backlog of small tasks that may share transactions. */
export const shared: BenchScenario = {
  name: 'shared',
  about: 'a backlog of tasks that write one row and may share transactions',
  rounds: 5,
  seconds: 120,
  run: (world) => compare(world, [SHARED]),
};

/** Tasks are created. */
export const enqueue: BenchScenario = {
  name: 'enqueue',
  about: 'tasks are created: one by one by 10 callers, and in groups of 1,000',
  rounds: 5,
  seconds: 180,
  run: (world) => compare(world, [ONE_BY_ONE, GROUPS]),
};

async function compare(world: World, contests: readonly Contest[]): Promise<Outcome> {
  const parts = wantedParts(
    contests.map(({ name }) => name),
    world.only,
  );
  const wanted = contests.filter(({ name }) => parts.includes(name));
  const pairs = wanted.flatMap((contest) =>
    wantedSystems(Object.keys(contest.systems), world.only).map((system) => ({ contest, system })),
  );
  const names = [...new Set(pairs.map(({ system }) => system))];
  return await withContestants(world.postgres, names, async (contestants) => {
    const turns = pairs.map(({ contest, system }) =>
      turnOf(contestants.get(system) as Contestant, contest, world.tasks),
    );
    const samples = await inRounds(turns, world);
    const series = pairs.map(
      ({ contest, system }, at): Series => ({
        contest: contest.name,
        system,
        guarantee: contestants.get(system)?.guarantee ?? '',
        samples: samples[at] ?? [],
      }),
    );
    const about = names.map((name) => {
      const { options, guarantee } = contestants.get(name) as Contestant;
      return { name, options, guarantee };
    });
    const compared: Table = {
      title: 'What is compared',
      head: ['System', 'options', 'promise'],
      rows: about.map(({ name, options, guarantee }) => [name, options, guarantee]),
      notes: [],
    };
    return {
      tables: [...wanted.map(({ name }) => throughputTable(name, series)), compared],
      figures: { systems: about, series },
    };
  });
}

function turnOf(contestant: Contestant, contest: Contest, tasks: number | null): Turn<Sample> {
  const measurement: Omit<Measurement, 'profile'> = {
    what: contest.what,
    kind: contest.systems[contestant.name] ?? 'no-op',
    tasks: shareOf(contestant.name, tasks ?? contest.tasks),
    planted: false,
  };
  return {
    name: `${contest.name}  ${contestant.name}`,
    measure: (profile) => contestant.call('measure', { ...measurement, profile }),
    show: (sample) => `${Math.round(rateOf(sample))} tasks/s`,
  };
}
