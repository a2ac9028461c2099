import { statement } from '../database/index.ts';

export const readEnforcement = statement(
  'enforcement_read',
  'select enforcement from nightshift.environment',
);

export const writeEnforcement = statement(
  'enforcement_write',
  'update nightshift.environment set enforcement = $1',
);

// As long as an instance keeps its lease without a beat.
export const liveInstances = statement(
  'enforcement_live_instances',
  `select place from nightshift.server_instance
  where ended_at is null and beat_at > clock_timestamp() - interval '15 seconds'
  order by place, epoch`,
);

export const adoptObjects = statement('enforcement_adopt_objects', 'select nightshift.adopt_application($1)');

export const readLogin = statement('enforcement_login', 'select current_user as login');
