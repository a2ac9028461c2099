import { statement } from '../database/index.ts';

// Under the lock of the environment, or two starting instances would take the same place.
export const registerInstance = statement(
  'instance_register',
  `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks)
  select $1, free.place, $2, $3, $4, $5::text[], $6
  from (
    select p as place from generate_series(1, 2047) p
    where not exists (select from nightshift.server_instance where place = p and ended_at is null)
      -- The lock of a dead instance's connection may outlive it by a moment.
      and not exists (select from pg_locks where locktype = 'advisory' and classid = 1853120629 and objid = p::oid
        and database = (select oid from pg_database where datname = current_database()))
    order by p limit 1
  ) free
  returning place`,
);

// Held by the heartbeat's connection: when the process dies, PostgreSQL lets go of it at once.
export const holdPresenceLock = statement(
  'instance_hold_lock',
  'select pg_try_advisory_lock(1853120629, $1) as held',
);

// $2: for how many milliseconds the main thread has been blocked, $3: by what; null while it is not.
export const beat = statement(
  'instance_beat',
  `update nightshift.server_instance set beat_at = clock_timestamp(),
    blocked_since = clock_timestamp() - $2::float8 * interval '1 millisecond', blocked_by = $3
  where epoch = $1 and ended_at is null returning epoch`,
);

export const endInstance = statement(
  'instance_end',
  `update nightshift.server_instance set ended_at = clock_timestamp(), end_reason = $2
  where epoch = $1 and ended_at is null returning epoch`,
);

// Dead: no beat for the lease, or the presence lock is gone and there was no beat for a few seconds. Nobody could beat, or
// hold a lock, before the server was up. User code can take any advisory lock; one that a slot holds tells nothing.
export const lockDeadInstances = statement(
  'instances_lock_dead',
  `select epoch, place, host, process_id, extract(epoch from beat_at - blocked_since)::float8 * 1000 as blocked_ms,
    blocked_by
  from nightshift.server_instance i
  where ended_at is null and epoch <> $1
    and (greatest(beat_at, pg_postmaster_start_time()) < clock_timestamp() - $2 * interval '1 millisecond'
      or (greatest(beat_at, pg_postmaster_start_time()) < clock_timestamp() - $3 * interval '1 millisecond'
        and not exists (select from pg_locks join pg_stat_activity a using (pid)
          where locktype = 'advisory' and classid = 1853120629 and objid = i.place::oid and granted
          and a.usename !~ '^ns_[0-9a-f]+_s[0-9]+$'
          and database = (select oid from pg_database where datname = current_database()))))
  order by epoch
  for update skip locked`,
);

// A frozen process keeps its connections and their row locks; both end with its backends. A slot without a login of its own
// has noted which is its.
export const terminateSlotBackends = statement(
  'instance_terminate_backends',
  `select count(pg_terminate_backend(a.pid))::int as backends
  from pg_stat_activity a join nightshift.slot s on a.usename = $2 || s.number
    or a.pid = s.backend and a.backend_start = s.backend_start
  where s.epoch = $1 and a.datname = current_database()`,
);

// A failure codeunit still needs the error of the main one.
export const releaseTasksOfInstance = statement(
  'instance_release_tasks',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, losses = losses + 1, suspect = suspect + 1,
    last_error = case when failing then last_error else $2 end
  where claimed_by = $1 returning id`,
);

// By a watchdog: what claims have got whose answer the main thread has not seen. It has no index, and needs none: seldom.
export const releaseUnansweredClaims = statement(
  'instance_release_unanswered',
  `update nightshift.scheduled_task set claim = null, claimed_by = null
  where claimed_by = $1 and claim = any($2::uuid[])
  returning id`,
);

export const freeSlotsOfInstance = statement(
  'instance_free_slots',
  'update nightshift.slot set epoch = null, backend = null, backend_start = null where epoch = $1',
);

export const listInstances = statement(
  'instances_list',
  `select epoch, place, host, process_id, version, codeunits, runs_tasks, started_at, beat_at, ended_at, end_reason,
    extract(epoch from clock_timestamp() - beat_at) * 1000 as silent_ms,
    extract(epoch from clock_timestamp() - blocked_since) * 1000 as blocked_ms, blocked_by, environment, held, newer_migration
  from nightshift.server_instance
  where ended_at is null
  order by place, epoch`,
);
