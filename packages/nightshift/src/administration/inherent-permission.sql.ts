import { statement } from '../database/index.ts';

// What an application lends, and what has the names of its codeunits.
export const readDeclaredLending = statement(
  'inherent_permission_declared',
  `select no, codeunit, application, tables, is_obsolete from nightshift.inherent_permission
  where application = $1 or codeunit = any($2)
  order by codeunit`,
);

export const readLending = statement(
  'inherent_permission_read',
  `select no, codeunit, application, tables, is_obsolete from nightshift.inherent_permission order by codeunit`,
);

export const declareLending = statement(
  'inherent_permission_declare',
  `insert into nightshift.inherent_permission (codeunit, application, tables) values ($1, $2, $3)
  on conflict (codeunit) do update set application = excluded.application, tables = excluded.tables, is_obsolete = false
  returning no`,
);

export const obsoleteLending = statement(
  'inherent_permission_obsolete',
  'update nightshift.inherent_permission set is_obsolete = true where no = $1',
);
