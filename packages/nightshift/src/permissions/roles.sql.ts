import pg from 'pg';
import { statement } from '../database/index.ts';
import type { GrantObject, MembershipWay } from './role-state.ts';

const { escapeIdentifier, escapeLiteral } = pg;

// Between two names, since there may be tens of thousands and most questions are about few.
export const readRoles = statement(
  'roles_read',
  `select r.rolname as name, coalesce(shobj_description(r.oid, 'pg_authid'), '') as comment,
    array_remove(array[case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
      case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
      case when r.rolbypassrls then 'BYPASSRLS' end, case when r.rolcanlogin then 'LOGIN' end], null) as powers,
    exists (select from pg_shdepend s join pg_database d on d.oid = s.dbid where d.datname = current_database()
      and s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid and s.deptype = 'o') as owns
  from pg_roles r
  where r.rolname >= $1 and r.rolname < $2 and ($3::text is null or r.rolname ~ $3)
  order by r.rolname`,
);

export const readRolesByName = statement(
  'roles_read_by_name',
  `select r.rolname as name, coalesce(shobj_description(r.oid, 'pg_authid'), '') as comment,
    array_remove(array[case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
      case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
      case when r.rolbypassrls then 'BYPASSRLS' end, case when r.rolcanlogin then 'LOGIN' end], null) as powers,
    exists (select from pg_shdepend s join pg_database d on d.oid = s.dbid where d.datname = current_database()
      and s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid and s.deptype = 'o') as owns
  from pg_roles r where r.rolname = any($1::name[]) order by r.rolname`,
);

// What the given roles are members of.
export const readMemberships = statement(
  'roles_memberships_read',
  `select m.rolname as member, r.rolname as role, g.rolname as grantor, a.inherit_option as inherits,
    a.set_option as becomes, a.admin_option as passes_on
  from pg_roles m join pg_auth_members a on a.member = m.oid
  join pg_roles r on r.oid = a.roleid join pg_roles g on g.oid = a.grantor
  where m.rolname = any($1::name[])
  order by m.rolname, r.rolname, g.rolname`,
);

// Tables, views and sequences that our login may grant rights on, and functions that sessions may call. A sequence feeds
// the table that owns it, and those with a default that names it.
export const readRelations = statement(
  'roles_relations_read',
  `select n.nspname::text as schema, c.relname::text as name, case c.relkind when 'S' then 'sequence' else 'table' end as kind,
    case c.relkind when 'S' then array(
      select t.relname::text from pg_depend d join pg_class t on t.oid = d.refobjid
      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
        and d.deptype in ('a', 'i')
      union
      select t.relname::text from pg_depend d join pg_attrdef a on a.oid = d.objid join pg_class t on t.oid = a.adrelid
      where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
        and t.relnamespace = c.relnamespace
      order by 1) else '{}' end as feeds
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::name[]) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and pg_has_role(c.relowner, 'USAGE')
  union all
  select n.nspname::text, format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), 'function', '{}'
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'nightshift_session' and n.nspname = any($1::name[])
  order by 1, 3, 2`,
);

export const readSchemas = statement(
  'roles_schemas_read',
  'select nspname as name from pg_namespace where nspname = any($1::name[]) order by nspname',
);

// What the given roles, and PUBLIC, may do in the given schemas.
export const readGrants = statement(
  'roles_grants_read',
  `with space as (
    select oid, nspname::text as nspname, nspacl from pg_namespace where nspname = any($2::name[])
  ), held as (
    select 'schema' as kind, s.nspname as schema, '' as name, '' as column_name, x.*
    from space s cross join aclexplode(s.nspacl) x
    union all
    select case c.relkind when 'S' then 'sequence' else 'table' end, s.nspname, c.relname::text, '', x.*
    from space s join pg_class c on c.relnamespace = s.oid cross join aclexplode(c.relacl) x
    union all
    select 'column', s.nspname, c.relname::text, a.attname::text, x.*
    from space s join pg_class c on c.relnamespace = s.oid join pg_attribute a on a.attrelid = c.oid
    cross join aclexplode(a.attacl) x where not a.attisdropped
    union all
    select 'function', s.nspname, format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), '', x.*
    from space s join pg_proc p on p.pronamespace = s.oid cross join aclexplode(p.proacl) x
    where s.nspname in ('nightshift', 'nightshift_session')
    union all
    select case d.defaclobjtype when 'S' then 'sequences to come' else 'tables to come' end, s.nspname, '', '', x.*
    from space s join pg_default_acl d on d.defaclnamespace = s.oid cross join aclexplode(d.defaclacl) x
    where d.defaclobjtype in ('r', 'S') and d.defaclrole = (select oid from pg_roles where rolname = $3)
  ), ours as (
    select oid, rolname::text as rolname from pg_roles where rolname = any($1::name[])
    union all select 0, 'public' where $4
  )
  select h.kind, h.schema, h.name, h.column_name as "column", o.rolname as role,
    array_agg(distinct h.privilege_type order by h.privilege_type) as privileges, bool_or(h.is_grantable) as "isGrantable"
  from held h join ours o on o.oid = h.grantee
  group by h.kind, h.schema, h.name, h.column_name, o.rolname
  order by h.schema, h.kind, h.name, h.column_name, o.rolname`,
);

// Only those that say whom they work for.
export const readSlotNotes = statement(
  'roles_slot_notes_read',
  `select number as "slotNo", user_no as "userNo", company_no as "companyNo", lent_no as "lentNo"
  from nightshift.slot where user_no is not null and company_no is not null order by number`,
);

export const readOwnRole = statement(
  'roles_login_read',
  'select rolname::text as login, rolsuper as "isSuperuser" from pg_roles where rolname = current_user order by rolname',
);

// A function does not work that others may call than the owner of the schema, who is the platform's login, also when somebody else looks.
export const readMakers = statement(
  'roles_makers_read',
  `select r.rolname as name, exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.proname = r.rolname and p.proowner = r.oid and n.nspname = 'nightshift_roles' and p.prosecdef
    and (select array_agg(x.grantee order by x.grantee) from aclexplode(p.proacl) x)
      = array[least(r.oid, n.nspowner), greatest(r.oid, n.nspowner)]) as works
  from pg_roles r where r.rolname = any($1::name[]) order by r.rolname`,
);

// Makers with their function; others administer nothing for us.
export const readAdministrators = statement(
  'roles_administrators_read',
  `select r.rolname as role, m.rolname as maker from pg_roles r
  join pg_auth_members a on a.roleid = r.oid and a.admin_option join pg_roles m on m.oid = a.member
  join pg_proc p on p.proname = m.rolname and p.proowner = m.oid and p.pronamespace = 'nightshift_roles'::regnamespace
  where r.rolname = any($1::name[]) order by r.rolname, m.rolname`,
);

export const readDatabaseClock = statement('roles_clock_read', 'select clock_timestamp() as now');

export const forgetSlotsOfCompany = statement(
  'roles_forget_slots_of_company',
  'update nightshift.slot set user_no = null, company_no = null, lent_no = null where company_no = $1',
);

export const readRolesOfAllMarks = statement(
  'roles_of_all_marks_read',
  "select rolname as name from pg_roles where rolname ~ '^ns_[0-9a-f]{6}_' order by rolname",
);

// Whatever a role owns or was granted is written down for the whole cluster, also of databases that nobody may look into.
export const readMarksInUse = statement(
  'roles_marks_in_use_read',
  `select distinct substring(r.rolname from 4 for 6) as mark
  from pg_shdepend s join pg_roles r on r.oid = s.refobjid join pg_database d on d.oid = s.dbid
  where s.refclassid = 'pg_authid'::regclass and r.rolname ~ '^ns_[0-9a-f]{6}_'
  order by 1`,
);

export const readDatabases = statement(
  'roles_databases_read',
  "select datname as name, datallowconn as may_connect from pg_database where datname <> 'template0' order by datname",
);

// Fails where our login may not look.
export const hasEnvironment = statement(
  'roles_environment_exists',
  "select to_regclass('nightshift.environment') is not null as present",
);

export const readMark = statement('roles_mark_read', 'select mark from nightshift.environment');

// A copy that no platform ever opened still has the mark of its origin, whose roles are not its own.
export const readOwnMark = statement(
  'roles_own_mark_read',
  `select e.mark from nightshift.environment e join pg_database d on d.datname = current_database()
  where e.database_oid = d.oid`,
);

// Commands on roles take no parameters. The names of roles and of schemas are made by us or come from the catalogs, those
// of tables and columns from the catalogs; all are quoted.

const id = escapeIdentifier;
/** PUBLIC is a word of the language, and no name. */
const who = (role: string) => (role === 'public' ? 'public' : id(role));
const list = (names: readonly string[]) => names.map(who).join(', ');

export function createRole(name: string): string {
  return `create role ${id(name)} nologin`;
}

export function commentOnRole(name: string, comment: string): string {
  return `comment on role ${id(name)} is ${escapeLiteral(comment)}`;
}

const makerFunction = (name: string) => `nightshift_roles.${id(name)}`;

export function createdRole(name: string, comment: string): string {
  return `${createRole(name)}; ${commentOnRole(name, comment)}`;
}

/** Has a maker do what it is allowed to, and our login is not, or only after a long walk. */
export function throughMaker(maker: string, command: string): string {
  return `select ${makerFunction(maker)}(${escapeLiteral(command)})`;
}

/**
 * What whoever makes a role gets of it besides the right to administer it; null: as the server says. Not its rights: whenever PostgreSQL
 * asked whether our login may do something, it would walk through all makers and what they make.
 */
export function selfGrant(what: 'set' | '' | null): string {
  return `set local createrole_self_grant ${what === null ? 'to default' : `= '${what}'`}`;
}

export function createMaker(name: string): string {
  return `create role ${id(name)} nologin createrole`;
}

// An owner of a function has to be allowed to make one where it is, at the moment when it becomes its owner. Its rights it
// gives by itself: our login would walk through all makers for it. It has no search path of its own, which would have to be put in place
// at each change of a slot: our login alone calls it, and what it is told names everything in full.
export function createMakerFunction(name: string): readonly string[] {
  const called = makerFunction(name);
  const rights = `revoke all on function ${called} from public; grant execute on function ${called} to %I;
    comment on function ${called} is 'Nightshift: makes roles, and lets slots join them'`;
  return [
    `drop function if exists ${called}(text)`,
    `create function ${called}(p_command text) returns void language plpgsql security definer
      as 'begin execute p_command; end'`,
    `grant create, usage on schema nightshift_roles to ${id(name)}`,
    `alter function ${called}(text) owner to ${id(name)}`,
    `select ${called}(format(${escapeLiteral(rights)}, pg_get_userbyid(nspowner))) from pg_namespace where nspname = 'nightshift_roles'`,
    `revoke create, usage on schema nightshift_roles from ${id(name)}`,
  ];
}

// Its roles are gone by then: nobody could administer them any more. Who owns the schema may drop what is in it.
export function dropMaker(name: string): readonly string[] {
  return [`drop function if exists ${makerFunction(name)}(text)`, `drop role ${id(name)}`];
}

export function takePowers(name: string, powers: readonly string[]): string {
  return `alter role ${id(name)} ${powers.map((power) => `no${power.toLowerCase()}`).join(' ')}`;
}

export function addMembers(role: string, members: readonly string[], way: MembershipWay): string {
  const options = way === 'inherits' ? 'inherit true, set false' : 'inherit false, set true';
  return `grant ${id(role)} to ${list(members)} with ${options}, admin false`;
}

export function removeMembers(role: string, members: readonly string[], grantor: string): string {
  return `revoke ${id(role)} from ${list(members)} granted by ${id(grantor)} cascade`;
}

// Without membership, a login that is no superuser may not give away what a role owns.
export function joinRole(name: string, login: string | null): string {
  return `grant ${id(name)} to ${login === null ? 'current_user' : id(login)} with inherit true`;
}

export function reassignOwned(name: string, heir: string): string {
  return `reassign owned by ${id(name)} to ${id(heir)}`;
}

export function dropRoles(names: readonly string[]): string {
  return `drop role if exists ${list(names)}`;
}

/** Our login has joined it. @param heir gets what the role owns */
export function dropRole(name: string, heir: string): readonly string[] {
  return [reassignOwned(name, heir), `drop owned by ${id(name)}`, `drop role ${id(name)}`];
}

const PLURAL = { 'tables to come': 'tables', 'sequences to come': 'sequences' } as const;

function target(objects: readonly GrantObject[]): string {
  const [{ kind }] = objects as readonly [GrantObject];
  const names = objects.map(({ schema, name }) => `${id(schema)}.${kind === 'function' ? name : id(name)}`);
  return kind === 'schema'
    ? `schema ${objects.map(({ schema }) => id(schema)).join(', ')}`
    : `${kind === 'column' ? 'table' : kind} ${names.join(', ')}`;
}

/** On several objects of one kind; on one only for a column or what is to come. */
function changeGrant(
  objects: readonly GrantObject[],
  privileges: readonly string[],
  owner: string,
  [verb, end]: readonly [verb: string, end: string],
): string {
  const [{ kind, schema, column }] = objects as readonly [GrantObject];
  const what = privileges.map((each) => (kind === 'column' ? `${each} (${id(column)})` : each)).join(', ');
  if (kind === 'tables to come' || kind === 'sequences to come') {
    const future = `alter default privileges for role ${id(owner)} in schema ${id(schema)}`;
    return `${future} ${verb} ${what} on ${PLURAL[kind]} ${end}`;
  }
  return `${verb} ${what} on ${target(objects)} ${end}`;
}

export function grantOn(
  objects: readonly GrantObject[],
  privileges: readonly string[],
  role: string,
  owner: string,
): string {
  return changeGrant(objects, privileges, owner, ['grant', `to ${who(role)}`]);
}

export function revokeOn(
  objects: readonly GrantObject[],
  privileges: readonly string[],
  role: string,
  owner: string,
): string {
  return changeGrant(objects, privileges, owner, ['revoke', `from ${who(role)} cascade`]);
}

export function revokeGrantOptionOn(
  objects: readonly GrantObject[],
  privileges: readonly string[],
  role: string,
  owner: string,
): string {
  return changeGrant(objects, privileges, owner, ['revoke grant option for', `from ${who(role)} cascade`]);
}
