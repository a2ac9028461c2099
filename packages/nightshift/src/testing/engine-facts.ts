import type { EngineFacts } from './engine-model.ts';

/** Asks the database as the superuser. */
export type EngineQuery = <Row>(text: string) => Promise<Row[]>;

const EMPTY = [
  'delete from nightshift.scheduled_task',
  'delete from nightshift.failed_task',
  'delete from co_1.effect',
  'update nightshift.slot set epoch = null',
  'delete from nightshift.server_instance',
];

const READ_FACTS = `select
  coalesce((select json_agg(row_to_json(t)) from (
    select id, case when claim is null then 'waiting' else 'claimed' end as state, ready, failing,
      (extract(epoch from due) * 1000)::float8 as due, attempt, losses, suspect, claimed_by as owner
    from nightshift.scheduled_task
    union all
    select id, lower(state), true, false, 0, attempt, 0, 0, null from nightshift.failed_task
  ) t), '[]') as tasks,
  coalesce((select json_agg(row_to_json(e)) from (
    select task, note, count(*) as count from co_1.effect group by task, note
  ) e), '[]') as effects`;

/** Empties what a history leaves behind. */
export async function emptyEngine(query: EngineQuery): Promise<void> {
  for (const statement of EMPTY) await query(statement);
}

/** What the tables say now. */
export async function readFacts(query: EngineQuery): Promise<EngineFacts> {
  const [facts] = await query<EngineFacts>(READ_FACTS);
  if (facts === undefined) throw new Error('the tables do not answer');
  return facts;
}
