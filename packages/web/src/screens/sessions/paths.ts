/** Where the sessions that run are. */
export const SESSIONS_PATH = '/sessions';

/** Where the events of all sessions are. */
export const SESSION_EVENTS_PATH = '/session-events';
