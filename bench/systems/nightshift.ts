import { type Codeunit, codeunit, createPlatform, type Platform, taskScheduler } from 'nightshift';
import type { BenchSystem, DrainRun, EnqueueRun, OnTask, SystemContext, TaskKind } from './system.ts';

const IDENTITY = { user: 'ADMIN', company: 'CRONUS' };
/** Creations sent side by side while loading; not timed. */
const LOAD_GROUP = 500;

type Plain = Codeunit<undefined, undefined>;

function noopCodeunit(onTask: OnTask): Plain {
  return codeunit({ name: 'Noop', onRun: () => onTask() });
}

function writeOneRowCodeunit(onTask: OnTask): Plain {
  return codeunit({
    name: 'Write One Row',
    permissions: { tables: { effect: 'RI' } },
    async onRun(session) {
      await session.db.query('insert into effect (task) values ($1)', [session.idempotencyKey]);
      onTask();
    },
  });
}

/** Our own side, by its public API, with default options. */
export function nightshiftSystem({ url }: SystemContext): BenchSystem {
  const open = (codeunits: readonly Plain[]) =>
    createPlatform({
      name: 'bench',
      codeunits,
      migrations: [{ name: '0001_effect', sql: 'create table effect (task text not null)' }],
      database: { url },
    });
  return {
    name: 'nightshift',
    options: 'defaults: 10 concurrent tasks; a session and a database role for each task',
    guarantee: "exactly one effect: the row, the task's end and the fence share one transaction",
    async install() {
      await (await open([])).stop();
    },
    async openDrain(kind: TaskKind, onTask: OnTask): Promise<DrainRun> {
      const target = kind === 'no-op' ? noopCodeunit(onTask) : writeOneRowCodeunit(onTask);
      const platform = await open([target]);
      await platform.start();
      return { load: loadOf(platform, target), close: () => platform.stop() };
    },
    async openEnqueue(): Promise<EnqueueRun> {
      const noop = noopCodeunit(() => undefined);
      const platform = await open([noop]);
      const caller = platform.as(IDENTITY);
      const one = () => taskScheduler.createTask(caller, noop);
      return {
        one,
        group: (tasks) => Promise.all(Array.from({ length: tasks }, one)),
        close: () => platform.stop(),
      };
    },
    sql: {
      unfinished: 'select exists (select from nightshift.scheduled_task) as unfinished',
      stored: 'select count(*)::integer as stored from nightshift.scheduled_task',
      effects:
        'select count(*)::integer as written, count(distinct task)::integer as distinct_tasks from co_1.effect',
      reset: ['truncate nightshift.scheduled_task, nightshift.failed_task cascade', 'truncate co_1.effect'],
    },
  };
}

/** All tasks in one session's transaction, as an application would create them together. */
function loadOf(platform: Platform, target: Plain): DrainRun['load'] {
  return (tasks, starting) =>
    platform.open(IDENTITY, async (session) => {
      for (let left = tasks; left > 0; left -= LOAD_GROUP) {
        const group = Array.from({ length: Math.min(left, LOAD_GROUP) }, () =>
          taskScheduler.createTask(session, target),
        );
        await Promise.all(group);
      }
      await starting();
    });
}
