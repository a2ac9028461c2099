import type { Migration } from '../database/index.ts';
import type { AnyWorkItems } from './work-items.ts';

// Names are those of declarations, checked there: letters, digits and _. What is here was applied to databases, so it never
// changes; what becomes different of these tables is a migration of its own.

// Rows of work are few and change all the time, so room is left for the new versions, and vacuum comes soon. By the indexes
// what is due and what has failed is found among those that are open, however many have ended. External ids are compared byte
// by byte: they are no words of a language, and no upgrade of the system's collations can break what makes them unique.
function tables(name: string): string {
  return `create table ${name} (
  id bigint generated always as identity primary key,
  external_id text collate "C" not null unique check (char_length(external_id) between 1 and 300),
  status text not null default 'Pending' check (status in ('Pending', 'Processing', 'Processed', 'Failed', 'Skipped', 'Resolved')),
  -- Runs that were begun since it was staged, or since a person had it tried again.
  attempts integer not null default 0,
  -- How many of them ended with their process.
  losses integer not null default 0,
  next_attempt_at timestamptz not null,
  claim uuid,
  claimed_by uuid,
  session_unique_id uuid,
  lease_until timestamptz,
  concurrency_key text,
  payload jsonb not null,
  version numeric,
  -- A newer version came while it was being processed.
  restaged boolean not null default false,
  correlation_ids jsonb not null default '{}',
  error_code text,
  error_text text,
  error_stack text,
  error_fingerprint text,
  failed_at timestamptz,
  assigned_to integer,
  note text,
  staged_at timestamptz not null,
  modified_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  finished_by integer
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
comment on table ${name} is 'work items';
create index ${name}_due on ${name} (next_attempt_at, id) where status = 'Pending';
create index ${name}_suspect on ${name} (next_attempt_at, id) where status = 'Pending' and losses > 0;
create index ${name}_claim on ${name} (claim) where status = 'Processing';
create index ${name}_failed on ${name} (error_fingerprint, id) where status = 'Failed';
create index ${name}_in_order on ${name} (concurrency_key, id) where concurrency_key is not null;

create table ${name}_done (like ${name} including defaults) partition by range (finished_at);
alter table ${name}_done alter column finished_at set not null;
create index ${name}_done_id on ${name}_done (id);
create index ${name}_done_unusual on ${name}_done (id) where status <> 'Processed';
create index ${name}_done_external_id on ${name}_done (external_id);
create table ${name}_done_other partition of ${name}_done default;

create table ${name}_key (
  external_id text collate "C" primary key,
  version numeric,
  digest uuid not null
);

create table ${name}_call (
  external_id text collate "C" not null,
  key text not null,
  idempotency_key uuid not null,
  session_unique_id uuid,
  intent_at timestamptz not null,
  answer jsonb,
  answered_at timestamptz,
  primary key (external_id, key)
);`;
}

// An external id is looked for in the table of all of them, which names its last item: the index of those that are open, which
// each change of a state had to write anew, is of no more use.
function itemsByKey(name: string): string {
  return `alter table ${name}_key add column item bigint;
update ${name}_key k set item = t.id from ${name} t where t.external_id = k.external_id;
alter table ${name} drop constraint ${name}_external_id_key;`;
}

/** The migrations that make a table of work items as it is declared. */
export function itemsMigrations({ name, columns }: AnyWorkItems): readonly Migration[] {
  return [
    { name: `0000_items:${name}`, sql: tables(name) },
    { name: `0000_items:${name}:key`, sql: itemsByKey(name) },
    ...Object.entries(columns).map(([column, { type }]) => ({
      name: `0000_items:${name}:column:${column}`,
      sql: `alter table ${name} add column ${column} ${type}; alter table ${name}_done add column ${column} ${type};`,
    })),
  ];
}

/** How a month is called in names; `month` counts from 0, and may lie outside the year. Labels sort as the months do. */
export function partitionLabel(year: number, month: number): string {
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7).replace('-', '_');
}

/** The migration that makes the partition for what ends in a month; `month` counts from 0. */
export function partitionMigration(name: string, year: number, month: number): Migration {
  const first = (offset: number) => new Date(Date.UTC(year, month + offset, 1)).toISOString();
  const label = partitionLabel(year, month);
  return {
    name: `0000_items:${name}:month:${label}`,
    sql: `set local lock_timeout to '1s';
create table ${name}_done_${label} partition of ${name}_done for values from ('${first(0)}') to ('${first(1)}');`,
  };
}

const PARTITION = /^0000_items:([a-z0-9_]+):month:(\d{4})_(\d{2})$/;

/** The migration of that name, if it makes a partition of one of these tables; null: it does not. */
export function partitionMigrationNamed(migration: string, all: readonly AnyWorkItems[]): Migration | null {
  const [, name = '', year, month] = PARTITION.exec(migration) ?? [];
  if (!all.some((items) => items.name === name)) return null;
  return partitionMigration(name, Number(year), Number(month) - 1);
}
