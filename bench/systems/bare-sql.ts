import pg from 'pg';
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

const CONNECTIONS = 10;
const BATCH = 500;
const CREATE_TASK = `create table if not exists task (
  id uuid primary key default uuidv7(), kind text not null, due timestamptz not null default clock_timestamp(), payload jsonb
)`;
const LOAD = `insert into task (kind, payload) select $1, '{}' from generate_series(1, $2::integer)`;
const TAKE_BATCH = {
  name: 'take_batch',
  text: `delete from task where id = any(array(
    select id from task order by due, id limit $1 for update skip locked
  )) returning id`,
};
const REMOVE_ONE = { name: 'remove_one', text: 'delete from task where id = $1' };
const WRITE_ONE = { name: 'write_one', text: INSERT_EFFECT };
const CREATE_ONE = { name: 'create_one', text: `insert into task (kind, payload) values ($1, '{}')` };
const CREATE_GROUP = { name: 'create_group', text: LOAD };

/** What PostgreSQL and `pg` allow on this machine without any queue around them: the limits, not a competitor. */
export function bareSqlSystem({ url, referee }: SystemContext): BenchSystem {
  return {
    name: 'bare SQL',
    options:
      'no-op: delete 500 returning, 2 connections; one row: 10 connections, begin-insert-delete-commit in one pipeline',
    guarantee: 'exactly one effect, but no claim, no retry, no crash recovery, no rights',
    async install() {
      await referee.query(CREATE_TASK);
      await referee.query('create index if not exists task_due on task (due, id)');
      await referee.query(CREATE_EFFECT);
    },
    openDrain: (kind, onTask) => openDrain(url, referee, kind, onTask),
    async openEnqueue(): Promise<EnqueueRun> {
      const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
      return {
        one: () => pool.query({ ...CREATE_ONE, values: ['no-op'] }),
        group: (tasks) => pool.query({ ...CREATE_GROUP, values: ['no-op', tasks] }),
        close: () => pool.end(),
      };
    },
    sql: {
      unfinished: 'select exists (select from task) as unfinished',
      stored: 'select count(*)::integer as stored from task',
      effects: COUNT_EFFECTS,
      reset: ['truncate task', 'truncate effect'],
    },
  };
}

async function openDrain(url: string, referee: pg.Client, kind: TaskKind, onTask: OnTask): Promise<DrainRun> {
  const clients = await Promise.all(
    Array.from({ length: kind === 'no-op' ? 2 : CONNECTIONS }, () => connectPipelined(url)),
  );
  return {
    async load(tasks, starting) {
      await loadInTransaction(referee, () => referee.query(LOAD, [kind, tasks]), starting);
      const work =
        kind === 'no-op'
          ? clients.map((client) => drainBatches(client, onTask))
          : await drainOneByOne(clients, referee, onTask);
      await Promise.all(work);
    },
    async close() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

async function drainBatches(client: pg.Client, onTask: OnTask): Promise<void> {
  for (;;) {
    const { rows } = await client.query({ ...TAKE_BATCH, values: [BATCH] });
    if (rows.length === 0) return;
    for (const _ of rows) onTask();
  }
}

async function drainOneByOne(
  clients: readonly pg.Client[],
  referee: pg.Client,
  onTask: OnTask,
): Promise<Promise<void>[]> {
  const { rows } = await referee.query<{ id: string }>('select id from task order by due, id');
  const waiting = rows.values();
  return clients.map(async (client) => {
    for (const { id } of waiting) {
      await Promise.all([
        client.query('begin'),
        client.query({ ...WRITE_ONE, values: [id] }),
        client.query({ ...REMOVE_ONE, values: [id] }),
        client.query('commit'),
      ]);
      onTask();
    }
  });
}

async function connectPipelined(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await client.connect();
  return client;
}
