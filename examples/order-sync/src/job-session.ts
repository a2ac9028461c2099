import type { Session, SessionDatabase } from 'nightshift';

/** What talks to the shop needs of a session. */
export type JobSession = Pick<Session, 'sleep' | 'signal' | 'log'>;

/** Where statements go. */
export type Database = SessionDatabase;
