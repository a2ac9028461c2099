import { statement } from '../database/index.ts';

export const addAssignment = statement(
  'assignment_add',
  `insert into nightshift.permission_assignment (user_no, set_no, company_no, assigned_by) values ($1, $2, $3, $4)`,
);

export const removeAssignment = statement(
  'assignment_remove',
  `delete from nightshift.permission_assignment
  where user_no = $1 and set_no = $2 and company_no is not distinct from $3`,
);
