import { statement } from '../database/index.ts';

/** Views that one user keeps in a company. */
export const VIEWS_MAX = 200;

// Those of user $2 in company $1, and those that others share; $3: of this list only, $4: this one only.
export const listViews = statement(
  'views_list',
  `select v.id, v.list, v.name, v.query, v.shared, v.user_no, u.name as user_name, v.changed_at, v.version
  from nightshift.saved_view v join nightshift.app_user u on u.no = v.user_no
  where v.company_no = $1 and (v.user_no = $2 or v.shared) and ($3::text is null or v.list = $3)
    and ($4::uuid is null or v.id = $4)
  order by v.list, v.name, v.id`,
);

export const addView = statement(
  'views_add',
  `with kept as (
    select count(*)::integer as views from nightshift.saved_view where company_no = $2 and user_no = $3
  ), made as (
    insert into nightshift.saved_view (id, company_no, user_no, list, name, query, shared, changed_at)
    select $1, $2, $3, $4, $5, $6, $7, $8 from kept where views < ${VIEWS_MAX}
    on conflict (company_no, user_no, list, name) do nothing returning id
  )
  select exists (select from made) as made, views as kept from kept`,
);

export const changeView = statement(
  'views_change',
  `with taken as (
    select o.id from nightshift.saved_view v join nightshift.saved_view o
      on o.company_no = v.company_no and o.user_no = v.user_no and o.list = v.list and o.name = $3 and o.id <> v.id
    where v.id = $1
  ), changed as (
    update nightshift.saved_view set name = coalesce($3, name), query = coalesce($4, query), shared = coalesce($5, shared),
      changed_at = $6, version = version + 1
    where id = $1 and version = $2 and not exists (select from taken) returning id
  )
  select exists (select from changed) as changed, exists (select from taken) as taken`,
);

export const deleteView = statement('views_delete', 'delete from nightshift.saved_view where id = $1');
