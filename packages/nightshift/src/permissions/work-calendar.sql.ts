import { statement } from '../database/index.ts';

export const readWorkCalendar = statement(
  'work_calendar_read',
  `select jsonb_build_object(
    'timeZone', c.time_zone,
    'version', c.version,
    'hours', (select coalesce(jsonb_agg(jsonb_build_object('weekday', h.weekday,
        'from', left(h.starting_time::text, 5), 'to', left(h.ending_time::text, 5))
        order by h.weekday, h.starting_time), '[]')
      from nightshift.company_working_hours h where h.company_no = c.no),
    'holidays', (select coalesce(jsonb_agg(jsonb_build_object('day', to_char(d.day, 'YYYY-MM-DD'), 'name', d.name)
        order by d.day), '[]')
      from nightshift.company_holiday d where d.company_no = c.no)
  ) as calendar
  from nightshift.company c where c.no = $1`,
);
