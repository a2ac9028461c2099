import { type Contestant, withContestants } from '../contestant.ts';
import type { Sample } from '../measure.ts';
import { tell } from '../progress.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { whole } from '../statistics.ts';
import { OURS, shareOf } from '../systems/registry.ts';
import { ratioTable } from './ratio.ts';
import { type BenchScenario, type Outcome, type World, wantedSystems } from './scenario.ts';
import { rateOf } from './throughput-table.ts';

const TASKS = 20_000;
/** Tasks that are due in a year. */
const PLANTED = 1_000_000;

/** A backlog is worked off while a million tasks wait for their time. */
export const future: BenchScenario = {
  name: 'future',
  about: `a backlog is worked off while none, and while ${whole(PLANTED)} tasks wait for a later time`,
  rounds: 4,
  seconds: 200,
  run: measureFuture,
};

async function measureFuture(world: World): Promise<Outcome> {
  const names = wantedSystems([OURS, 'graphile-worker', 'pg-boss'], world.only);
  // A small trial of the scenario itself gets along with fewer.
  const planted = world.tasks === null ? PLANTED : Math.min(PLANTED, world.tasks * 50);
  return await withContestants(world.postgres, names, (empty) =>
    withContestants(world.postgres, names, async (full) => {
      for (const contestant of full.values()) await plant(contestant, planted);
      const turns = names.flatMap((name) => [
        turnOf(empty.get(name) as Contestant, 'without', world.tasks),
        turnOf(full.get(name) as Contestant, 'with', world.tasks),
      ]);
      const samples = await inRounds(turns, world);
      const series = names.map((system, at) => ({
        system,
        without: samples[2 * at] ?? [],
        with: samples[2 * at + 1] ?? [],
      }));
      const title = `Drain beside ${whole(planted)} tasks that are due in a year`;
      return { tables: [ratioTable(title, 'them', series)], figures: { planted, series } };
    }),
  );
}

/** Puts the tasks in place. */
export async function plant(contestant: Contestant, tasks: number): Promise<void> {
  const begun = performance.now();
  await contestant.call('plant', { tasks });
  tell(
    `${contestant.name}: ${whole(tasks)} tasks planted in ${whole((performance.now() - begun) / 1_000)} s`,
  );
}

function turnOf(contestant: Contestant, which: 'with' | 'without', tasks: number | null): Turn<Sample> {
  const count = shareOf(contestant.name, tasks ?? TASKS);
  return {
    name: `${which}  ${contestant.name}`,
    // Both ways the clock stops with the last task's work.
    measure: (profile) =>
      contestant.call('measure', { what: 'drain', kind: 'no-op', tasks: count, planted: true, profile }),
    show: (sample) => `${Math.round(rateOf(sample))} tasks/s`,
  };
}
