export { ActiveSessions, type DeadlineNotes } from './active-sessions.ts';
export { AUTHORITY, actorOf, audited, demandRun, type VerbAuthority } from './authority.ts';
export { QuietEnd } from './background-dialogs.ts';
export { BackgroundSessions } from './background-sessions.ts';
export {
  type Caller,
  type CallerDoor,
  doorOf,
  openDoor,
  type ServiceKey,
  ServiceRegistry,
} from './caller.ts';
export { type CodeunitDefinition, codeunit, isVersion, parseRecord, platformCodeunit } from './codeunit.ts';
export { CodeunitRegistry } from './codeunit-registry.ts';
export type { CommitFence } from './commit-fence.ts';
export type { UserInterface } from './dialogs.ts';
export { type ErrorMessage, type ErrorMessages, type ErrorReport, NO_ERRORS } from './error-message.ts';
export { askedPromise } from './guarded-promise.ts';
export { serveProcess, serveThread } from './isolation/entries.ts';
export type { IsolateContents } from './isolation/inside.ts';
export type { IsolateOrder } from './isolation/isolate-body.ts';
export { IsolatePool, type IsolateService } from './isolation/isolate-pool.ts';
export { moduleMissing } from './isolation/isolated-run.ts';
export type { Outside } from './isolation/remote-session.ts';
export { lentNoOf } from './lent-rights.ts';
export type { LogLine, ProgressCounts, SessionLog } from './log-line.ts';
export {
  type LinesAnswer,
  LOG_BEGINNING,
  LOG_CHANNEL,
  type LogPlace,
  LogRequests,
  linesBehind,
  type NewLines,
  toldElsewhere,
  toldHere,
  type WantedLines,
} from './log-requests.ts';
export { type RecordedStatement, runRecorded, type SessionRecording } from './recorded-session.ts';
export type { RunningSession } from './running-session.ts';
export { terminateBackend } from './session.sql.ts';
export type {
  AnyCodeunit,
  ClientType,
  Codeunit,
  PrivilegedSession,
  QueryConfig,
  QueryField,
  QueryResult,
  RecordArgument,
  Session,
  SessionDatabase,
  TypeParsers,
} from './session.ts';
export { SessionAudit } from './session-audit.ts';
export { isClaimLost } from './session-end.ts';
export { SessionEvents } from './session-events.ts';
export type { SessionHost } from './session-host.ts';
export { loseSessionsOfEnded, sessionHousekeepingOf } from './session-housekeeping.ts';
export {
  goneSession,
  killRefusal,
  type ListedSession,
  listSessions,
  SESSION_READER,
  type SessionEvent,
  type SessionEventFilter,
  sessionEvents,
} from './session-lists.ts';
export { type SessionOptions, type SessionOptionsInput, sessionOptions } from './session-options.ts';
export { NO_NOTES, type RunNotes, type SessionOutcome, type StartReached } from './session-outcome.ts';
export { enterCodeunit, runSession, type SessionWork } from './session-runner.ts';
export type { SessionSpec } from './session-spec.ts';
export { runSharedSession, type SharedSession } from './shared-session.ts';
export { SharedTransaction } from './shared-transaction.ts';
export { SilentBackends } from './silent-backends.ts';
export { SlotPool } from './slots.ts';
export { refuseTooDeep } from './start-depth.ts';
export {
  checkStop,
  isSessionActive,
  killSession,
  SESSIONS,
  type SessionResult,
  type SessionService,
  type StartedSession,
  type StartRequest,
  type StartSessionOptions,
  sessionTimeout,
  startSession,
  stopSession,
} from './start-session.ts';
export { FREQUENT_STARTS_A_MINUTE, SMALL_SESSION_MS, StartWatch } from './start-watch.ts';
export {
  isInReach,
  isListed,
  STOP_CHANNEL,
  type StopDeed,
  StopRequests,
  stopElsewhere,
  stopHere,
} from './stop-requests.ts';
