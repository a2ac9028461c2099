import { defineApp } from 'nightshift';
import { wait } from './src/lessons/limits.ts';
import { writeLogEntry } from './src/lessons/surviving-log.ts';
import { finishLogEntry } from './src/lessons/the-race.ts';
import { theWorksInTwoRows } from './src/lessons/two-rows.ts';
import { START_SESSION_0001 } from './src/start-session-0001.sql.ts';
import { theWorks } from './src/the-works.ts';

/** A customer list that has work done in the background. */
export default defineApp({
  name: 'start-session',
  codeunits: [theWorks, finishLogEntry, writeLogEntry, theWorksInTwoRows, wait],
  migrations: [{ name: '0001_start_session', sql: START_SESSION_0001 }],
});
