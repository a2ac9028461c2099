export { type Company, type Directory, readDirectory, type User } from './directory.ts';
export { lockEnvironment } from './permissions.sql.ts';
export { companySchema, ensureRoles, type RoleNames } from './roles.ts';
