import process from 'node:process';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import {
  type BenchSystem,
  COUNT_EFFECTS,
  CREATE_EFFECT,
  INSERT_EFFECT,
  lacks,
  loadInTransaction,
  multiplyRow,
  type OnTask,
  PLANTED_DUE_MS,
  type ProducerRun,
  type SystemContext,
  type TaskKind,
  type WorkerRun,
} from './system.ts';

const APPLICATION = 'bench';
const QUEUE = 'bench';
const VERSION = '1';
const POOL = 20;
const WORKER_CONCURRENCY = 1_000;
const POLLING_MS = 10;
/** Connections of the application itself, for handlers. */
const APPLICATION_POOL = 10;

/** Arguments lie in a table of their own. */
const COPY_INPUTS = `insert into dbos.workflow_input (workflow_uuid, inputs, retention_timestamp)
  select workflow.workflow_uuid, original.inputs, original.retention_timestamp
  from dbos.workflow_status workflow, (select * from dbos.workflow_input limit 1) original
  where workflow.status in ('ENQUEUED', 'DELAYED')
    and not exists (select from dbos.workflow_input own where own.workflow_uuid = workflow.workflow_uuid)`;
const ENDED = `workflow_uuid in (select workflow_uuid from dbos.workflow_status where status = 'SUCCESS')`;
const TIDY = [
  `delete from dbos.workflow_input where ${ENDED}`,
  `delete from dbos.workflow_output where ${ENDED}`,
  `delete from dbos.workflow_status where status = 'SUCCESS'`,
  'vacuum (analyze) dbos.workflow_status, dbos.workflow_input',
];

/** DBOS is one to a process, and its workflows are declared before it starts: what they do is set here. */
const current: { onTask: OnTask; pool: pg.Pool | null } = { onTask: () => undefined, pool: null };

const workflows = {
  'no-op': DBOS.registerWorkflow(async () => current.onTask(), { name: 'no-op' }),
  'one-row': DBOS.registerWorkflow(
    async () => {
      await current.pool?.query(INSERT_EFFECT, [DBOS.workflowID]);
      current.onTask();
    },
    { name: 'one-row' },
  ),
};

/** DBOS with a queue of workflows; the row is written by the workflow itself, without a step of its own. */
export function dbosSystem(context: SystemContext): BenchSystem {
  const { url, referee } = context;
  return {
    options: `queue with workerConcurrency ${WORKER_CONCURRENCY}, minPollingIntervalMs ${POLLING_MS}; pool of ${POOL}; handler pool of ${APPLICATION_POOL}; ended workflows stay in the table`,
    guarantee: 'at least once: the row commits before the workflow is marked as ended',
    async install() {
      await DBOS.migrate(url);
      await referee.query(CREATE_EFFECT);
    },
    openWorker: (kind, onTask) => openWorker(context, kind, onTask),
    async openProducer(): Promise<ProducerRun> {
      const client = await openClient(url);
      const one = () => client.enqueue({ queueName: QUEUE, workflowName: 'no-op' });
      return {
        one,
        group: (tasks) => Promise.all(Array.from({ length: tasks }, one)),
        close: () => client.destroy(),
      };
    },
    async plant(tasks) {
      const client = await openClient(url);
      const delaySeconds = PLANTED_DUE_MS / 1_000;
      await client.enqueue({ queueName: QUEUE, workflowName: 'no-op', delaySeconds });
      await client.destroy();
      await multiplyWorkflow(referee, 'DELAYED', tasks);
    },
    sql: {
      unfinished: `select exists (select from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')) as unfinished`,
      stored: 'select count(*)::integer as stored from dbos.workflow_status',
      effects: COUNT_EFFECTS,
      reset: [
        'truncate dbos.workflow_status, dbos.workflow_input, dbos.workflow_output cascade',
        'truncate effect',
      ],
      tidy: TIDY,
    },
  };
}

function openClient(url: string): Promise<DBOSClient> {
  return DBOSClient.create({
    systemDatabaseUrl: url,
    systemDatabasePoolSize: 10,
    applicationName: APPLICATION,
  });
}

async function openWorker(
  { url, referee }: SystemContext,
  kind: TaskKind,
  onTask: OnTask,
): Promise<WorkerRun> {
  if (kind !== 'no-op' && kind !== 'one-row') throw lacks('DBOS', kind);
  current.onTask = onTask;
  current.pool = new pg.Pool({ connectionString: url, max: APPLICATION_POOL });
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabaseUrl: url,
    systemDatabasePoolSize: POOL,
    applicationVersion: VERSION,
    executorID: String(process.pid),
    logLevel: 'error',
    runMigrations: false,
  });
  await DBOS.launch();
  await DBOS.registerQueue(QUEUE, {
    workerConcurrency: WORKER_CONCURRENCY,
    minPollingIntervalMs: POLLING_MS,
    onConflict: 'always_update',
  });
  const client = await openClient(url);
  return {
    load: (tasks, starting) =>
      loadInTransaction(
        referee,
        async () => {
          await client.enqueueInTransaction(referee, { queueName: QUEUE, workflowName: kind });
          await multiplyWorkflow(referee, 'ENQUEUED', tasks);
        },
        starting,
      ),
    one: () => DBOS.startWorkflow(workflows[kind], { queueName: QUEUE })(),
    async close() {
      await client.destroy();
      await DBOS.shutdown();
      await current.pool?.end();
    },
  };
}

async function multiplyWorkflow(
  referee: pg.Client,
  status: 'ENQUEUED' | 'DELAYED',
  rows: number,
): Promise<void> {
  await multiplyRow(referee, {
    table: 'dbos.workflow_status',
    original: `status = '${status}'`,
    changes: { workflow_uuid: 'uuidv7()::text' },
    rows,
  });
  await referee.query(COPY_INPUTS);
}
