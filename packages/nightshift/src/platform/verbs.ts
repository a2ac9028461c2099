import {
  assignPermissionSet,
  checkRights,
  copyCompany,
  createApiKey,
  createCompany,
  createPermissionSet,
  createUser,
  deleteCompany,
  deletePermissionSet,
  disableUser,
  enableUser,
  explainRights,
  getCompany,
  getPermissionSet,
  getUser,
  listApiKeys,
  listAuditLog,
  listCompanies,
  listLentRights,
  listPermissionSets,
  listRights,
  listUsers,
  modifyPermissionSet,
  modifyUser,
  prepareRights,
  recordRights,
  renameCompany,
  repairRights,
  revokeApiKey,
  setWorkCalendar,
  unassignPermissionSet,
  workCalendar,
} from '../administration/index.ts';
import {
  approve,
  categories as categoriesOfCompany,
  copy,
  create,
  cues,
  cueThresholds,
  declaration,
  declarations,
  describe,
  describeMany,
  enqueue,
  errorMessages,
  explain,
  get,
  getAlert,
  getApproval,
  hold,
  list,
  listAlerts,
  listApprovals,
  logEntries,
  logEntry,
  logPage,
  markAlerts,
  modify,
  page,
  plannedRuns,
  planSchedule,
  reassign,
  rehearseReady,
  reject,
  release,
  remove,
  removeFailed,
  requestApproval,
  resetToCode,
  restart,
  retention,
  runErrorGroups,
  runFacts,
  runLines,
  runNow,
  runOnce,
  scheduleWarnings,
  setCompanyCueThresholds,
  setCueThresholds,
  setOnHold,
  setPriority,
  setStatusToReady,
  stopRun,
  wake,
  watch,
  withdraw,
} from '../job-queue/index.ts';
import {
  deleteDocuments,
  fetchDocument,
  getDocument,
  listDocuments,
  markDocuments,
} from '../reports/index.ts';
import { listSessions, sessionEvents } from '../session/index.ts';
import {
  canCreateTask,
  cancelTask,
  createTask,
  deleteFailedTask,
  explainTask,
  getTask,
  listTasks,
  pageTasks,
  reassignTask,
  rerunFailedTask,
  setTaskReady,
  taskExists,
} from '../task-scheduler/index.ts';
import {
  assignItems,
  editPayload,
  errorGroups,
  getItem,
  historyOfItem,
  itemTables,
  listItems,
  resolveItems,
  retryItems,
  settleCall,
  skipItems,
} from '../work-items/index.ts';

/** The task scheduler's verbs: run a codeunit once, in the background, not before a time. */
export const taskScheduler = Object.freeze({
  createTask,
  setTaskReady,
  taskExists,
  cancelTask,
  canCreateTask,
  rerunFailedTask,
  deleteFailedTask,
  reassign: reassignTask,
  get: getTask,
  list: listTasks,
  page: pageTasks,
  explain: explainTask,
});

/** What runs now, and what happened to what ran. */
export const sessions = Object.freeze({ list: listSessions, events: sessionEvents });

/** The job queue's verbs: standing, user-managed orders to run an object. */
export const jobQueue = Object.freeze({
  create,
  enqueue,
  declaration,
  declarations,
  resetToCode,
  get,
  describe,
  describeMany,
  list,
  page,
  explain,
  scheduleWarnings,
  plannedRuns,
  retention,
  planSchedule,
  rehearseReady,
  cues,
  cueThresholds,
  setCueThresholds,
  setCompanyCueThresholds,
  watch,
  logEntries,
  errorMessages,
  errorGroups: runErrorGroups,
  runFacts,
  runLines,
  logPage,
  logEntry,
  runOnce,
  setOnHold,
  setStatusToReady,
  wake,
  modify,
  reassign,
  requestApproval,
  restart,
  runNow,
  stopRun,
  copy,
  delete: remove,
  setPriority,
  hold,
  release,
  removeFailed,
});

/** Categories of job queue entries: of one only so many run at a time, the others wait, the most urgent first. */
export const categories = categoriesOfCompany;

/** Requests of those who may not set an entry Ready: who approves one, lets the entry run as himself. */
export const approvals = Object.freeze({
  list: listApprovals,
  get: getApproval,
  approve,
  reject,
  withdraw,
});

/** What people are told who do not look: each sees what concerns him. */
export const alerts = Object.freeze({ list: listAlerts, get: getAlert, markSeen: markAlerts });

/** Users: who acts. They are never deleted, since tasks, logs and the audit log name them; one who is gone is disabled. */
export const users = Object.freeze({
  create: createUser,
  list: listUsers,
  get: getUser,
  modify: modifyUser,
  disable: disableUser,
  enable: enableUser,
});

/** Permission sets: named rights, given to users in one company or in all. */
export const permissionSets = Object.freeze({
  list: listPermissionSets,
  get: getPermissionSet,
  create: createPermissionSet,
  modify: modifyPermissionSet,
  delete: deletePermissionSet,
  assign: assignPermissionSet,
  unassign: unassignPermissionSet,
});

/** Who may do what, and why. */
export const rights = Object.freeze({
  explain: explainRights,
  list: listRights,
  lent: listLentRights,
  record: recordRights,
  check: checkRights,
  repair: repairRights,
  prepare: prepareRights,
});

/** API keys: what machines sign in with. One belongs to a user in a company; its rights are his, within its scopes. */
export const apiKeys = Object.freeze({ create: createApiKey, list: listApiKeys, revoke: revokeApiKey });

/** What people have done, and what they were refused. */
export const auditLog = Object.freeze({ list: listAuditLog });

/** The verbs about companies: partitions of the business data. */
export const companies = Object.freeze({
  create: createCompany,
  list: listCompanies,
  get: getCompany,
  rename: renameCompany,
  copy: copyCompany,
  delete: deleteCompany,
  workCalendar,
  setWorkCalendar,
});

/**
 * The caller's report inbox, where documents of reports land: `list`, `get`, `fetch` (the document as a file), `mark` as read
 * or not, `delete`. Each verb commits at once. Not for codeunits in a thread or process of their own.
 */
export const reportInbox = Object.freeze({
  list: listDocuments,
  get: getDocument,
  fetch: fetchDocument,
  mark: markDocuments,
  delete: deleteDocuments,
});

/** What people do about work items: nothing is tried again behind their backs once it has failed for good. */
export const items = Object.freeze({
  tables: itemTables,
  history: historyOfItem,
  list: listItems,
  get: getItem,
  errorGroups,
  retry: retryItems,
  skip: skipItems,
  resolve: resolveItems,
  assign: assignItems,
  editPayload,
  settleCall,
});
