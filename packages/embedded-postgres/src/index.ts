// Starting, stopping, asking, deleting.

export type { Server } from './connection.ts';
export type { EmbeddedPostgres, EmbeddedPostgresStatus } from './embedded-postgres.ts';
export {
  resetEmbeddedPostgres,
  startEmbeddedPostgres,
  statusOfEmbeddedPostgres,
  stopEmbeddedPostgres,
} from './embedded-postgres.ts';
export type { EmbeddedPostgresErrorCode, EmbeddedPostgresErrorDetails } from './errors.ts';
// Errors.
export { EmbeddedPostgresError } from './errors.ts';
export type { DataDirectoryOptions, NoticeListener, StartOptions, StopMode, StopOptions } from './options.ts';
// Options and their defaults.
export { DATA_DIRECTORY_DEFAULT, SETTINGS_DEFAULT } from './options.ts';
