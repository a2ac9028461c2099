import pg from 'pg';
import { type Contestant, withContestants } from '../contestant.ts';
import type { Sample } from '../measure.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { OURS, PEERS, shareOf } from '../systems/registry.ts';
import { ratioTable } from './ratio.ts';
import { type BenchScenario, type Outcome, type World, wantedSystems } from './scenario.ts';
import { rateOf } from './throughput-table.ts';

const TASKS = 40_000;

/** A backlog is worked off while another connection holds a snapshot, so that no dead row can be cleared away. */
export const snapshot: BenchScenario = {
  name: 'snapshot',
  about: 'a backlog is worked off while another connection holds a snapshot, and while none does',
  rounds: 3,
  seconds: 240,
  run: measureSnapshot,
};

async function measureSnapshot(world: World): Promise<Outcome> {
  const names = wantedSystems([OURS, ...PEERS], world.only);
  return await withContestants(world.postgres, names, async (contestants) => {
    const turns = names.flatMap((name) => {
      const contestant = contestants.get(name) as Contestant;
      return [turnOf(contestant, false, world.tasks), turnOf(contestant, true, world.tasks)];
    });
    const samples = await inRounds(turns, world);
    const series = names.map((system, at) => ({
      system,
      without: samples[2 * at] ?? [],
      with: samples[2 * at + 1] ?? [],
    }));
    const title = 'Drain while another connection holds a snapshot';
    return { tables: [ratioTable(title, 'it', series)], figures: { series } };
  });
}

function turnOf(contestant: Contestant, held: boolean, tasks: number | null): Turn<Sample> {
  const count = shareOf(contestant.name, tasks ?? TASKS);
  const measure = (profile: string | null) =>
    contestant.call('measure', { what: 'drain', kind: 'no-op', tasks: count, planted: false, profile });
  return {
    name: `${held ? 'with' : 'without'}  ${contestant.name}`,
    measure: (profile) => (held ? holding(contestant.url, () => measure(profile)) : measure(profile)),
    show: (sample) => `${Math.round(rateOf(sample))} tasks/s`,
  };
}

/** Holds a snapshot, as a long report or a dump does. */
async function holding<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('select count(*) from pg_class');
    return await work();
  } finally {
    await client.end();
  }
}
