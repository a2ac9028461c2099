export { NightshiftError, type StoredError } from './foundation/index.ts';
export {
  describeSchedule,
  evaluateDateFormula,
  initialRunTime,
  isWithinRunWindow,
  type JobQueueEntry,
  type JobQueueEntryInput,
  type JobQueueEntryStatus,
  type JobQueueLogEntry,
  jobQueueEntryRecord,
  nextRunTime,
  previewRuns,
  type RunOnceResult,
  rerunDelay,
  type Schedule,
  type ScheduleInput,
} from './job-queue/index.ts';
export {
  type Application,
  type ApplicationDefinition,
  createPlatform,
  defineApp,
  type Identity,
  jobQueue,
  type Platform,
  type PlatformOptions,
  taskScheduler,
} from './platform/index.ts';
export {
  type Caller,
  type Codeunit,
  codeunit,
  type QueryConfig,
  type QueryResult,
  type Session,
  type SessionDatabase,
  type SessionLog,
  type UserInterface,
} from './session/index.ts';
export { type RetryPolicy, retryDelay } from './task-scheduler/index.ts';
export type { TelemetryEvent, TelemetryReceiver } from './telemetry/index.ts';
