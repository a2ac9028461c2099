import { setTimeout as delay } from 'node:timers/promises';
import { another, type Contestant, withContestants } from '../contestant.ts';
import { tell } from '../progress.ts';
import { whole } from '../statistics.ts';
import { OURS, PEERS } from '../systems/registry.ts';
import { plant } from './future.ts';
import { type BenchScenario, type Outcome, type World, wantedSystems } from './scenario.ts';

const PLANTED = 1_000_000;
const IDLE_MS = 5_000;

/** What an idle worker holds while a million tasks wait. */
export const waiting: BenchScenario = {
  name: 'waiting',
  about: `memory of an idle worker while none, and while ${whole(PLANTED)} tasks wait for a later time`,
  rounds: 1,
  seconds: 200,
  run: measureWaiting,
};

async function measureWaiting({ postgres, only, tasks }: World): Promise<Outcome> {
  const planted = tasks ?? PLANTED;
  const names = wantedSystems([OURS, ...PEERS], only);
  return await withContestants(postgres, names, async (contestants) => {
    const figures = [];
    for (const contestant of contestants.values()) {
      const open = () => another(postgres, contestant);
      const none = await idleMemory(await open());
      await plant(contestant, planted);
      const all = await idleMemory(await open());
      figures.push({ system: contestant.name, none, all });
      tell(`${contestant.name}: ${whole(none)} MB, then ${whole(all)} MB`);
    }
    const table = {
      title: `Resident memory of an idle worker, ${IDLE_MS / 1_000} s after its start`,
      head: ['System', 'no task', `${whole(planted)} tasks that wait`],
      rows: figures.map(({ system, none, all }) => [system, `${whole(none)} MB`, `${whole(all)} MB`]),
      notes: [],
    };
    return { tables: [table], figures: { planted, figures } };
  });
}

async function idleMemory(contestant: Contestant): Promise<number> {
  try {
    await contestant.call('openWorker', { kind: 'no-op', tells: false });
    await delay(IDLE_MS);
    const megabytes = await contestant.call('memory', null);
    await contestant.call('close', null);
    return megabytes;
  } finally {
    await contestant.end();
  }
}
