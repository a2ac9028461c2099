import pg from 'pg';
import { statement } from '../database/index.ts';

// Whoever plans a statement has locked what it names: tables, and views with the tables beneath them.
export const readLockedTables = statement(
  'rights_probe_locked',
  `select distinct n.nspname as schema, c.relname as name
  from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
  where l.pid = pg_backend_pid() and l.locktype = 'relation' and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname = any($1::text[])
  order by 1, 2`,
);

// Where PostgreSQL enforces nothing there is no such role, and the login owns the tables itself.
export const readOwnerPresent = statement(
  'rights_probe_owner',
  'select rolname as owner from pg_roles where rolname = $1',
);

export const readSchemasPresent = statement(
  'rights_probe_schemas',
  'select nspname as schema from pg_namespace where nspname = any($1::text[]) order by 1',
);

// Foreign keys are looked after by PostgreSQL with the rights of the tables' owner.
export const readForeignKeys = statement(
  'rights_probe_foreign_keys',
  `select distinct child.relname as child, parent.relname as parent,
    k.confdeltype in ('c', 'n', 'd') as "changesOnDelete", k.confupdtype in ('c', 'n', 'd') as "changesOnUpdate"
  from pg_constraint k join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
    join pg_namespace n on n.oid = child.relnamespace
  where k.contype = 'f' and n.nspname = any($1::text[])
  order by 1, 2, 3, 4`,
);

// All of it is rolled back. Names are made by us or come from the catalogs, and are quoted.

const { escapeIdentifier: id } = pg;

/** A relation, as it is named in commands. */
export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
}

export function makeProbe(role: string, schemas: readonly string[]): readonly string[] {
  return [
    `create role ${id(role)} nologin`,
    `grant ${id(role)} to current_user with set true, inherit false`,
    ...schemas.map((schema) => `grant usage on schema ${id(schema)} to ${id(role)}`),
    `set local search_path to ${[...schemas.map(id), 'pg_temp'].join(', ')}`,
    "set local lock_timeout to '2s'",
    "set local statement_timeout to '10s'",
  ];
}

export function becomeProbe(role: string): string {
  return `set local role ${id(role)}`;
}

const PRIVILEGES: Readonly<Record<string, string>> = { R: 'select', I: 'insert', M: 'update', D: 'delete' };

export function grantToProbe(role: string, { schema, name }: NamedRelation): string {
  return `grant select, insert, update, delete on ${id(schema)}.${id(name)} to ${id(role)}`;
}

export function revokeFromProbe(role: string, { schema, name }: NamedRelation, letter: string): string {
  return `revoke ${PRIVILEGES[letter]} on ${id(schema)}.${id(name)} from ${id(role)}`;
}

// Sent in the extended protocol, which takes one statement only: it cannot bring another one along.
export function explainText(text: string): string {
  return `explain (generic_plan, verbose, format json) ${text}`;
}
