import type pg from 'pg';
import type { SlotMessages } from './slot-access.ts';
import type { StatementNames } from './statement-names.ts';

/** A connection for user code, which has the rights of one user in one company and no others. */
export interface Slot extends SlotMessages {
  readonly number: number;
  readonly client: pg.Client;
  readonly login: string;
  /** The process id of its backend. */
  readonly backend: number;
  /** Names for the statements that come again. */
  readonly names: StatementNames;
  /** The answer to the COMMIT of the session before this one, while it is missing; never rejects. */
  answered: Promise<unknown> | null;
  /** How many savepoints of sessions that share a transaction it knows by names; 0: nor what else they begin with. */
  knownSavepoints: number;
}
