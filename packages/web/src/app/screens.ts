import { ALERTS_SCREEN } from '../screens/alerts/screen.ts';
import { KEYS_SCREEN } from '../screens/api-keys/screen.ts';
import { APPROVALS_SCREEN } from '../screens/approvals/screen.ts';
import { AUDIT_SCREEN } from '../screens/audit/screen.ts';
import { BULK_OPERATION_SCREEN, BULK_OPERATIONS_SCREEN } from '../screens/bulk-operations/screen.ts';
import { ENTRIES_SCREEN, ENTRY_SCREEN } from '../screens/entries/screen.ts';
import { FAILED_WORK_SCREEN } from '../screens/failed-work/screen.ts';
import { HEALTH_SCREEN } from '../screens/health/screen.ts';
import { HELP_SCREEN } from '../screens/help/screen.ts';
import { HOME_PATH } from '../screens/home/paths.ts';
import { HOME_SCREEN } from '../screens/home/screen.ts';
import { LOG_ENTRIES_SCREEN, LOG_ENTRY_SCREEN } from '../screens/log-entries/screen.ts';
import { SET_SCREEN, SETS_SCREEN } from '../screens/permission-sets/screen.ts';
import { REPORT_INBOX_SCREEN } from '../screens/report-inbox/screen.ts';
import { REPORTS_SCREEN } from '../screens/reports/screen.ts';
import { RIGHTS_SCREEN } from '../screens/rights/screen.ts';
import { TASK_SCREEN, TASKS_SCREEN } from '../screens/scheduled-tasks/screen.ts';
import { SESSION_EVENTS_SCREEN, SESSIONS_SCREEN } from '../screens/sessions/screen.ts';
import { CATEGORIES_SCREEN, SETUP_SCREEN } from '../screens/setup/screen.ts';
import { TIMELINE_SCREEN } from '../screens/timeline/screen.ts';
import { USER_SCREEN, USERS_SCREEN } from '../screens/users/screen.ts';
import {
  WORK_ITEM_SCREEN,
  WORK_ITEM_TABLES_SCREEN,
  WORK_ITEMS_SCREEN,
} from '../screens/work-items/screen.ts';
import type { Screen } from './screen.ts';

/** Every screen inside the frame. A new one is a line here. */
export const SCREENS: readonly Screen[] = [
  ENTRIES_SCREEN,
  ENTRY_SCREEN,
  HELP_SCREEN,
  LOG_ENTRIES_SCREEN,
  LOG_ENTRY_SCREEN,
  REPORT_INBOX_SCREEN,
  REPORTS_SCREEN,
  FAILED_WORK_SCREEN,
  WORK_ITEM_TABLES_SCREEN,
  WORK_ITEMS_SCREEN,
  WORK_ITEM_SCREEN,
  HOME_SCREEN,
  TASKS_SCREEN,
  TASK_SCREEN,
  SESSIONS_SCREEN,
  SESSION_EVENTS_SCREEN,
  HEALTH_SCREEN,
  TIMELINE_SCREEN,
  APPROVALS_SCREEN,
  ALERTS_SCREEN,
  BULK_OPERATIONS_SCREEN,
  BULK_OPERATION_SCREEN,
  USERS_SCREEN,
  USER_SCREEN,
  SETS_SCREEN,
  SET_SCREEN,
  RIGHTS_SCREEN,
  KEYS_SCREEN,
  AUDIT_SCREEN,
  CATEGORIES_SCREEN,
  SETUP_SCREEN,
];

/** Where somebody lands. */
export const HOME = HOME_PATH;

/** Addresses of Business Central that consultants know by heart, and where they lead here. */
export const HABITS: Readonly<Record<string, string>> = {
  'page=672': '/job-queue-entries',
  'page=673': '/job-queue-entries',
  'page=671': '/categories',
  'page=674': '/job-queue-log-entries',
  'page=680': '/report-inbox',
  'page=681': '/report-inbox',
  'page=3845': '/scheduled-tasks',
  'page=9800': '/users',
  'page=9802': '/permission-sets',
  'page=9506': '/sessions',
  'table=472': '/job-queue-entries',
  'table=474': '/job-queue-log-entries',
  'table=477': '/report-inbox',
  'table=2000000110': '/sessions',
  'table=2000000111': '/session-events',
  'table=2000000175': '/scheduled-tasks',
};
