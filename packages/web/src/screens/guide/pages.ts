import type { GuidePage } from './texts.ts';

type Load = () => Promise<{ readonly html: string }>;

/** The pages of docs/ that the guide has, each a chunk of its own. */
export const GUIDE_PAGES: Readonly<Record<GuidePage, Load>> = {
  'job-queue': () => import('virtual:guide/job-queue'),
  states: () => import('virtual:guide/states'),
  'background-work': () => import('virtual:guide/background-work'),
  tasks: () => import('virtual:guide/tasks'),
  roles: () => import('virtual:guide/roles'),
  permissions: () => import('virtual:guide/permissions'),
  rights: () => import('virtual:guide/rights'),
  reports: () => import('virtual:guide/reports'),
  alerts: () => import('virtual:guide/alerts'),
  approvals: () => import('virtual:guide/approvals'),
  security: () => import('virtual:guide/security'),
  companies: () => import('virtual:guide/companies'),
  environments: () => import('virtual:guide/environments'),
  options: () => import('virtual:guide/options'),
  api: () => import('virtual:guide/api'),
  errors: () => import('virtual:guide/errors'),
  live: () => import('virtual:guide/live'),
  'page-background-tasks': () => import('virtual:guide/page-background-tasks'),
};

/** Which page fits a screen, by the beginning of its address. */
const FITTING: readonly (readonly [path: string, page: GuidePage])[] = [
  ['/job-queue-log-entries', 'job-queue'],
  ['/job-queue-entries', 'job-queue'],
  ['/categories', 'job-queue'],
  ['/report', 'reports'],
  ['/scheduled-tasks', 'tasks'],
  ['/session', 'background-work'],
  ['/failed-work', 'states'],
  ['/work-items', 'states'],
  ['/alerts', 'alerts'],
  ['/approvals', 'approvals'],
  ['/users', 'permissions'],
  ['/permission-sets', 'permissions'],
  ['/api-keys', 'security'],
  ['/audit-log', 'security'],
  ['/setup', 'environments'],
  ['/health', 'environments'],
  ['/bulk-operations', 'api'],
];

/** The page that fits a screen. */
export function guideFor(path: string): GuidePage {
  return FITTING.find(([beginning]) => path.startsWith(beginning))?.[1] ?? 'job-queue';
}

/** Whether there is such a page. */
export function isGuidePage(page: string): page is GuidePage {
  return Object.hasOwn(GUIDE_PAGES, page);
}
