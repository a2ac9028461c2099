import {
  type Codeunit,
  codeunit,
  createPlatform,
  type Platform,
  type Session,
  taskScheduler,
} from 'nightshift';
import {
  type BenchSystem,
  multiplyRow,
  type OnTask,
  PLANTED_DUE_MS,
  type ProducerRun,
  type SystemContext,
  type TaskKind,
  type WorkerRun,
} from './system.ts';

/** Who all tasks of the benchmark run as. */
export const IDENTITY = Object.freeze({ user: 'ADMIN', company: 'CRONUS' });
/** Creations sent side by side while loading; not timed. */
const LOAD_GROUP = 500;
/** Tasks that may share one transaction. */
const SHARED = 50;
/** A long task looks this often whether it is to stop. */
const LONG_STEP_MS = 1_000;

type Plain = Codeunit<undefined, undefined>;

function noopCodeunit(onTask: OnTask): Plain {
  return codeunit({ name: 'Noop', onRun: () => onTask() });
}

function writeOneRowCodeunit(onTask: OnTask, sharedTransaction: number | null): Plain {
  return codeunit({
    name: sharedTransaction === null ? 'Write One Row' : 'Write One Shared Row',
    permissions: { tables: { effect: 'RI' } },
    ...(sharedTransaction === null ? {} : { sharedTransaction }),
    async onRun(session: Session) {
      await session.db.query('insert into effect (task) values ($1)', [session.idempotencyKey]);
      onTask();
    },
  });
}

function longCodeunit(onTask: OnTask): Plain {
  return codeunit({
    name: 'Long',
    async onRun(session) {
      onTask();
      for (;;) await session.sleep(LONG_STEP_MS);
    },
  });
}

function codeunitOf(kind: TaskKind, onTask: OnTask): Plain {
  switch (kind) {
    case 'no-op':
      return noopCodeunit(onTask);
    case 'one-row':
      return writeOneRowCodeunit(onTask, null);
    case 'shared-row':
      return writeOneRowCodeunit(onTask, SHARED);
    case 'long':
      return longCodeunit(onTask);
  }
}

/**
 * Our own side, by its public API.
 * @param concurrentTasks how many tasks run at a time; null: default options
 */
export function nightshiftSystem(
  { url, referee }: SystemContext,
  concurrentTasks: number | null,
): BenchSystem {
  const open = (codeunits: readonly Plain[]) =>
    createPlatform({
      name: 'bench',
      codeunits,
      migrations: [{ name: '0001_effect', sql: 'create table effect (task text not null)' }],
      database: { url },
      ...(concurrentTasks === null
        ? {}
        : { taskScheduler: { maximumConcurrentRunningTasks: concurrentTasks } }),
    });
  return {
    options: `${concurrentTasks === null ? 'defaults: 10' : concurrentTasks} concurrent tasks; a session and a database role for each task`,
    guarantee: "exactly one effect: the row, the task's end and the fence share one transaction",
    async install() {
      await (await open([])).stop();
    },
    async openWorker(kind, onTask): Promise<WorkerRun> {
      const target = codeunitOf(kind, onTask);
      const platform = await open([target]);
      await platform.start();
      const caller = platform.as(IDENTITY);
      return {
        load: loadOf(platform, target),
        one: () => taskScheduler.createTask(caller, target),
        close: () => platform.stop(),
      };
    },
    async openProducer(): Promise<ProducerRun> {
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
    async plant(tasks) {
      const noop = noopCodeunit(() => undefined);
      const platform = await open([noop]);
      const notBefore = new Date(Date.now() + PLANTED_DUE_MS);
      await taskScheduler.createTask(platform.as(IDENTITY), noop, { notBefore });
      await platform.stop();
      await multiplyRow(referee, {
        table: 'nightshift.scheduled_task',
        original: 'true',
        changes: { id: 'uuidv7()' },
        rows: tasks,
      });
    },
    sql: {
      unfinished: 'select exists (select from nightshift.scheduled_task) as unfinished',
      stored: 'select count(*)::integer as stored from nightshift.scheduled_task',
      effects:
        'select count(*)::integer as written, count(distinct task)::integer as distinct_tasks from co_1.effect',
      reset: ['truncate nightshift.scheduled_task, nightshift.failed_task cascade', 'truncate co_1.effect'],
      tidy: ['vacuum (analyze) nightshift.scheduled_task'],
    },
  };
}

/** All tasks in one session's transaction, as an application would create them together. */
function loadOf(platform: Platform, target: Plain): WorkerRun['load'] {
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
