import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { apiKeys, codeunit, createPlatform, taskScheduler } from 'nightshift';
import { createServer } from 'nightshift/server';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, whole } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

const SUBSCRIBERS = 1_000;
const TASKS = 10_000;
/** Creations sent side by side. */
const GROUP = 500;
const AIM = 0.9;
const LISTENERS = new URL('../fixtures/live-subscribers.ts', import.meta.url);

/** A backlog is worked off while many tabs listen to it; and the same without them. */
export const live: BenchScenario = {
  name: 'live',
  about: `a backlog is worked off while ${whole(SUBSCRIBERS)} tabs listen to the scheduled tasks, and while none does`,
  rounds: 5,
  seconds: 120,
  run: measureLive,
};

/** One drain. */
interface Drain {
  readonly perSecond: number;
  /** Changes that one tab was told, in a second. */
  readonly told: number;
}

async function measureLive(world: World): Promise<Outcome> {
  const url = await world.postgres.database('live');
  const tasks = world.tasks ?? TASKS;
  const setUp = await createPlatform({
    name: 'bench',
    codeunits: [],
    migrations: [MIGRATION],
    database: { url },
  });
  const { key } = await apiKeys.create(setUp.as(IDENTITY), { name: 'bench', scopes: ['task.read'] });
  await setUp.stop();
  const turn = (name: string, subscribers: number): Turn<Drain> => ({
    name,
    measure: () => drained(url, key, { tasks, subscribers }),
    show: ({ perSecond, told }) => `${whole(perSecond)} tasks/s, ${told.toFixed(1)} changes/s told to each`,
  });
  const turns = [
    turn('live  nobody listens', 0),
    turn(`live  ${whole(SUBSCRIBERS)} tabs listen`, SUBSCRIBERS),
  ];
  const [none = [], many = []] = await inRounds(turns, world);
  return outcomeOf(none, many, tasks);
}

const MIGRATION = { name: '0001_effect', sql: 'create table effect (task text not null)' };

/** Creates tasks while nothing runs, then starts, and waits until all are done. */
async function drained(
  url: string,
  key: string,
  { tasks, subscribers }: { readonly tasks: number; readonly subscribers: number },
): Promise<Drain> {
  let done = 0;
  const all = Promise.withResolvers<void>();
  const target = codeunit({
    name: 'Write One Row',
    permissions: { tables: { effect: 'RI' } },
    async onRun(session) {
      await session.db.query('insert into effect (task) values ($1)', [session.idempotencyKey]);
      if (++done === tasks) all.resolve();
    },
  });
  const platform = await createPlatform({
    ...{ name: 'bench', codeunits: [target], migrations: [MIGRATION], database: { url } },
  });
  const server = createServer(platform, {
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
    liveConnectionsPerUser: subscribers,
  });
  const tabs = subscribers === 0 ? null : await listeners(await server.listen(), key, subscribers);
  try {
    await load(() => taskScheduler.createTask(platform.as(IDENTITY), target), tasks);
    await changesOf(tabs);
    const begun = performance.now();
    await platform.start();
    await all.promise;
    const seconds = (performance.now() - begun) / 1_000;
    const changes = await changesOf(tabs);
    return { perSecond: tasks / seconds, told: changes / Math.max(1, subscribers) / seconds };
  } finally {
    tabs?.disconnect();
    await server.close({ atOnce: true });
    await platform.stop();
  }
}

async function load(one: () => Promise<unknown>, tasks: number): Promise<void> {
  for (let left = tasks; left > 0; left -= GROUP)
    await Promise.all(Array.from({ length: Math.min(left, GROUP) }, one));
}

async function listeners(address: string, key: string, count: number): Promise<ChildProcess> {
  const child = fork(LISTENERS, [address, key, String(count)]);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the tabs could not connect');
    }),
  ]);
  return child;
}

async function changesOf(tabs: ChildProcess | null): Promise<number> {
  if (tabs === null) return 0;
  const told = once(tabs, 'message');
  tabs.send('count');
  const [{ changes }] = (await told) as [{ changes: number }];
  return changes;
}

function outcomeOf(none: readonly Drain[], many: readonly Drain[], tasks: number): Outcome {
  const rate = (drains: readonly Drain[]) => drains.map(({ perSecond }) => perSecond);
  // Round by round, since the machine differs more from one to the next.
  const ratios = many.map(({ perSecond }, round) => perSecond / (none[round]?.perSecond ?? Number.NaN));
  const row = (name: string, drains: readonly Drain[], kept: string) => [
    name,
    whole(median(rate(drains))),
    range(rate(drains), whole),
    median(drains.map(({ told }) => told)).toFixed(1),
    kept,
  ];
  const table = {
    title: `A backlog of ${whole(tasks)} tasks that write one row, with and without listeners`,
    head: ['Listeners', 'tasks/s', 'min – max', 'changes a second told to each', 'with ÷ without'],
    rows: [
      row('none', none, ''),
      row(`${whole(SUBSCRIBERS)} tabs, a list each`, many, median(ratios).toFixed(2)),
    ],
    notes: [`Aim: at least ${AIM}. The tabs are a process on the same machine, and what they cost counts.`],
  };
  return { tables: [table], figures: { none, many, ratios } };
}
