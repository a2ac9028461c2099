import { statement } from '../database/index.ts';

export const readMigrationNames = statement(
  'server_migration_names',
  'select name from nightshift.migration order by name',
);

// Takes a key, unless it is taken; one whose time is over is free again. $4: now. $5: what is older is over.
export const takeIdempotencyKey = statement(
  'idempotency_key_take',
  `insert into nightshift.idempotent_request as r (user_no, key, digest, begun_at) values ($1, $2, $3, $4)
  on conflict (user_no, key) do update
    set digest = excluded.digest, begun_at = excluded.begun_at, status = null, answer = null
    where r.begun_at < $5
  returning true as taken`,
);

export const readIdempotentAnswer = statement(
  'idempotent_answer_read',
  `select digest, begun_at, status, answer from nightshift.idempotent_request where user_no = $1 and key = $2`,
);

export const keepIdempotentAnswer = statement(
  'idempotent_answer_keep',
  `update nightshift.idempotent_request set status = $3, answer = $4 where user_no = $1 and key = $2`,
);

export const freeIdempotencyKey = statement(
  'idempotency_key_free',
  'delete from nightshift.idempotent_request where user_no = $1 and key = $2',
);

export const removeIdempotentAnswers = statement(
  'idempotent_answers_remove',
  'delete from nightshift.idempotent_request where begun_at < $1',
);

export const cancelStatementOf = statement('server_cancel_statement', 'select pg_cancel_backend($1)');
