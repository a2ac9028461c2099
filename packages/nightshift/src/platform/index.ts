export {
  type Application,
  type ApplicationDefinition,
  defineApp,
  isApplication,
  type ServedIntake,
} from './application.ts';
export {
  type DatabaseDrop,
  type DroppedDatabase,
  dropDatabase,
  examineDrop,
} from './database-drop.ts';
export { findingsOf } from './doctor.ts';
export { gatherFacts } from './doctor-facts.ts';
export { RELEASE_HELP } from './environment.ts';
export {
  type EnvironmentInstance,
  type EnvironmentState,
  type EnvironmentVerbs,
  nameToRelease,
  type ReleaseOptions,
} from './environment-verbs.ts';
export type { Finding } from './finding.ts';
export type { Health, HealthInstance } from './health.ts';
export { allCues } from './job-queue-cues.ts';
export { createPlatform, type Identity, type Platform } from './platform.ts';
export type { PlatformOptions } from './platform-options.ts';
export {
  alerts,
  apiKeys,
  approvals,
  auditLog,
  categories,
  companies,
  items,
  jobQueue,
  permissionSets,
  reportInbox,
  rights,
  sessions,
  taskScheduler,
  users,
} from './verbs.ts';
export { VERSION } from './version.ts';
