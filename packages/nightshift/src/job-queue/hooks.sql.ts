import { statement } from '../database/index.ts';

export const hookMarked = statement(
  'run_hook_marked',
  'select nightshift_session.run_hook_marked($1, $2, $3) as marked',
);

export const markHook = statement('run_hook_mark', 'select nightshift_session.run_hook_mark($1, $2, $3)');

export const noteInLog = statement('log_note', 'select nightshift_session.log_note($1, $2, $3, $4)');
