import { ALERT_ROUTES } from './alert-routes.ts';
import { BULK_OPERATION_ROUTES } from './bulk-operation-routes.ts';
import { COMPANY_ROUTES } from './company-routes.ts';
import { FOREGROUND_RUN_ROUTES } from './foreground-run-routes.ts';
import { INSIGHT_ROUTES } from './insight-routes.ts';
import { JOB_QUEUE_ENTRY_ROUTES } from './job-queue-entry-routes.ts';
import { JOB_QUEUE_ROUTES } from './job-queue-routes.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import { REPORT_ROUTES } from './report-routes.ts';
import { SIGN_IN_ROUTES } from './sign-in-routes.ts';
import { WORK_ITEM_ROUTES } from './work-item-routes.ts';
import { WORK_ROUTES } from './work-routes.ts';

/** Every address of the interface, by its name: the one table. Server, specification, clients and tests read it. */
export const ROUTES = Object.freeze({
  ...COMPANY_ROUTES,
  ...JOB_QUEUE_ENTRY_ROUTES,
  ...FOREGROUND_RUN_ROUTES,
  ...JOB_QUEUE_ROUTES,
  ...WORK_ROUTES,
  ...WORK_ITEM_ROUTES,
  ...REPORT_ROUTES,
  ...INSIGHT_ROUTES,
  ...ALERT_ROUTES,
  ...BULK_OPERATION_ROUTES,
  ...PAGE_ROUTES,
  ...PEOPLE_ROUTES,
  ...SIGN_IN_ROUTES,
});

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
