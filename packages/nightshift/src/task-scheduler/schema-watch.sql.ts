import { statement } from '../database/index.ts';

// $1: the platform's migrations that this release knows. The upgrades come with the view's own look at who lives.
export const readSchemaState = statement(
  'schema_state_read',
  `select (select max(name) from nightshift.migration where not name = any($1::text[])) as newer,
    coalesce((select json_agg(json_build_object('companyNo', company_no, 'what', what) order by company_no, what)
      from nightshift.upgrade_in_progress), '[]') as upgrades`,
);

// For doctor; null takes it back.
export const noteNewerSchema = statement(
  'instance_note_newer_schema',
  'update nightshift.server_instance set newer_migration = $2 where epoch = $1',
);
