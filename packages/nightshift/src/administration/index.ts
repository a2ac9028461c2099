export { ADMINISTRATION, type AdministeredApplication } from './administration-service.ts';
export {
  type ApiKey,
  type ApiKeyFilter,
  type ApiKeyInput,
  apiKeyActions,
  type CreatedApiKey,
  checkApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} from './api-keys.ts';
export {
  type AssignmentInput,
  type AssignmentResult,
  assignPermissionSet,
  unassignPermissionSet,
} from './assignments.ts';
export { AUDIT_LIMIT_MAX, type AuditFilter, type AuditLogEntry, listAuditLog } from './audit-list.ts';
export { readApplicationMigrations, workAsOwner } from './companies.sql.ts';
export {
  type CompanyCalendar,
  type CompanyChangeOptions,
  getCompany,
  listCompanies,
  renameCompany,
  setWorkCalendar,
  workCalendar,
} from './companies.ts';
export type { ListedCompany } from './company.ts';
export { type CompanyCopy, type CopiedCompany, copyCompany } from './company-copy.ts';
export type { CopiedRows, CopyProgress } from './company-copy-rows.ts';
export { type CompanyInput, createCompany } from './company-create.ts';
export { type CompanyDeletion, type DeletedCompany, deleteCompany } from './company-delete.ts';
export type { RemovedWithCompany } from './company-removal.ts';
export { applyMigration, type CompanyMigration, migrationChanged } from './company-tables.ts';
export type { EffectiveRights, NameList } from './effective-view.ts';
export { explainRights, type RightsQuestion } from './explain-rights.ts';
export { declareInherentPermissions, listLentRights } from './inherent-permissions.ts';
export { listRights, type RightsOverview } from './list-rights.ts';
export {
  type ChangedPermissionSet,
  createPermissionSet,
  type DeletePermissionSetOptions,
  deletePermissionSet,
  modifyPermissionSet,
} from './permission-set-changes.ts';
export { checkDeclarations, declarePermissionSets } from './permission-set-declarations.ts';
export type { PermissionSetChanges } from './permission-set-input.ts';
export {
  getPermissionSet,
  type ListedPermissionSet,
  listPermissionSets,
  type PermissionSetDetails,
  type SetAssignment,
} from './permission-sets.ts';
export { type RecordedRights, type RightsRecordingInput, recordRights } from './record-rights.ts';
export {
  checkRights,
  prepareRights,
  type RightsCheck,
  type RightsRepair,
  repairRights,
} from './rights-repair.ts';
export { userActions } from './user-actions.ts';
export type { UserChanges, UserInput } from './user-input.ts';
export {
  createUser,
  disableUser,
  enableUser,
  getUser,
  type ListedUser,
  listUsers,
  modifyUser,
  type UserAssignment,
  type UserDetails,
  type UserFilter,
} from './users.ts';
