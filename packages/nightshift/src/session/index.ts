export { ActiveSessions } from './active-sessions.ts';
export { QuietEnd } from './background-dialogs.ts';
export {
  type Caller,
  type CallerDoor,
  doorOf,
  openDoor,
  type ServiceKey,
  ServiceRegistry,
} from './caller.ts';
export { codeunit, parseRecord, platformCodeunit } from './codeunit.ts';
export { CodeunitRegistry } from './codeunit-registry.ts';
export type { CommitFence } from './commit-fence.ts';
export type { UserInterface } from './dialogs.ts';
export type { LogLine, SessionLog } from './log-line.ts';
export { terminateBackend } from './session.sql.ts';
export type {
  AnyCodeunit,
  ClientType,
  Codeunit,
  PrivilegedSession,
  QueryConfig,
  QueryResult,
  RecordArgument,
  Session,
  SessionDatabase,
} from './session.ts';
export { enterCodeunit, runSession, type SessionOutcome } from './session-runner.ts';
export type { RunNotes, SessionHost } from './session-spec.ts';
export { SlotPool } from './slots.ts';
