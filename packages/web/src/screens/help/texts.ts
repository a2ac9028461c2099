/** What the page for help and support says. */
export const TEXTS = {
  title: 'Help and support',
  lead: 'When you ask for help, send these lines along: with them your request is found in the log of the server.',
  section: 'About this page and this server',
  copy: 'Copy all of it',
  copied: 'Copied',
  guides: 'Guides',
  guidesText:
    'Every field has its sentence of help: the question mark beside it. Press ? on any screen for its keys.',
  api: 'The interface for programs',
  errors: 'Errors, and what to do about them',
  fields: {
    user: 'User ID',
    session: 'Session',
    signedIn: 'Signed in',
    company: 'Company',
    environment: 'Environment',
    instances: 'Server instances',
    version: 'Version',
    page: 'This page',
    browser: 'Browser',
    zone: 'Time zone',
    time: 'Time',
    correlation: 'Last request',
  },
  unknown: 'not known',
  instance: (place: number, host: string, processId: number) => `${place} on ${host}, process ${processId}`,
} as const;
