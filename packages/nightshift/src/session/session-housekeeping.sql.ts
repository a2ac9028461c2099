import { statement } from '../database/index.ts';
import type { EventTable } from './session-events.sql.ts';

export const eventPartitions = statement(
  'session_event_partitions',
  `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = ('nightshift.' || $1)::regclass
  order by c.relname`,
);

// $1 is the time that a test has set.
export const housekeepingTime = statement(
  'session_housekeeping_time',
  'select coalesce($1::timestamptz, clock_timestamp()) as now',
);

function deleteStrayIn(table: EventTable) {
  return statement(
    `${table}_delete_stray`,
    `delete from nightshift.${table}_default where at < $1::timestamptz`,
  );
}

// Events that no partition took in their time.
export const deleteStrayEvents: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: deleteStrayIn('background_session_event'),
  session_event: deleteStrayIn('session_event'),
};

// Commands on tables take no parameters; days are made of digits only.
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The name of a day's partition. */
export function partitionOf(table: EventTable, day: string): string {
  if (!DAY.test(day)) throw new Error(`not a day: ${day}`);
  return `${table}_${day.replaceAll('-', '')}`;
}

// A table is made and filled before it is attached: that locks the parent against others of its kind only, and events go
// on being written. What came before its partition was there moves over from the default one.
export function addPartition(table: EventTable, day: string, next: string): readonly string[] {
  const name = partitionOf(table, day);
  partitionOf(table, next);
  const from = `${day} 00:00:00+00`;
  const to = `${next} 00:00:00+00`;
  return [
    "set local lock_timeout = '2s'",
    `create table nightshift.${name} (like nightshift.${table} including all)`,
    // What is written between the two steps below would keep the new one from being attached; that one takes this lock
    // anyway, and whoever takes it late may meet someone who waits for him.
    `lock table nightshift.${table}_default in access exclusive mode`,
    `with early as (
      delete from nightshift.${table}_default where at >= '${from}' and at < '${to}' returning *
    )
    insert into nightshift.${name} select * from early`,
    `alter table nightshift.${table} attach partition nightshift.${name} for values from ('${from}') to ('${to}')`,
  ];
}

export function dropPartition(table: EventTable, day: string): readonly string[] {
  return ["set local lock_timeout = '2s'", `drop table nightshift.${partitionOf(table, day)}`];
}
