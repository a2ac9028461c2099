import pg from 'pg';
import { statement } from '../database/index.ts';

const { escapeIdentifier: id } = pg;

/** Somebody is in it whom our login may not disconnect: object_in_use, insufficient_privilege. */
export const IN_USE: readonly (string | null)[] = ['55006', '42501'];

export const hasNightshift = statement(
  'drop_has_nightshift',
  `select datname::text as database, pg_has_role(datdba, 'USAGE') as is_owner, to_regclass('nightshift.environment') is not null
    and to_regclass('nightshift.server_instance') is not null as present
  from pg_database where datname = current_database()`,
);

export const countLiveInstances = statement(
  'drop_live_instances_count',
  `select count(*)::integer as instances from nightshift.server_instance
  where ended_at is null and beat_at > clock_timestamp() - make_interval(secs => $1::float8)`,
);

export const listCompanySchemas = statement(
  'drop_company_schemas_list',
  "select nspname::text as name from pg_namespace where nspname ~ '^co_[0-9]+$' order by nspname",
);

// Names come from the catalogs.
export function dropDatabaseCommand(name: string): string {
  return `drop database ${id(name)} with (force)`;
}

// A schema at a time: each holds a lock of the server for everything in it. DROP OWNED takes away what is left of grants.
export function emptyDatabaseCommands(
  companies: readonly string[],
  roles: readonly string[],
): readonly string[] {
  return [
    ...[
      ...companies,
      'app_shared',
      'nightshift_session',
      'nightshift_auth',
      'nightshift_roles',
      'nightshift',
    ].map((schema) => `drop schema if exists ${id(schema)} cascade`),
    ...roles.toReversed().map((role) => `grant ${id(role)} to current_user with inherit true`),
    ...roles.map((role) => `drop owned by ${id(role)} cascade`),
  ];
}
