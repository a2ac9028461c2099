export { type Actor, type AuditEntry, type AuditObject, writeAudit } from './audit-log.ts';
export { Authority, userGone, type Wish } from './authority.ts';
export {
  type Assignment,
  type Company,
  type CompanyCard,
  type Directory,
  type InherentPermission,
  isGone,
  readDirectory,
  type User,
  type UserCard,
} from './directory.ts';
export {
  lackingTables,
  mayRun,
  NO_RIGHTS,
  type Rights,
  reachOfRights,
  type StoredPermissionSet,
  tableRights,
} from './effective-rights.ts';
export { LiveDirectory, RIGHTS_CHANNEL } from './live-directory.ts';
export { EVERY } from './name-set.ts';
export {
  checkDefinition,
  checkTables,
  checkText,
  type PermissionSet,
  type PermissionSetDefinition,
  type PermissionSetInput,
  permissionSet,
  type TableRight,
} from './permission-set.ts';
export { lockEnvironment } from './permissions.sql.ts';
export { companySchema, ensureRoles, type RoleNames } from './roles.ts';
