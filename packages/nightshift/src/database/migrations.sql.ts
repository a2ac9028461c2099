import { statement } from './statement.ts';

// Session-level: the connection that migrates is closed or unlocked afterwards; the number is this lock's alone.
export const lockMigrations = statement('migrations_lock', 'select pg_advisory_lock(1853120628, 1)');

export const unlockMigrations = statement('migrations_unlock', 'select pg_advisory_unlock(1853120628, 1)');

export const createMigrationTable = Object.freeze({
  name: 'ns_migrations_create_table',
  text: `create schema if not exists nightshift;
    create table if not exists nightshift.migration (
      name text primary key,
      digest text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`,
});

export const readMigrations = statement(
  'migrations_read',
  'select name, digest, applied_at from nightshift.migration order by name',
);

export const recordMigration = statement(
  'migrations_record',
  'insert into nightshift.migration (name, digest) values ($1, $2)',
);
