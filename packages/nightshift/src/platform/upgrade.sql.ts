import { statement } from '../database/index.ts';

// Takes along what others have left that died.
export const announceUpgrade = statement(
  'upgrade_announce',
  `with stale as (
    delete from nightshift.upgrade
    where backend <> pg_backend_pid() and not exists (
      select from nightshift.upgrade_in_progress p where p.backend = upgrade.backend
    )
  )
  insert into nightshift.upgrade (backend, company_no, what) values (pg_backend_pid(), $1, $2)
  on conflict (backend, company_no) do update set what = excluded.what, started_at = excluded.started_at`,
);

// While this lock is held the announcement counts: it ends with its connection, and user code cannot take it.
export const HOLD_UPGRADE = `begin; set local idle_in_transaction_session_timeout = 0;
  lock table nightshift.upgrade in row share mode`;

export const endUpgrade = statement(
  'upgrade_end',
  'delete from nightshift.upgrade where backend = pg_backend_pid()',
);

export const hasUpgradeTable = statement(
  'upgrade_has_table',
  "select to_regclass('nightshift.upgrade_in_progress') is not null as present",
);

// By another connection than the one that holds the lock: what a transaction says is heard when it ends.
export const tellUpgrade = statement('upgrade_tell', "select pg_notify($1, '')");
