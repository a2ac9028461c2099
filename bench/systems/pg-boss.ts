import pg from 'pg';
import { type Db, type Job, PgBoss } from 'pg-boss';
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
/** NOTIFY makes commits wait for each other; where no worker has to be woken pg-boss is measured without it. */
const QUIET_QUEUE = 'bench_quiet';
const LOAD_GROUP = 1_000;
/** Connections of the application itself, for handlers outside pg-boss's transactions. */
const APPLICATION_POOL = 10;
const POLLING = {
  batchSize: 500,
  localConcurrency: 2,
  pollingIntervalSeconds: 0.5,
  notifyPollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
} as const;

async function startBoss(url: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: url, useListenNotify: true });
  boss.on('error', (error) => console.error('pg-boss:', error.message));
  return await boss.start();
}

/** pg-boss with fetches of 500 by two workers, woken by NOTIFY; `transactional` puts each batch in one transaction. */
export function pgBossSystem(context: SystemContext, transactional: boolean): BenchSystem {
  const { url, referee } = context;
  return {
    options:
      'batchSize 500, localConcurrency 2, notify (not when only enqueuing), polling 0.5 s, burstWhenBatchFull; completed jobs stay in the table' +
      (transactional ? '; transactional: 500 tasks share one transaction' : '; handler pool of 10'),
    guarantee: transactional
      ? 'effects once, a batch of 500 at a time: one failure undoes and repeats all 500'
      : 'at least once: rows commit before their jobs are completed',
    async install() {
      const boss = await startBoss(url);
      await boss.createQueue(QUEUE, { notify: true });
      await boss.createQueue(QUIET_QUEUE, { notify: false });
      await boss.stop({ graceful: false });
      await referee.query(CREATE_EFFECT);
    },
    openWorker: (kind, onTask) => openWorker(context, transactional, kind, onTask),
    async openProducer(wakes): Promise<ProducerRun> {
      const boss = await startBoss(url);
      const queue = wakes ? QUEUE : QUIET_QUEUE;
      return {
        one: () => boss.send(queue, {}),
        group: (tasks) => boss.insert(queue, jobs(tasks)),
        close: () => boss.stop({ graceful: false }),
      };
    },
    async plant(tasks) {
      const boss = await startBoss(url);
      await boss.send(QUEUE, {}, { startAfter: new Date(Date.now() + PLANTED_DUE_MS) });
      await boss.stop({ graceful: false });
      await multiplyRow(referee, {
        table: 'pgboss.job',
        original: 'true',
        changes: { id: 'uuidv7()' },
        rows: tasks,
      });
    },
    sql: {
      unfinished: `select exists (select from pgboss.job where name = 'bench' and state < 'completed') as unfinished`,
      stored: `select count(*)::integer as stored from pgboss.job where name = 'bench_quiet'`,
      effects: COUNT_EFFECTS,
      reset: ['truncate pgboss.job cascade', 'truncate effect'],
      tidy: [`delete from pgboss.job where state = 'completed'`, 'vacuum (analyze) pgboss.job'],
    },
  };
}

async function openWorker(
  { url, referee }: SystemContext,
  transactional: boolean,
  kind: TaskKind,
  onTask: OnTask,
): Promise<WorkerRun> {
  if (kind !== 'no-op' && kind !== 'one-row') throw lacks('pg-boss', kind);
  const boss = await startBoss(url);
  const pool = new pg.Pool({ connectionString: url, max: APPLICATION_POOL });
  const each = async (job: Job, db: Db | null) => {
    if (kind === 'one-row') {
      await (db === null ? pool.query(INSERT_EFFECT, [job.id]) : db.executeSql(INSERT_EFFECT, [job.id]));
    }
    onTask();
  };
  if (transactional) {
    await boss.work(QUEUE, { ...POLLING, transactional: true }, async (batch: Job[], db: Db) => {
      for (const job of batch) await each(job, db);
    });
  } else {
    await boss.work(QUEUE, POLLING, async (batch: Job[]) => {
      await Promise.all(batch.map((job) => each(job, null)));
    });
  }
  const inTransaction: Db = {
    executeSql: (text, values) => referee.query(text, values),
  };
  return {
    load: (tasks, starting) =>
      loadInTransaction(
        referee,
        async () => {
          for (let left = tasks; left > 0; left -= LOAD_GROUP) {
            await boss.insert(QUEUE, jobs(Math.min(left, LOAD_GROUP)), { db: inTransaction });
          }
        },
        starting,
      ),
    one: () => boss.send(QUEUE, {}),
    async close() {
      await boss.stop({ graceful: true, timeout: 5_000 });
      await pool.end();
    },
  };
}

function jobs(count: number): { data: object }[] {
  return Array.from({ length: count }, () => ({ data: {} }));
}
