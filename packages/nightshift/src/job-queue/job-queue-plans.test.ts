import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Statement } from '../database/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { readEntrySurroundings } from './explain.sql.ts';
import { listEntriesPage, listLogEntries } from './job-queue.sql.ts';

/** Of them a tenth waits in one category, half is Finished. */
const ENTRIES = 20_000;
const LOG_ENTRIES = 100_000;
const LONG_MS = 600_000;
/** What one look may read, whatever there is. */
const FEW = 60;

const plain = codeunit({ name: 'Plain', onRun: () => undefined });
let kit: TestPlatform;
let client: Client;
let id: string;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  id = (await jobQueue.create(kit.admin, { object: plain, category: 'CROWD' })).id;
  await jobQueue.setStatusToReady(kit.admin, id);
  client = await kit.platform.database.dedicated('plans', () => undefined);
  await client.query('set plan_cache_mode = force_generic_plan');
  await client.query('set enable_seqscan = on');
  // Whatever plans are kept, they were made while there was nothing.
  await client.query("select nightshift.activate_category(1, 'CROWD'), nightshift.lock_entry(1, $1)", [id]);
  await fill();
}, LONG_MS);
afterAll(async () => {
  await client.end();
  await kit.stop();
});

async function fill(): Promise<void> {
  await kit.query(
    `insert into nightshift.job_queue_entry overriding user value
    select v.* from nightshift.job_queue_entry e cross join generate_series(1, $2::integer) g
    cross join lateral jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'task_id', gen_random_uuid(),
      'status', case when g % 10 = 0 then 'Waiting' when g % 10 < 5 then 'Ready' else 'Finished' end,
      'category_code', case when g % 10 = 0 then 'CROWD' end,
      'waiting_since', case when g % 10 = 0 then clock_timestamp() end,
      'earliest_start', clock_timestamp() + interval '1 day')) v
    where e.id = $1`,
    [id, ENTRIES],
  );
  await kit.query(
    `insert into nightshift.scheduled_task select v.* from nightshift.job_queue_entry e
    join nightshift.scheduled_task t on t.record ->> 'entryId' = $1
    cross join lateral jsonb_populate_record(t, jsonb_build_object('id', e.task_id, 'ready', e.status = 'Ready',
      'due', e.earliest_start, 'record', jsonb_build_object('entryId', e.id))) v
    where e.status <> 'Finished' and e.id::text <> $1`,
    [id],
  );
  await kit.query(
    `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id, session_unique_id, user_no,
      object, parameter_string, description, status, attempt, started_at, ended_at, lines)
    select 1, e.id, e.entry_no, gen_random_uuid(), g, gen_random_uuid(), 1, 'Plain', '', '', 'Success', 0, clock_timestamp(),
      clock_timestamp(), '[]'
    from generate_series(1, $1::integer) g
    join (select id, entry_no, row_number() over (order by entry_no) as n from nightshift.job_queue_entry) e
      on e.n = g % 997 + 1`,
    [LOG_ENTRIES],
  );
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (plan: PlanNode): readonly PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** How many rows the nodes of a plan have taken from tables, and those that they read in vain. */
function rowsRead(plan: PlanNode): number {
  return nodesOf(plan)
    .filter((node) => node['Relation Name'] !== undefined)
    .reduce(
      (sum, node) =>
        sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    );
}

/**
 * Explains a statement as the platform's shared connections plan it: PostgreSQL has seen the values of some executions before,
 * and decides whether to plan for each or for all.
 */
async function explained({ name, text }: Statement, values: readonly unknown[]): Promise<PlanNode> {
  const given = values.map((value) => (value === null ? 'null' : client.escapeLiteral(String(value))));
  await client.query('begin; set local enable_seqscan = off; set local enable_bitmapscan = off');
  await client.query('set local plan_cache_mode = auto');
  const prepare = `prepare ${name} as ${text}`;
  await client.query(prepare);
  const execute = `execute ${name}(${given.join(', ')})`;
  for (let time = 0; time < 7; time++) await client.query(execute);
  const command = `explain (analyze, buffers, format json) ${execute}`;
  const { rows } = await client.query(command);
  await client.query('rollback; deallocate all');
  return rows[0]['QUERY PLAN'][0].Plan as PlanNode;
}

/** How many rows of our tables this connection has read, as far as it has not told yet. */
async function readSoFar(): Promise<number> {
  const { rows } = await client.query(
    `select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::int as read
    from pg_stat_xact_all_tables where schemaname = 'nightshift'`,
  );
  return rows[0].read as number;
}

/** How many of them a function has read. */
async function readBy(call: string, values: readonly unknown[]): Promise<number> {
  await client.query('begin');
  const before = await readSoFar();
  await client.query(call, [...values]);
  const read = (await readSoFar()) - before;
  await client.query('rollback');
  return read;
}

describe('functions, whose plans were made before', () => {
  test('the place goes on to the next by a look at the first of those that wait', async () => {
    expect(await readBy(`select nightshift.activate_category(1, 'CROWD')`, [])).toBeLessThanOrEqual(FEW);
  });

  test('an entry is locked, and found by its task, by a look at it', async () => {
    expect(await readBy('select nightshift.lock_entry(1, $1)', [id])).toBeLessThanOrEqual(FEW);
    const [row] = await kit.query<{ task_id: string }>(
      `select task_id from nightshift.job_queue_entry where status = 'Waiting' order by entry_no desc limit 1`,
    );
    expect(await readBy('select nightshift.lock_entry_of_task($1)', [row?.task_id])).toBeLessThanOrEqual(FEW);
  });
});

describe('statements, when there are statistics', () => {
  beforeAll(() => kit.query('analyze'));

  test.each<readonly [string, readonly unknown[]]>([
    ['the first page of what is not Finished', [1, null, null, null, false, false, 0, 50]],
    ['the first page of all', [1, null, null, null, false, true, 0, 50]],
    ['the first page of a status', [1, 'Waiting', null, null, false, false, 0, 50]],
    ['a page in the middle', [1, null, null, null, false, false, ENTRIES / 2, 50]],
    ['a status of which there is none', [1, 'Error', null, null, false, false, 0, 50]],
  ])('a list reads its page and no more: %s', async (_, values) => {
    expect(rowsRead(await explained(listEntriesPage, values))).toBeLessThanOrEqual(50 + FEW);
  });

  test('the log of one entry is read by its own', async () => {
    const plan = await explained(listLogEntries, [1, id, 50, null, null, null]);
    expect(rowsRead(plan)).toBeLessThanOrEqual(2 * 50 + FEW);
  });

  test('an explanation reads nothing of other categories, and whoever waits before it by the index only', async () => {
    const [last] = await kit.query<{ id: string }>(
      `select id from nightshift.job_queue_entry where status = 'Waiting' order by entry_no desc limit 1`,
    );
    const plan = await explained(readEntrySurroundings, [1, last?.id, null, true]);
    expect(rowsRead(plan)).toBeLessThanOrEqual(ENTRIES / 10 + FEW);
    expect(
      nodesOf(plan).filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Rows'] > FEW),
    ).toEqual([]);
  });
});
