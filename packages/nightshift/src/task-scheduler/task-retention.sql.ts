import { statement } from '../database/index.ts';

// A chunk that another instance works on is its own affair.
export const deleteOldFailedTasks = statement(
  'failed_tasks_delete_old',
  `delete from nightshift.failed_task
  where id = any(array(
    select id from nightshift.failed_task
    where failed_at < coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 day'
    order by failed_at, id
    limit $3
    for update skip locked
  ))
  returning id`,
);
