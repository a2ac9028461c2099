import { statement } from '../database/index.ts';

export const addPermissionSet = statement(
  'permission_set_add',
  `insert into nightshift.permission_set (name, source, application, description, definition)
  values ($1, case when $2::text is null then 'administrator' else 'application' end, $2, $3, $4)
  returning no, version`,
);

export const changePermissionSet = statement(
  'permission_set_change',
  `update nightshift.permission_set set application = $2, description = $3, definition = $4, is_obsolete = $5,
    version = version + 1
  where no = $1
  returning version`,
);

export const removePermissionSet = statement(
  'permission_set_delete',
  'delete from nightshift.permission_set where no = $1',
);

export const assignmentsOfSet = statement(
  'permission_set_assignments',
  `select u.no as user_no, u.name as user_name, u.state, u.valid_until, c.name as company
  from nightshift.permission_assignment a
  join nightshift.app_user u on u.no = a.user_no
  left join nightshift.company c on c.no = a.company_no
  where a.set_no = $1
  order by u.name, c.name nulls first`,
);

export const readAlsoDeclared = statement(
  'permission_set_also_declared',
  'select also_declared_by from nightshift.permission_set where no = $1',
);

// What an application has declared, what it declares under names that others have, and what has its names.
export const readDeclaredSets = statement(
  'permission_set_declared',
  `select no, name, source, application, description, is_obsolete, also_declared_by,
    '{"codeunits": [], "reports": [], "tables": {}, "includes": [], "excludes": []}' || definition as definition
  from nightshift.permission_set
  where application = $1 or also_declared_by = $1 or name = any($2)
  order by no`,
);

export const obsoletePermissionSets = statement(
  'permission_set_obsolete',
  'update nightshift.permission_set set is_obsolete = true, version = version + 1 where no = any($1)',
);

export const markAlsoDeclared = statement(
  'permission_set_mark_also_declared',
  'update nightshift.permission_set set also_declared_by = $2 where no = any($1)',
);

export const knownTables = statement(
  'permission_set_known_tables',
  `select distinct c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (n.nspname = 'app_shared' or n.nspname ~ '^co_[0-9]+$')
  order by c.relname`,
);

export const knownCodeunits = statement(
  'permission_set_known_codeunits',
  `select distinct k.name from nightshift.server_instance i cross join unnest(i.codeunits) k (name)
  where i.ended_at is null and k.name = any($1)
  order by k.name`,
);
