export {
  type Actor,
  type AuditEntry,
  type AuditObject,
  auditRow,
  codeOf,
  writeAudit,
} from './audit-log.ts';
export { Authority, type Reaches, type Wish } from './authority.ts';
export {
  type Company,
  type CompanyCard,
  type Directory,
  directoryOf,
  isGone,
  readDirectory,
  type User,
  type UserCard,
} from './directory.ts';
export {
  circleOf,
  type ObjectType,
  type Rights,
  reachOfRights,
  type StoredPermissionSet,
  tableRights,
} from './effective-rights.ts';
export {
  type Enforcement,
  enforcementOf,
  type PermissionOptions,
  type PermissionOptionsInput,
  permissionOptions,
} from './enforcement.ts';
export { LiveDirectory, RIGHTS_CHANNEL } from './live-directory.ts';
export { type MissingRight, wordsOfRights } from './missing-text.ts';
export { EVERY, hasName } from './name-set.ts';
export {
  checkDefinition,
  checkTables,
  checkText,
  type PermissionSet,
  type PermissionSetDefinition,
  type PermissionSetInput,
  permissionSet,
} from './permission-set.ts';
export { lockEnvironment, ownSchema } from './permissions.sql.ts';
export { userGone } from './refusals.ts';
export { accessDenied, type RefusedAccess } from './refused-access.ts';
export type { RunnableObject } from './rehearsal.ts';
export {
  type ExplainedRun,
  type ExplanationStep,
  explainRun,
  type RightsExplanation,
  type TableInDatabase,
} from './rights-explanation.ts';
export { type CodeunitOverview, type NeededRight, rightsOverview } from './rights-overview.ts';
export { type ForeignKey, type ProbeResult, probeStatements } from './rights-probe.ts';
export { alignRoles, type RoleScope, roleForIdentity } from './role-align.ts';
export {
  alignAtStart,
  DIFFERENCES_NAMED_MAX,
  describeDifference,
  type RoleHealth,
  readRoleHealth,
  repairRoles,
  roleDrift,
  type UnknownTable,
  unknownTables,
} from './role-drift.ts';
export { dropCompanyRoles } from './role-drop.ts';
export { companySchema, type RoleNames } from './role-names.ts';
export {
  dropRolesOfMark,
  findOrphans,
  type OrphanedRoles,
  type OrphanSearch,
  ownMark,
  rolesOfMark,
} from './role-orphans.ts';
export { everyIdentity, prepareRoles } from './role-prepare.ts';
export type { RoleDifference } from './role-state.ts';
export { SHARED_SCHEMA } from './role-wanted.ts';
export { ensureRoles } from './roles.ts';
export {
  type Holiday,
  isWorkingTime,
  readWorkCalendar,
  type Weekday,
  type WorkCalendar,
  type WorkingHours,
  workCalendar,
  workingTimeWithin,
} from './work-calendar.ts';
