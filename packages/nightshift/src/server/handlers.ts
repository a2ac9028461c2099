import type { RouteName } from '../contract/routes.ts';
import { ALERT_HANDLERS } from './alert-handlers.ts';
import { BULK_HANDLERS } from './bulk/bulk-handlers.ts';
import { COMPANY_HANDLERS } from './company-handlers.ts';
import type { HandlersOf } from './handler.ts';
import { INSIGHT_HANDLERS } from './insight-handlers.ts';
import { JOB_QUEUE_ENTRY_HANDLERS } from './job-queue-entry-handlers.ts';
import { JOB_QUEUE_HANDLERS } from './job-queue-handlers.ts';
import { FOREGROUND_RUN_HANDLERS } from './live/foreground-run-handlers.ts';
import { PAGE_HANDLERS } from './page-handlers.ts';
import { PEOPLE_HANDLERS } from './people-handlers.ts';
import { REPORT_HANDLERS } from './report-handlers.ts';
import { SIGN_IN_HANDLERS } from './sign-in/sign-in-handlers.ts';
import { VIEW_HANDLERS } from './view-handlers.ts';
import { WORK_HANDLERS } from './work-handlers.ts';
import { WORK_ITEM_HANDLERS } from './work-item-handlers.ts';

/** What serves each route. */
export const HANDLERS: HandlersOf<RouteName> = Object.freeze({
  ...COMPANY_HANDLERS,
  ...JOB_QUEUE_ENTRY_HANDLERS,
  ...FOREGROUND_RUN_HANDLERS,
  ...JOB_QUEUE_HANDLERS,
  ...WORK_HANDLERS,
  ...WORK_ITEM_HANDLERS,
  ...REPORT_HANDLERS,
  ...INSIGHT_HANDLERS,
  ...ALERT_HANDLERS,
  ...BULK_HANDLERS,
  ...VIEW_HANDLERS,
  ...PAGE_HANDLERS,
  ...PEOPLE_HANDLERS,
  ...SIGN_IN_HANDLERS,
});
