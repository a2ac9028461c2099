import { statement } from '../database/index.ts';

// Over the platform's own connections: creates entry $4, that application $2 declares as $3, in company $1, if it never did.
export const declareEntry = statement(
  'entry_declare',
  'select nightshift.declare_entry($1, $2, $3, $4::jsonb)',
);

// How entries of company $1 were declared: entry $2, or all; of user $3 only, or of all. $4 is the application that runs here, $5
// what it declares now, by name. Of two states of an entry, the columns that differ; runs move the earliest start by themselves.
export const readDeclarations = statement(
  'entry_declarations',
  `select e.id, e.entry_no, e.declared_by, e.declared_name, code.columns is not null as is_declared,
    array(select j.key from jsonb_each(to_jsonb(e)) j
      where j.value <> to_jsonb(declared)->j.key and j.key <> 'earliest_start' order by j.key) as changed_by_people,
    array(select j.key from jsonb_each(to_jsonb(declared)) j
      where j.value <> to_jsonb(jsonb_populate_record(declared, code.columns))->j.key order by j.key) as changed_in_code
  from nightshift.job_queue_entry e
  cross join lateral jsonb_populate_record(e, e.declared_as) declared
  cross join lateral (select case e.declared_by when $4 then $5::jsonb -> e.declared_name end as columns) code
  where e.company_no = $1 and ($2::uuid is null or e.id = $2) and e.declared_by is not null
    and ($3::integer is null or $3 in (e.created_by, e.run_as))
  order by e.entry_no`,
);
