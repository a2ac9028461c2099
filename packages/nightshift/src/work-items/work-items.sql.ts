import { statement } from '../database/index.ts';

// $1 and $2 are the user and the company everywhere, $3 the name of the table.

// $4 to $6: of each row the external id, the payload and what few have; $7: columns of the application.
export const stageItems = statement(
  'items_stage',
  'select * from nightshift_session.items_stage($1, $2, $3, $4, $5, $6, $7, $8)',
);

export const claimItems = statement(
  'items_claim',
  'select * from nightshift_session.items_claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
);

export const beginItems = statement(
  'items_begin',
  'select items_begin as id from nightshift_session.items_begin($1, $2, $3, $4)',
);

export const finishItems = statement(
  'items_finish',
  'select nightshift_session.items_finish($1, $2, $3, $4, $5, $6::jsonb, $7::json, $8)',
);

export const releaseItems = statement(
  'items_release',
  'select nightshift_session.items_release($1, $2, $3, $4)',
);

export const remainingItems = statement(
  'items_remaining',
  'select * from nightshift_session.items_remaining($1, $2, $3, $4)',
);

export const beginCall = statement(
  'items_call_begin',
  'select * from nightshift_session.items_call_begin($1, $2, $3, $4, $5, $6, $7, $8)',
);

export const endCall = statement(
  'items_call_end',
  'select nightshift_session.items_call_end($1, $2, $3, $4, $5, $6::jsonb, $7)',
);

/** What an isolate may have run over the platform's own connections. */
export const CALL_STATEMENTS = [beginCall, endCall] as const;

export const listItems = statement(
  'items_list',
  'select items_list as item from nightshift_session.items_list($1, $2, $3, $4, $5::jsonb, $6)',
);

export const getItem = statement(
  'items_get',
  'select items_get as item from nightshift_session.items_get($1, $2, $3, $4, $5)',
);

export const groupItems = statement(
  'items_groups',
  'select * from nightshift_session.items_groups($1, $2, $3)',
);

// $4: retry, skip, resolve or assign; of the ids $5, or of what has failed with fingerprint $6.
export const changeItems = statement(
  'items_change',
  'select * from nightshift_session.items_change($1, $2, $3, $4, $5, $6, $7::jsonb, $8)',
);

export const editItem = statement(
  'items_edit',
  'select * from nightshift_session.items_edit($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8)',
);

export const countItems = statement(
  'items_counts',
  'select * from nightshift_session.items_counts($1, $2, $3)',
);

// What people did with an item of table $2, the newest first: with it alone, by its number $3 or its external id $4, or with
// many. Of changes of many the last thousand are looked at. $1: the company.
export const itemHistory = statement(
  'items_history',
  `select at, user_name, verb, coalesce(after ->> 'reason', after ->> 'note') as text
  from (
    (select id, at, user_name, verb, after from nightshift.audit_log
      where object_kind = 'item' and object_id = any(array[$2 || '/' || $3, $2 || '/' || $4]) and company_no = $1
        and result = 'allowed'
      order by at desc, id desc limit 100)
    union all
    (select id, at, user_name, verb, after from (
      select * from nightshift.audit_log
      where object_kind = 'item' and object_id = $2 and company_no = $1 and result = 'allowed'
      order by at desc, id desc limit 1000
    ) many where jsonb_exists(before -> 'externalIds', $4))
  ) done
  order by at desc, id desc limit 100`,
);
