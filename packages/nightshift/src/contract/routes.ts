import { COMPANY_ROUTES } from './company-routes.ts';
import { JOB_QUEUE_ENTRY_ROUTES } from './job-queue-entry-routes.ts';
import { JOB_QUEUE_ROUTES } from './job-queue-routes.ts';
import { PEOPLE_ROUTES } from './people-routes.ts';
import { SIGN_IN_ROUTES } from './sign-in-routes.ts';
import { WORK_ROUTES } from './work-routes.ts';

/** Every address of the interface, by its name: the one table. Server, specification, clients and tests read it. */
export const ROUTES = Object.freeze({
  ...COMPANY_ROUTES,
  ...JOB_QUEUE_ENTRY_ROUTES,
  ...JOB_QUEUE_ROUTES,
  ...WORK_ROUTES,
  ...PEOPLE_ROUTES,
  ...SIGN_IN_ROUTES,
});

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
