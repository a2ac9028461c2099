import { statement } from './statement.ts';

export const readServerVersion = statement(
  'server_version',
  `select current_setting('server_version_num') as number, current_setting('server_version') as text`,
);
