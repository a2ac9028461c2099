import type { RouteName } from '../contract/routes.ts';
import { COMPANY_HANDLERS } from './company-handlers.ts';
import type { HandlersOf } from './handler.ts';
import { JOB_QUEUE_ENTRY_HANDLERS } from './job-queue-entry-handlers.ts';
import { JOB_QUEUE_HANDLERS } from './job-queue-handlers.ts';
import { PEOPLE_HANDLERS } from './people-handlers.ts';
import { SIGN_IN_HANDLERS } from './sign-in/sign-in-handlers.ts';
import { WORK_HANDLERS } from './work-handlers.ts';

/** What serves each route. */
export const HANDLERS: HandlersOf<RouteName> = Object.freeze({
  ...COMPANY_HANDLERS,
  ...JOB_QUEUE_ENTRY_HANDLERS,
  ...JOB_QUEUE_HANDLERS,
  ...WORK_HANDLERS,
  ...PEOPLE_HANDLERS,
  ...SIGN_IN_HANDLERS,
});
