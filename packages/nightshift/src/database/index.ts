export { type CommitEnd, sendCommand, sendCommitBehind, sendPreparation } from './command.ts';
export { addressOf, type ConnectionSettings, connect, VALUE_PARSERS } from './connection.ts';
export { type Database, openDatabase, PLATFORM_CONNECTIONS_MAX } from './database.ts';
export { listenerOf } from './listener.ts';
export { lostAnswerOf, noteLostAnswer } from './lost-answer.ts';
export {
  checkSchema,
  type Migration,
  migrate,
  migrationDigest,
  PLATFORM_MIGRATIONS,
  readMigrationFolder,
} from './migrations.ts';
export { type Opening, type OpeningCommand, opening } from './opening.ts';
export { noteLastingEffect, RequestWork } from './request-work.ts';
export { type RowRequest, sendRowQueries, sendRowQuery } from './row-query.ts';
export { farewell, forgetStatements, isAwaited, streamOf } from './socket.ts';
export {
  classifyFailure,
  SQLSTATE_CLAIM_LOST,
  SQLSTATE_IN_FAILED_TRANSACTION,
  SQLSTATE_NO_CONNECTION,
  SQLSTATE_NOT_THE_CALLER,
  SQLSTATE_QUERY_CANCELED,
  SQLSTATE_READ_ONLY,
  SQLSTATE_UNKNOWN_STATEMENT,
} from './sqlstate.ts';
export { declaredStatement, type Executor, type Statement, statement } from './statement.ts';
export { executorOver, type Transaction } from './transaction.ts';
export { Turns } from './turns.ts';
export { uuidArray } from './uuid-array.ts';
