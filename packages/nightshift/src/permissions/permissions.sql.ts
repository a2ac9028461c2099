import { statement } from '../database/index.ts';

export const readEnvironment = statement(
  'environment_read',
  `select e.mark, e.database_oid, e.system_identifier::text as system_identifier,
    d.oid as present_oid, c.system_identifier::text as present_identifier
  from pg_database d cross join pg_control_system() c
  left join nightshift.environment e on true
  where d.datname = current_database()`,
);

export const writeEnvironment = statement(
  'environment_write',
  `insert into nightshift.environment (mark, database_oid, system_identifier)
  select $1, d.oid, c.system_identifier from pg_database d cross join pg_control_system() c
  where d.datname = current_database()
  on conflict (only_row) do update set mark = excluded.mark, database_oid = excluded.database_oid,
    system_identifier = excluded.system_identifier`,
);

// A copied database remembers slots and instances of its origin; none of them lives here.
export const forgetInstances = statement(
  'environment_forget_instances',
  `with ended as (
    update nightshift.server_instance set ended_at = clock_timestamp(), end_reason = 'copied database'
    where ended_at is null
  ), freed as (delete from nightshift.slot)
  update nightshift.scheduled_task set claim = null, claimed_by = null where claim is not null`,
);

export const readDirectoryRows = statement(
  'directory_read',
  `select json_build_object(
    'version', (select version from nightshift.rights_version),
    'companies', (select coalesce(json_agg(c order by c.no), '[]') from (
      select no, name, time_zone as "timeZone", state, version from nightshift.company) c),
    'users', (select coalesce(json_agg(u order by u.no), '[]') from (
      select no, name, language, time_zone as "timeZone", full_name as "fullName", state, kind,
        can_schedule as "canSchedule", is_delegated as "isDelegated", valid_until as "validUntil", version
      from nightshift.app_user where $1::int[] is null or no = any($1)) u),
    'permissionSets', (select coalesce(json_agg(s order by s.no), '[]') from (
      select no, name, source, application, description,
        '{"codeunits": [], "reports": [], "tables": {}, "includes": [], "excludes": []}' || definition as definition,
        is_obsolete as "isObsolete", version
      from nightshift.permission_set) s),
    'assignments', (select coalesce(json_agg(a order by a."userNo", a."setNo", a."companyNo"), '[]') from (
      select user_no as "userNo", set_no as "setNo", company_no as "companyNo"
      from nightshift.permission_assignment where $1::int[] is null or user_no = any($1)) a),
    'inherentPermissions', (select coalesce(json_agg(i order by i.no), '[]') from (
      select no, codeunit, tables from nightshift.inherent_permission where not is_obsolete) i)
  ) as rows`,
);

export const readRightsVersion = statement(
  'rights_version_read',
  'select version from nightshift.rights_version',
);

export const existingRoles = statement(
  'roles_existing',
  'select rolname from pg_roles where starts_with(rolname, $1) order by rolname',
);

// Held until the transaction ends, by whoever changes roles, takes a place as an instance, or migrates an application;
// without it two processes fail with "tuple concurrently updated".
export const lockEnvironment = statement(
  'environment_lock',
  'select only_row from nightshift.environment for update',
);

// Commands on roles take no parameters; every name below is made by `roleNames` and `companySchema`.

export function commonGrants(app: string, session: string): readonly string[] {
  return [
    `grant ${app} to current_user with inherit true, set true`,
    `grant usage on schema nightshift_session to ${session}`,
    `grant execute on all functions in schema nightshift_session to ${session}`,
    // A temporary table could stand in for a real one in somebody's search path.
    "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$",
  ];
}

export function ownSchema(schema: string, owner: string): readonly string[] {
  return [`create schema if not exists ${schema}`, `alter schema ${schema} owner to ${owner}`];
}

// The makers of a copy's origin make roles of the origin.
export function renewMakersSchema(): readonly string[] {
  return ['drop schema nightshift_roles cascade', 'create schema nightshift_roles'];
}

// What `from` owns in this database goes to `to`; after that DROP OWNED finds nothing but grants to take away. A login
// that is no superuser has to be a member of the roles for that. Default privileges stand under both their owner and
// whom they are for: the owner comes last, or PostgreSQL looks for them twice.
// Makers come first, who give us the others. What they have here goes with their schema; DROP OWNED would take what they granted, also of the
// origin.
export function takeOver(
  from: string,
  to: string,
  roles: readonly string[],
  makers: readonly string[],
): readonly string[] {
  const others = roles.filter((role) => !makers.includes(role));
  return [
    ...[...makers, ...others].map((role) => `grant ${role} to current_user with inherit true`),
    `reassign owned by ${from} to ${to}`,
    ...others.filter((role) => role !== from).map((role) => `drop owned by ${role}`),
    `drop owned by ${from}`,
    ...makers.map((role) => `grant ${role} to current_user with inherit false`),
  ];
}
