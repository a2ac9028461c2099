import { Logger, makeWorkerUtils, run, type Task, WorkerPreset } from 'graphile-worker';
import {
  type BenchSystem,
  COUNT_EFFECTS,
  CREATE_EFFECT,
  INSERT_EFFECT,
  lacks,
  loadInTransaction,
  type OnTask,
  PLANTED_DUE_MS,
  type ProducerRun,
  type SystemContext,
  type TaskKind,
  type WorkerRun,
} from './system.ts';

const silent = new Logger(() => () => undefined);
const ADD_JOBS = `select count(*) from graphile_worker.add_jobs(array(
  select ($1, '{}', null, $3::timestamptz, null, null, null, null)::graphile_worker.job_spec
  from generate_series(1, $2::integer)
))`;
/** Tasks planted by one call. */
const PLANT_GROUP = 50_000;

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
    options:
      'concurrentJobs 24, maxPoolSize 25, localQueue 500, completeJobBatchDelay 0, failJobBatchDelay 0, no success log',
    guarantee: 'at least once: the row commits before the job is completed',
    async install() {
      const utils = await makeWorkerUtils({ connectionString: url, logger: silent });
      await utils.migrate();
      await utils.release();
      await referee.query(CREATE_EFFECT);
    },
    openWorker: (kind, onTask) => openWorker({ url, referee }, kind, onTask),
    async openProducer(): Promise<ProducerRun> {
      const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: 10, logger: silent });
      return {
        one: () => utils.addJob('no-op', {}),
        group: (tasks) =>
          utils.addJobs(Array.from({ length: tasks }, () => ({ identifier: 'no-op', payload: {} }))),
        close: async () => utils.release(),
      };
    },
    async plant(tasks) {
      const due = new Date(Date.now() + PLANTED_DUE_MS);
      for (let left = tasks; left > 0; left -= PLANT_GROUP) {
        await referee.query(ADD_JOBS, ['no-op', Math.min(left, PLANT_GROUP), due]);
      }
    },
    sql: {
      unfinished: 'select exists (select from graphile_worker._private_jobs) as unfinished',
      stored: 'select count(*)::integer as stored from graphile_worker._private_jobs',
      effects: COUNT_EFFECTS,
      reset: ['truncate graphile_worker._private_jobs', 'truncate effect'],
      tidy: ['vacuum (analyze) graphile_worker._private_jobs'],
    },
  };
}

async function openWorker(
  { url, referee }: SystemContext,
  kind: TaskKind,
  onTask: OnTask,
): Promise<WorkerRun> {
  if (kind !== 'no-op' && kind !== 'one-row') throw lacks('graphile-worker', kind);
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
      loadInTransaction(referee, () => referee.query(ADD_JOBS, [kind, tasks, null]), starting),
    one: () => runner.addJob(kind, {}),
    close: () => runner.stop(),
  };
}
