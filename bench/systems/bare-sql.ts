import pg from 'pg';
import {
  type BenchSystem,
  COUNT_EFFECTS,
  CREATE_EFFECT,
  INSERT_EFFECT,
  lacks,
  loadInTransaction,
  type OnTask,
  type ProducerRun,
  type SystemContext,
  type TaskKind,
  type WorkerRun,
} from './system.ts';

const CONNECTIONS = 10;
/** Connections that work in batches: more only wait for each other on two cores. */
const BATCH_CONNECTIONS = 2;
const BATCH = 500;
/** Tasks of one shared transaction. */
const SHARED = 50;
const CREATE_TASK = `create table if not exists task (
  id uuid primary key default uuidv7(), kind text not null, due timestamptz not null default clock_timestamp(),
  claimed boolean not null default false, payload jsonb
)`;
const LOAD = `insert into task (kind, payload) select $1, '{}' from generate_series(1, $2::integer)`;
const TAKE_BATCH = {
  name: 'take_batch',
  text: `delete from task where id = any(array(
    select id from task order by due, id limit $1 for update skip locked
  )) returning id`,
};
const CLAIM_BATCH = {
  name: 'claim_batch',
  text: `update task set claimed = true where id = any(array(
    select id from task where not claimed order by due, id limit $1 for update skip locked
  )) returning id`,
};
const REMOVE_BATCH = { name: 'remove_batch', text: 'delete from task where id = any($1::uuid[])' };
const REMOVE_ONE = { name: 'remove_one', text: 'delete from task where id = $1' };
const WRITE_ONE = { name: 'write_one', text: INSERT_EFFECT };
const CREATE_ONE = { name: 'create_one', text: `insert into task (kind, payload) values ($1, '{}')` };
const CREATE_GROUP = { name: 'create_group', text: LOAD };

/** How a limit works its tasks off. */
interface Way {
  readonly kind: TaskKind;
  readonly options: string;
  readonly connections: number;
  /** The share of one connection; `waiting` are the ids of all tasks, for ways that do not claim. */
  drain(client: pg.Client, waiting: ArrayIterator<string>, onTask: OnTask): Promise<void>;
}

/** The limits: what PostgreSQL and `pg` allow on this machine without any queue around them. */
const WAYS = {
  'bare SQL': {
    kind: 'no-op',
    options: `delete ${BATCH} returning, ${BATCH_CONNECTIONS} connections`,
    connections: BATCH_CONNECTIONS,
    drain: takeBatches,
  },
  'bare SQL batches': {
    kind: 'no-op',
    options: `update ${BATCH} returning, then delete these, a commit each; ${BATCH_CONNECTIONS} connections`,
    connections: BATCH_CONNECTIONS,
    drain: claimAndRemoveBatches,
  },
  'bare SQL pipelined': {
    kind: 'one-row',
    options: `begin-insert-delete-commit in one pipeline, ${CONNECTIONS} connections`,
    connections: CONNECTIONS,
    drain: writePipelined,
  },
  'bare SQL awaiting': {
    kind: 'one-row',
    options: `begin-insert in one pipeline, awaited, then delete-commit; ${CONNECTIONS} connections`,
    connections: CONNECTIONS,
    drain: writeAwaiting,
  },
  'bare SQL step by step': {
    kind: 'one-row',
    options: `begin, insert, delete and commit, each awaited; ${CONNECTIONS} connections`,
    connections: CONNECTIONS,
    drain: writeStepByStep,
  },
  'bare SQL shared awaiting': {
    kind: 'shared-row',
    options: `${SHARED} a transaction, each insert behind a savepoint and awaited, one delete; ${CONNECTIONS} connections`,
    connections: CONNECTIONS,
    drain: writeSharedAwaiting,
  },
  'bare SQL shared pipelined': {
    kind: 'shared-row',
    options: `${SHARED} inserts, one delete and the commit in one pipeline; ${CONNECTIONS} connections`,
    connections: CONNECTIONS,
    drain: writeSharedPipelined,
  },
} as const satisfies Record<string, Way>;

/** Names of the limits. */
export type LimitName = keyof typeof WAYS;
export const LIMIT_NAMES: readonly string[] = Object.keys(WAYS);

/** One of the limits; not a competitor. */
export function bareSqlSystem({ url, referee }: SystemContext, name: LimitName): BenchSystem {
  const way: Way = WAYS[name];
  return {
    options: way.options,
    guarantee: 'a limit: exactly one effect, but no retry, no crash recovery, no rights',
    async install() {
      await referee.query(CREATE_TASK);
      await referee.query('create index if not exists task_due on task (due, id)');
      await referee.query(CREATE_EFFECT);
    },
    async openWorker(kind, onTask): Promise<WorkerRun> {
      if (kind !== way.kind) throw lacks(name, kind);
      return await openWorker(url, referee, way, onTask);
    },
    async openProducer(): Promise<ProducerRun> {
      const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
      return {
        one: () => pool.query({ ...CREATE_ONE, values: ['no-op'] }),
        group: (tasks) => pool.query({ ...CREATE_GROUP, values: ['no-op', tasks] }),
        close: () => pool.end(),
      };
    },
    async plant() {
      throw new Error(`${name} has no due time`);
    },
    sql: {
      unfinished: 'select exists (select from task) as unfinished',
      stored: 'select count(*)::integer as stored from task',
      effects: COUNT_EFFECTS,
      reset: ['truncate task', 'truncate effect'],
      tidy: ['vacuum task'],
    },
  };
}

async function openWorker(url: string, referee: pg.Client, way: Way, onTask: OnTask): Promise<WorkerRun> {
  const clients = await Promise.all(Array.from({ length: way.connections }, () => connectPipelined(url)));
  return {
    async load(tasks, starting) {
      await loadInTransaction(referee, () => referee.query(LOAD, [way.kind, tasks]), starting);
      const { rows } =
        way.kind === 'no-op'
          ? { rows: [] }
          : await referee.query<{ id: string }>('select id from task order by due, id');
      const waiting = rows.map(({ id }) => id).values();
      await Promise.all(clients.map((client) => way.drain(client, waiting, onTask)));
    },
    one: () => Promise.reject(new Error('a limit takes its tasks from a backlog')),
    async close() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

async function takeBatches(client: pg.Client, _waiting: unknown, onTask: OnTask): Promise<void> {
  for (;;) {
    const { rows } = await client.query({ ...TAKE_BATCH, values: [BATCH] });
    if (rows.length === 0) return;
    for (const _ of rows) onTask();
  }
}

/** What a queue must do at least whose tasks survive a crash: they are removed only when they are done. */
async function claimAndRemoveBatches(client: pg.Client, _waiting: unknown, onTask: OnTask): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ id: string }>({ ...CLAIM_BATCH, values: [BATCH] });
    if (rows.length === 0) return;
    for (const _ of rows) onTask();
    await client.query({ ...REMOVE_BATCH, values: [rows.map(({ id }) => id)] });
  }
}

async function writePipelined(
  client: pg.Client,
  waiting: ArrayIterator<string>,
  onTask: OnTask,
): Promise<void> {
  for (const id of waiting) {
    await Promise.all([
      client.query('begin'),
      client.query({ ...WRITE_ONE, values: [id] }),
      client.query({ ...REMOVE_ONE, values: [id] }),
      client.query('commit'),
    ]);
    onTask();
  }
}

/** As code does that uses the result of its statement before it goes on: two round trips. */
async function writeAwaiting(
  client: pg.Client,
  waiting: ArrayIterator<string>,
  onTask: OnTask,
): Promise<void> {
  for (const id of waiting) {
    await Promise.all([client.query('begin'), client.query({ ...WRITE_ONE, values: [id] })]);
    await Promise.all([client.query({ ...REMOVE_ONE, values: [id] }), client.query('commit')]);
    onTask();
  }
}

/** As code does that knows nothing of pipelines: four round trips. */
async function writeStepByStep(
  client: pg.Client,
  waiting: ArrayIterator<string>,
  onTask: OnTask,
): Promise<void> {
  for (const id of waiting) {
    await client.query('begin');
    await client.query({ ...WRITE_ONE, values: [id] });
    await client.query({ ...REMOVE_ONE, values: [id] });
    await client.query('commit');
    onTask();
  }
}

async function writeSharedPipelined(
  client: pg.Client,
  waiting: ArrayIterator<string>,
  onTask: OnTask,
): Promise<void> {
  for (;;) {
    const ids = [...waiting.take(SHARED)];
    if (ids.length === 0) return;
    await Promise.all([
      client.query('begin'),
      ...ids.map((id) => client.query({ ...WRITE_ONE, values: [id] })),
      client.query({ ...REMOVE_BATCH, values: [ids] }),
      client.query('commit'),
    ]);
    for (const _ of ids) onTask();
  }
}

async function writeSharedAwaiting(
  client: pg.Client,
  waiting: ArrayIterator<string>,
  onTask: OnTask,
): Promise<void> {
  for (;;) {
    const ids = [...waiting.take(SHARED)];
    if (ids.length === 0) return;
    const begun = client.query('begin');
    for (const id of ids) {
      await Promise.all([
        client.query('savepoint task'),
        client.query({ ...WRITE_ONE, values: [id] }),
        client.query('release savepoint task'),
      ]);
    }
    await Promise.all([begun, client.query({ ...REMOVE_BATCH, values: [ids] }), client.query('commit')]);
    for (const _ of ids) onTask();
  }
}

async function connectPipelined(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await client.connect();
  return client;
}
