import { statement } from '../database/index.ts';

export const addUser = statement(
  'user_add',
  `insert into nightshift.app_user (name, full_name, language, time_zone, kind, can_schedule, is_delegated, valid_until)
  select name, full_name, language, time_zone, kind, can_schedule, is_delegated, valid_until
  from jsonb_populate_record(null::nightshift.app_user, $1)
  returning no, version`,
);

export const changeUser = statement(
  'user_change',
  `update nightshift.app_user u set name = p.name, full_name = p.full_name, language = p.language,
    time_zone = p.time_zone, kind = p.kind, can_schedule = p.can_schedule, is_delegated = p.is_delegated,
    valid_until = p.valid_until, state = p.state, version = u.version + 1
  from jsonb_populate_record(null::nightshift.app_user, $2) p
  where u.no = $1
  returning u.version`,
);

export const assignmentsOfUser = statement(
  'user_assignments',
  `select s.name as permission_set, c.name as company, b.name as assigned_by, a.assigned_at
  from nightshift.permission_assignment a
  join nightshift.permission_set s on s.no = a.set_no
  left join nightshift.company c on c.no = a.company_no
  left join nightshift.app_user b on b.no = a.assigned_by
  where a.user_no = $1
  order by s.name, c.name nulls first`,
);
