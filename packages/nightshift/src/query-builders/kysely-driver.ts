import type { DatabaseConnection, Driver } from 'kysely';
import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { SessionConnection } from './kysely-connection.ts';
import { refuseSettings } from './settings.ts';

const nothing = async () => undefined;

/** For transactions that run as a function in `session.savepoint`, which opens and ends them. */
export const SAVEPOINT_DRIVER: Driver = Object.freeze({
  init: nothing,
  // Connections come from the executor, so nobody asks here.
  acquireConnection: () => Promise.reject(new NightshiftError('INTERNAL', 'No connection to be had here.')),
  beginTransaction: nothing,
  commitTransaction: nothing,
  rollbackTransaction: nothing,
  releaseConnection: nothing,
  destroy: nothing,
});

/** For transactions that the caller commits or rolls back by hand: each is a held savepoint. */
export function controlledDriver(session: Session): Driver {
  return {
    ...SAVEPOINT_DRIVER,
    acquireConnection: async () => new SessionConnection(session),
    async beginTransaction(connection, settings) {
      refuseSettings(settings);
      await own(connection).begin();
    },
    commitTransaction: (connection) => own(connection).commit(),
    rollbackTransaction: (connection) => own(connection).rollback(),
    savepoint: (connection, name) => own(connection).savepoint(name),
    rollbackToSavepoint: (connection, name) => own(connection).rollbackTo(name),
    releaseSavepoint: (connection, name) => own(connection).release(name),
  };
}

/** @throws NightshiftError INTERNAL for a connection of another driver */
function own(connection: DatabaseConnection): SessionConnection {
  if (connection instanceof SessionConnection) return connection;
  throw new NightshiftError('INTERNAL', 'The connection is not one of a session.');
}
