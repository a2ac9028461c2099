/** What the guide says around its pages. */
export const TEXTS = {
  title: 'Guide',
  close: 'Close the guide',
  loading: 'Loading the guide',
  page: 'Page of the guide',
  pages: {
    'job-queue': 'The job queue',
    states: 'States',
    'background-work': 'Background work',
    tasks: 'Scheduled tasks',
    roles: 'Roles',
    permissions: 'Users and permissions',
    rights: 'What a run needs',
    reports: 'Reports and the report inbox',
    alerts: 'Alerts',
    approvals: 'Approvals',
    security: 'Security',
    companies: 'Companies',
    environments: 'Environments',
    options: 'Options',
    api: 'The interface for programs',
    errors: 'Errors',
    live: 'Live updates',
    'page-background-tasks': 'Page background tasks',
  },
} as const;

/** A page of the guide. */
export type GuidePage = keyof typeof TEXTS.pages;
