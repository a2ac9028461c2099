import { statement } from '../database/index.ts';

// What this transaction, and those before it on this connection that are not reported yet, have done with the tables of
// the application, with what functions and triggers did. ROLLBACK TO SAVEPOINT undoes none of it. Partitions count as the
// table that they are parts of.
export const readTableActivity = statement(
  'session_table_activity',
  `select n.nspname as schema, c.relname as "table",
    sum(coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0))::float8 as reads,
    sum(s.n_tup_ins)::float8 as inserts, sum(s.n_tup_upd)::float8 as updates, sum(s.n_tup_del)::float8 as deletes
  from pg_stat_xact_user_tables s
  join pg_class c on c.oid = coalesce(pg_partition_root(s.relid), s.relid)
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[])
    and (s.seq_scan > 0 or s.idx_scan > 0 or s.n_tup_ins > 0 or s.n_tup_upd > 0 or s.n_tup_del > 0)
  group by n.nspname, c.relname
  order by n.nspname, c.relname`,
);

// Triggers that wait for the commit belong to what is recorded.
export const FIRE_DEFERRED = 'set constraints all immediate';
