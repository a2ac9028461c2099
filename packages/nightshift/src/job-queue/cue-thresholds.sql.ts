import { statement } from '../database/index.ts';

// Of user $2 in company $1, and of the company.
export const readCueThresholds = statement(
  'cue_thresholds_read',
  `select user_no is not null as is_own, thresholds from nightshift.cue_thresholds
  where company_no = $1 and (user_no = $2 or user_no is null)
  order by user_no nulls last`,
);

// $2 null: of the company; $3 null: none any more.
export const writeCueThresholds = statement(
  'cue_thresholds_write',
  `with gone as (
    delete from nightshift.cue_thresholds
    where company_no = $1 and user_no is not distinct from $2::integer and $3::jsonb is null
  )
  insert into nightshift.cue_thresholds (company_no, user_no, thresholds)
  select $1, $2::integer, $3::jsonb where $3::jsonb is not null
  on conflict (company_no, user_no) do update set thresholds = excluded.thresholds
  returning company_no`,
);
