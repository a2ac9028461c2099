/** What the explanation of rights says. */
export const TEXTS = {
  title: 'Explain rights',
  lead: 'Why a user may run a codeunit or report in a company, or may not, and what would change that.',
  user: 'User ID',
  codeunit: 'Codeunit or report',
  company: 'Company',
  choose: 'Choose a codeunit or report',
  whose: 'As whom it would run',
  empty:
    'Name a user and a codeunit or report: then it is said step by step which permission set gives what, and what is missing.',
  emptyHere:
    'Choose a codeunit or report: then it is said step by step which permission set gives what, and what is missing.',
  run: 'Run it',
  schedule: 'Have it run unattended',
  yes: 'Yes',
  no: 'No',
  drift:
    'PostgreSQL has other rights than follow from the permission sets. "nightshift rights repair" puts that right.',
  groups: {
    who: 'The user and the company',
    codeunit: 'The codeunit or report',
    tables: 'The tables that it declares',
    schedule: 'Scheduling',
  },
  results: { yes: 'In order', no: 'Missing', note: 'For your information' },
  sets: 'Would be given by',
  more: (count: number) => `and ${count} more`,
  assign: (user: string) => `Permission sets of ${user}`,
  link: 'Explain these rights',
  runAs: (user: string) => `What ${user} may`,
} as const;
