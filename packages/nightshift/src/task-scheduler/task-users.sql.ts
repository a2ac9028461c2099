import { statement } from '../database/index.ts';

export const readUsers = statement(
  'task_users_read',
  'select no, name, language, time_zone from nightshift.app_user where no = any($1::int[]) order by no',
);
