import { Logger, makeWorkerUtils, run, type Task, WorkerPreset } from 'graphile-worker';
import {
  type BenchSystem,
  COUNT_EFFECTS,
  CREATE_EFFECT,
  type DrainRun,
  type EnqueueRun,
  INSERT_EFFECT,
  loadInTransaction,
  type OnTask,
  type SystemContext,
  type TaskKind,
} from './system.ts';

const silent = new Logger(() => () => undefined);
const ADD_JOBS = `select count(*) from graphile_worker.add_jobs(array(
  select ($1, '{}', null, null, null, null, null, null)::graphile_worker.job_spec from generate_series(1, $2::integer)
))`;

/** The preset of https://worker.graphile.org/docs/performance, as its authors measure it. */
function presetOf(url: string): GraphileConfig.Preset {
  return {
    extends: [WorkerPreset],
    worker: {
      connectionString: url,
      concurrentJobs: 24,
      maxPoolSize: 25,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger: silent,
    },
  };
}

/** graphile-worker with batched fetches and completions. */
export function graphileWorkerSystem({ url, referee }: SystemContext): BenchSystem {
  return {
    name: 'graphile-worker',
    options:
      'concurrentJobs 24, maxPoolSize 25, localQueue 500, completeJobBatchDelay 0, failJobBatchDelay 0, no success log',
    guarantee: 'at least once: the row commits before the job is completed',
    async install() {
      const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
      await utils.migrate();
      await utils.release();
      await referee.query(CREATE_EFFECT);
    },
    async openDrain(kind: TaskKind, onTask: OnTask): Promise<DrainRun> {
      const noop: Task = () => onTask();
      const oneRow: Task = async (_payload, helpers) => {
        await helpers.query(INSERT_EFFECT, [helpers.job.id]);
        onTask();
      };
      const runner = await run({
        preset: presetOf(url),
        taskList: { [kind]: kind === 'no-op' ? noop : oneRow },
        parsedCronItems: [],
        noHandleSignals: true,
      });
      return {
        load: (tasks, starting) =>
          loadInTransaction(referee, () => referee.query(ADD_JOBS, [kind, tasks]), starting),
        close: () => runner.stop(),
      };
    },
    async openEnqueue(): Promise<EnqueueRun> {
      const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 10, logger: silent });
      return {
        one: () => utils.addJob('no-op', {}),
        group: (tasks) =>
          utils.addJobs(Array.from({ length: tasks }, () => ({ identifier: 'no-op', payload: {} }))),
        close: async () => utils.release(),
      };
    },
    sql: {
      unfinished: 'select exists (select from graphile_worker._private_jobs) as unfinished',
      stored: 'select count(*)::integer as stored from graphile_worker._private_jobs',
      effects: COUNT_EFFECTS,
      reset: ['truncate graphile_worker._private_jobs', 'truncate effect'],
    },
  };
}
