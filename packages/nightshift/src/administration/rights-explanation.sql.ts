import { statement } from '../database/index.ts';

// Of two tables with the name, the one that a session would find. A role that does not exist has no rights that could be asked.
export const readTableRights = statement(
  'rights_of_tables',
  `select t.name, c.schema,
    case when u.oid is not null and c.oid is not null then concat(
      case when has_table_privilege(u.oid, c.oid, 'select') then 'R' end,
      case when has_table_privilege(u.oid, c.oid, 'insert') then 'I' end,
      case when has_table_privilege(u.oid, c.oid, 'update') then 'M' end,
      case when has_table_privilege(u.oid, c.oid, 'delete') then 'D' end) end as rights,
    case when l.oid is not null and c.oid is not null then concat(
      case when has_table_privilege(l.oid, c.oid, 'select') then 'R' end,
      case when has_table_privilege(l.oid, c.oid, 'insert') then 'I' end,
      case when has_table_privilege(l.oid, c.oid, 'update') then 'M' end,
      case when has_table_privilege(l.oid, c.oid, 'delete') then 'D' end) end as "rightsLent"
  from unnest($1::text[]) with ordinality as t (name, place)
  left join pg_roles u on u.rolname = $3
  left join pg_roles l on l.rolname = $4
  left join lateral (
    select c.oid, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname = t.name and n.nspname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by array_position($2::text[], n.nspname::text) limit 1
  ) c on true
  order by t.place`,
);
