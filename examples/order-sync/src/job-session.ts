import type { Session, SessionDatabase } from 'nightshift';

/** The part of a session that this application uses; tests run the same code on a plain database connection. */
export type JobSession = Pick<
  Session,
  'db' | 'commit' | 'savepoint' | 'sleep' | 'signal' | 'log' | 'progress' | 'error' | 'idempotencyKey'
>;

/** Where statements go. */
export type Database = SessionDatabase;
