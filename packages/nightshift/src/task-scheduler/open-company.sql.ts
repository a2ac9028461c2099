import { statement } from '../database/index.ts';

// What it takes to open a company: its schema, the role of the user in it ($2), the slots that work as that role, and
// nobody who changes the tables. $7: how many milliseconds ago the session began that has failed.
// The partition for another month of work items that are done changes nothing for anybody.
export const readCompanyState = statement(
  'company_state_read',
  `select n.oid is not null as has_schema, r.oid is not null as has_role,
    coalesce(has_schema_privilege(r.oid, n.oid, 'USAGE'), false) as may_use,
    not exists (
      select from nightshift.slot s join pg_roles l on l.rolname = $3 || s.number
      where s.epoch = $4 and s.user_no = $5 and s.company_no = $6 and not pg_has_role(l.oid, r.oid, 'SET')
    ) as may_act,
    exists (select from nightshift.upgrade_in_progress where company_no in (0, $6))
      or exists (select from nightshift.application_migration where company_no = $6
        and name not like '0000\\_items:%:month:%' and applied_at > clock_timestamp() - $7 * interval '1 millisecond')
      or exists (select from nightshift.migration
        where applied_at > clock_timestamp() - $7 * interval '1 millisecond') as is_upgraded
  from (values (true)) as one(row)
  left join pg_namespace n on n.nspname = $1
  left join pg_roles r on r.rolname = $2`,
);
