import { statement } from '../database/index.ts';
import { TASK_ROWS } from './task-list.sql.ts';

/** Tasks are counted up to this many. */
export const TASKS_COUNTED_MAX = 10_000;

// $4: only these states; null: all of them. $5: only those of users who are gone.
const CHOSEN = `and ($4::text[] is null or t.state = any($4))
    and (not $5::boolean or u.no is null or u.state = 'disabled'
      or u.valid_until <= coalesce($3::timestamptz, clock_timestamp()))`;

// $6 and $7: when the last row of the answer before was due, in microseconds, and its id. $8: how many rows.
export const pageOfTasks = statement(
  'tasks_page',
  `select rows.*, (extract(epoch from rows.due) * 1000000)::bigint::text as due_key from (
    ${TASK_ROWS} ${CHOSEN}
      and ($6::bigint is null
        or (t.due, t.id) > (timestamptz 'epoch' + $6::bigint * interval '1 microsecond', $7::uuid))
    order by t.due, t.id
    limit $8
  ) rows
  order by rows.due, rows.id`,
);

export const countTasks = statement(
  'tasks_counted',
  `select count(*)::integer as count from (${TASK_ROWS} ${CHOSEN} limit ${TASKS_COUNTED_MAX + 1}) counted`,
);
