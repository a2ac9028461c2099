import { statement } from '../database/index.ts';

export const listCategories = statement(
  'categories_list',
  `select c.code, c.description, c.parallelism, c.version,
    (select count(*)::int from nightshift.job_queue_entry e
      where e.company_no = c.company_no and e.category_code = c.code) as entries,
    (select count(*)::int from nightshift.job_queue_entry e
      where e.company_no = c.company_no and e.category_code = c.code and e.category_slot is not null) as held,
    (select count(*)::int from nightshift.job_queue_entry e
      where e.company_no = c.company_no and e.category_code = c.code and e.status = 'Waiting') as waiting
  from nightshift.job_queue_category c
  where c.company_no = $1 and ($2::text is null or c.code = $2)
  order by c.code`,
);

export const createCategory = statement(
  'category_create',
  'select code from nightshift_session.category_create($1, $2, $3, $4::jsonb) order by code',
);

export const lockCategory = statement(
  'category_lock',
  'select code, description, parallelism, version from nightshift_session.category_lock($1, $2, $3) order by code',
);

export const modifyCategory = statement(
  'category_modify',
  `select activated, category from nightshift_session.category_modify($1, $2, $3, $4::jsonb) order by activated`,
);

export const deleteCategory = statement(
  'category_delete',
  'select nightshift_session.category_delete($1, $2, $3)::int as entries',
);
