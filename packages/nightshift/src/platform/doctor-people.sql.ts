import { statement } from '../database/index.ts';

export const readObsoleteSets = statement(
  'doctor_obsolete_sets',
  `select s.name, s.application, count(distinct a.user_no)::int as users
  from nightshift.permission_set s join nightshift.permission_assignment a on a.set_no = s.no
  where s.is_obsolete
  group by s.no, s.name, s.application
  order by s.name`,
);

export const readShadowedSets = statement(
  'doctor_shadowed_sets',
  `select name, also_declared_by as application from nightshift.permission_set
  where also_declared_by is not null
  order by name`,
);

// What waits to run as somebody who is disabled, or whose time is over.
export const readGoneUsers = statement(
  'doctor_gone_users',
  `select u.name, c.name as company, sum(w.entries)::int as entries, sum(w.tasks)::int as tasks
  from (
    select run_as as user_no, company_no, 1 as entries, 0 as tasks from nightshift.job_queue_entry
    where status in ('Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout')
    union all
    select t.user_no, t.lane, 0, 1 from nightshift.scheduled_task t
    where not exists (select from nightshift.job_queue_entry e where e.task_id = t.id)
  ) w
  join nightshift.app_user u on u.no = w.user_no
  join nightshift.company c on c.no = w.company_no
  where u.state = 'disabled' or u.valid_until <= clock_timestamp()
  group by u.name, c.name
  order by u.name, c.name`,
);

export const readAdministrators = statement(
  'doctor_administrators',
  `select count(distinct u.no)::int as administrators
  from nightshift.permission_assignment a
  join nightshift.permission_set s on s.no = a.set_no and s.name = 'SUPER'
  join nightshift.app_user u on u.no = a.user_no
  where a.company_no is null and u.state = 'enabled' and (u.valid_until is null or u.valid_until > clock_timestamp())`,
);
