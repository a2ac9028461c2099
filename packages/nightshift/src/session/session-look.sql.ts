import { statement } from '../database/index.ts';
import { LOOK_FOR_CHANGES } from './session.sql.ts';

// After a statement that may have changed either. The keys are those of the platform's own locks: of migrations and of
// the presence of instances.
export const lookAtSession = statement(
  'session_look',
  `select current_user as who, exists (
    select from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and locktype = 'advisory'
      and classid in (1853120628, 1853120629)) as "holdsPlatformLock"`,
);

// What a session has left on its connection; asked outside of a transaction, where nothing else is set but $1, where names are
// looked for.
export const lookAtLeftovers = statement(
  'session_leftovers',
  `select (select coalesce(array_agg(name order by name), '{}') from pg_catalog.pg_settings
      where source = 'session' and not (name = 'search_path' and setting = $1))
      as settings,
    (select count(*)::int from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and locktype = 'advisory')
      as locks`,
);

// Has PostgreSQL learn of memberships that were changed meanwhile, and tells who the transaction is.
export const TAKE_NOTICE = `${LOOK_FOR_CHANGES}; select current_user as who`;

// Names of roles are made of the mark and numbers.
export function become(role: string): string {
  if (!/^[a-z0-9_]+$/.test(role)) throw new Error(`not a name made by us: ${role}`);
  return `set local role ${role}`;
}
