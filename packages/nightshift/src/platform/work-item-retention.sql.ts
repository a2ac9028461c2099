import { statement } from '../database/index.ts';

// The months of table $3 that company $1 has, as application $2 has made them, before month $4.
export const readOldMonths = statement(
  'items_old_months',
  `select split_part(name, ':', 4) as label from nightshift.application_migration
  where company_no = $1 and application = $2 and name like '0000\\_items:' || replace($3, '_', '\\_') || ':month:%'
    and split_part(name, ':', 4) < $4
  order by name`,
);

// So that a copy of the company does not have the month either.
export const forgetMonth = statement(
  'items_month_forget',
  `delete from nightshift.application_migration where company_no = $1 and application = $2 and name = $3`,
);

// As the owner of the tables. Names are those of declarations; whoever processes items must not be held up.
export function dropMonth(table: string, label: string): string {
  return `set local lock_timeout to '1s'; drop table if exists ${table}_done_${label}`;
}

// What ended when its month could not be made.
export function deleteOldOthers(table: string, before: Date): string {
  return `delete from ${table}_done_other where finished_at < '${before.toISOString()}'`;
}
