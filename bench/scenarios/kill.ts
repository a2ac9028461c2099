import { another, type Contestant, withContestants } from '../contestant.ts';
import { monotonicMs, within } from '../progress.ts';
import { inRounds } from '../rounds.ts';
import { median, range, shown } from '../statistics.ts';
import { OURS } from '../systems/registry.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

/** As many as an instance runs at a time by default. */
const TASKS = 10;
const LIMIT_MS = 60_000;

/** One crash, in milliseconds from it. */
interface Recovery {
  readonly first: number;
  readonly last: number;
}

/** An instance is killed while it runs long tasks; another one takes them over. */
export const kill: BenchScenario = {
  name: 'kill',
  about: 'kill -9 of an instance with 10 long tasks while another one runs: until all of them run again',
  rounds: 5,
  seconds: 90,
  run: measureKill,
};

async function measureKill({ postgres, rounds }: World): Promise<Outcome> {
  const [samples = []] = await inRounds(
    [
      {
        name: 'kill -9',
        measure: () =>
          // A database for each crash, so that none meets what the one before has left.
          withContestants(postgres, [OURS], async (contestants) =>
            crash(
              contestants.get(OURS) as Contestant,
              await another(postgres, contestants.get(OURS) as Contestant),
            ),
          ),
        show: ({ first, last }) => `first after ${shown(first)} ms, all after ${shown(last)} ms`,
      },
    ],
    { rounds, profile: null },
  );
  const row = (name: string, values: readonly number[]) => [
    name,
    `${shown(median(values) / 1_000)} s`,
    range(values.map((value) => value / 1_000)),
  ];
  const table = {
    title: `kill -9 of an instance with ${TASKS} long tasks, another one running`,
    head: ['From the kill to', 'median', 'min – max'],
    rows: [
      row(
        'the first task runs again',
        samples.map(({ first }) => first),
      ),
      row(
        'all tasks run again',
        samples.map(({ last }) => last),
      ),
    ],
    notes: [],
  };
  return { tables: [table], figures: { samples } };
}

async function crash(victim: Contestant, survivor: Contestant): Promise<Recovery> {
  try {
    await victim.call('openWorker', { kind: 'long', tells: true });
    await victim.call('load', { tasks: TASKS });
    await marksOf(victim);
    await survivor.call('openWorker', { kind: 'long', tells: true });
    const killed = monotonicMs();
    await victim.kill();
    const marks = await marksOf(survivor);
    return { first: Math.min(...marks) - killed, last: Math.max(...marks) - killed };
  } finally {
    // Its tasks would run on for as long as a stop waits for them.
    await survivor.kill();
  }
}

async function marksOf(contestant: Contestant): Promise<readonly number[]> {
  const marks: number[] = [];
  while (marks.length < TASKS) marks.push(await within(LIMIT_MS, 'a task to run', contestant.mark()));
  return marks;
}
