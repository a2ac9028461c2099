import { statement } from '../database/index.ts';
import { claimedTasks } from '../task-scheduler/index.ts';

// $1: as below.
export const readHealthInstances = statement(
  'health_instances',
  `select i.place, i.host, i.process_id, i.version, i.runs_tasks, i.held, i.newer_migration, i.started_at,
    extract(epoch from clock_timestamp() - i.beat_at)::float8 * 1000 as silent_ms,
    extract(epoch from clock_timestamp() - i.blocked_since)::float8 * 1000 as blocked_ms,
    coalesce(t.claimed, 0)::integer as claimed,
    (select count(*)::integer from nightshift.active_session a where a.epoch = i.epoch) as sessions,
    cardinality(i.codeunits) as codeunits
  from nightshift.server_instance i
  left join (
    select claimed_by, count(*) as claimed from (${claimedTasks('coalesce($1::timestamptz, now())')}) c group by claimed_by
  ) t on t.claimed_by = i.epoch
  where i.ended_at is null
  order by i.place, i.epoch`,
);

// $1: the time that a test has set. Of each company only what is due first is looked at.
export const readHealthFacts = statement(
  'health_facts',
  `select n.now, clock_timestamp() as real_now, q.due, q.lag_ms, q.planned, q.claimed, q.failed,
    current_setting('server_version') as version, pg_database_size(current_database())::float8 as size_bytes,
    current_setting('max_connections')::integer as connections_max, a.ours, a.others, a.long_transactions
  from (select coalesce($1::timestamptz, clock_timestamp()) as now) n
  cross join lateral (
    select (select count(*)::integer from (
        select from nightshift.company c cross join lateral (
          select from nightshift.scheduled_task t
          where t.lane = c.no and t.ready and t.suspect = 0 and t.claim is null and t.due <= n.now limit 10001) t
        limit 10001) few) as due,
      (select extract(epoch from n.now - min(t.due))::float8 * 1000
        from nightshift.company c cross join lateral (
          select t.due from nightshift.scheduled_task t
          where t.lane = c.no and t.ready and t.suspect = 0 and t.claim is null and t.due <= n.now order by t.due, t.id limit 1
        ) t) as lag_ms,
      (select count(*)::integer from (
        select from nightshift.company c cross join lateral (
          select from nightshift.scheduled_task t
          where t.lane = c.no and t.ready and t.suspect = 0 and t.due > n.now limit 10001) t
        limit 10001) few) as planned,
      (select count(*)::integer from (${claimedTasks('n.now')}) t) as claimed,
      (select count(*)::integer from nightshift.failed_task) as failed
  ) q
  cross join (
    select count(*) filter (where application_name like 'nightshift%')::integer as ours,
      count(*) filter (where application_name not like 'nightshift%')::integer as others,
      count(*) filter (where xact_start < clock_timestamp() - interval '1 minute')::integer as long_transactions
    from pg_stat_activity where backend_type = 'client backend'
  ) a`,
);
