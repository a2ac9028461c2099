import { createPostgresBackend, Queue, Worker } from 'bullmq';
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

const QUEUE = 'bench';
const CONCURRENCY = 50;
const POOL = 20;
/** Connections of the application itself, for handlers. */
const APPLICATION_POOL = 10;
/** What `Queue.addBulk` calls; here in a transaction of ours, so that COMMIT is the starting gun. */
const ADD_JOBS = `select count(*) from bullmq.add_jobs_bulk($1, (
  select jsonb_agg(jsonb_build_object('name', 'task', 'data', '{}', 'opts', '{"attempts": 0}'::jsonb,
    'timestamp', (extract(epoch from now()) * 1000)::bigint)) from generate_series(1, $2::integer)))`;

/** BullMQ on its PostgreSQL backend; completed jobs are removed. */
export function bullmqSystem(context: SystemContext): BenchSystem {
  const { url, referee } = context;
  return {
    options: `PostgreSQL backend; concurrency ${CONCURRENCY}, pool of ${POOL}, removeOnComplete; handler pool of ${APPLICATION_POOL}`,
    guarantee: 'at least once: the row commits before the job is completed',
    async install() {
      const queue = await openQueue(url, true);
      await queue.close();
      await referee.query(CREATE_EFFECT);
    },
    openWorker: (kind, onTask) => openWorker(context, kind, onTask),
    async openProducer(): Promise<ProducerRun> {
      const queue = await openQueue(url, false);
      return {
        one: () => queue.add('task', {}),
        group: (tasks) => queue.addBulk(Array.from({ length: tasks }, () => ({ name: 'task', data: {} }))),
        close: () => queue.close(),
      };
    },
    async plant(tasks) {
      const queue = await openQueue(url, false);
      await queue.add('task', {}, { delay: PLANTED_DUE_MS });
      await queue.close();
      const changes = { id: `'planted-' || n`, seq: `nextval('bullmq.job_seq')` };
      await multiplyRow(referee, { table: 'bullmq.job', original: 'true', changes, rows: tasks });
    },
    sql: {
      unfinished: `select exists (select from bullmq.job where state in ('waiting', 'active')) as unfinished`,
      stored: 'select count(*)::integer as stored from bullmq.job',
      effects: COUNT_EFFECTS,
      reset: ['truncate bullmq.job, bullmq.event cascade', 'truncate effect'],
      tidy: ['vacuum (analyze) bullmq.job'],
    },
  };
}

async function openQueue(url: string, migrate: boolean) {
  const connection = { connectionString: url, max: POOL, migrate };
  const queue = new Queue(QUEUE, { connection }, createPostgresBackend);
  queue.on('error', (error) => console.error('BullMQ:', error.message));
  await queue.waitUntilReady();
  return queue;
}

async function openWorker(
  { url, referee }: SystemContext,
  kind: TaskKind,
  onTask: OnTask,
): Promise<WorkerRun> {
  if (kind !== 'no-op' && kind !== 'one-row') throw lacks('BullMQ', kind);
  const pool = new pg.Pool({ connectionString: url, max: APPLICATION_POOL });
  const queue = await openQueue(url, false);
  const worker = new Worker(
    QUEUE,
    async (job) => {
      if (kind === 'one-row') await pool.query(INSERT_EFFECT, [job.id]);
      onTask();
    },
    {
      connection: { connectionString: url, max: POOL },
      concurrency: CONCURRENCY,
      removeOnComplete: { count: 0 },
    },
    createPostgresBackend,
  );
  worker.on('error', (error) => console.error('BullMQ:', error.message));
  await worker.waitUntilReady();
  return {
    load: (tasks, starting) =>
      loadInTransaction(referee, () => referee.query(ADD_JOBS, [QUEUE, tasks]), starting),
    one: () => queue.add('task', {}),
    async close() {
      await worker.close();
      await queue.close();
      await pool.end();
    },
  };
}
