import { statement } from '../database/index.ts';

// Over the platform's own connections: creates entry $4, that application $2 declares as $3, in company $1, if it never did.
export const declareEntry = statement(
  'entry_declare',
  'select nightshift.declare_entry($1, $2, $3, $4::jsonb)',
);

// How entry $2 was declared. $3: what the code says now, null: nothing. Of two states of an entry, the columns that differ.
export const readDeclaration = statement(
  'entry_declaration',
  `select e.declared_by, e.declared_name,
    array(select j.key from jsonb_each(to_jsonb(e)) j
      where j.value <> to_jsonb(jsonb_populate_record(e, e.declared_as))->j.key order by j.key) as changed_by_people,
    array(select j.key from jsonb_each(to_jsonb(jsonb_populate_record(e, e.declared_as))) j
      where j.value <> to_jsonb(jsonb_populate_record(jsonb_populate_record(e, e.declared_as), $3::jsonb))->j.key
      order by j.key) as changed_in_code
  from nightshift.job_queue_entry e
  where e.company_no = $1 and e.id = $2 and e.declared_by is not null`,
);
