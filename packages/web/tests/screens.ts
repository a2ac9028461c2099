import { jobQueue } from 'nightshift';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { setAdministration } from './administration-stage.ts';
import { setEngine } from './engine-stage.ts';
import { failOnce } from './repair-stage.ts';
import { setReports } from './report-stage.ts';

/** A screen to be looked at: by people in screenshots, by axe in tests. */
export interface ShownScreen {
  /** Names the pictures. */
  readonly name: string;
  /** Where it is, on the stage. */
  readonly path: (kit: TestPlatform) => Promise<string> | string;
  /** A heading or text that is there when the screen is. */
  readonly ready: string;
  /** Default: ADMIN. */
  readonly user?: string | null;
}

async function entryPath(kit: TestPlatform, entryNo: number): Promise<string> {
  const [row] = await kit.query<{ id: string }>(
    'select id from nightshift.job_queue_entry where entry_no = $1',
    [entryNo],
  );
  return `/job-queue-entries/${row?.id}?company=CRONUS`;
}

/** A screen about the engine, with a day of runs behind it. */
function engine(name: string, path: string, ready: string): ShownScreen {
  return {
    name,
    ready,
    async path(kit) {
      await setEngine(kit);
      return path;
    },
  };
}

async function taskPath(kit: TestPlatform): Promise<string> {
  await setEngine(kit);
  const [row] = await kit.query<{ id: string }>(
    'select id from nightshift.scheduled_task order by due limit 1',
  );
  return `/scheduled-tasks/${row?.id}?company=CRONUS`;
}

/** A screen about what failed. */
function repair(name: string, path: string, ready: string): ShownScreen {
  return {
    name,
    ready,
    async path(kit) {
      await failOnce(kit);
      return path;
    },
  };
}

/** The last run that failed, on its card. */
function failedRun(name: string, tab: string, ready: string): ShownScreen {
  return {
    name,
    ready,
    async path(kit) {
      await failOnce(kit);
      const [run] = await kit.query<{ no: string }>(
        `select max(no) as no from nightshift.job_queue_log_entry where object = 'Sync Customers'`,
      );
      return `/job-queue-log-entries/${run?.no}?company=CRONUS${tab}`;
    },
  };
}

/** A run that goes on, on its card. */
async function runningPath(kit: TestPlatform): Promise<string> {
  await setEngine(kit);
  const [run] = await kit.query<{ no: string }>(
    `select max(no) as no from nightshift.job_queue_log_entry where object = 'Rebuild Prices' and status = 'In Process'`,
  );
  return `/job-queue-log-entries/${run?.no}?company=CRONUS&tab=log`;
}

/** A screen about reports and their documents. */
function reports(name: string, path: string, ready: string): ShownScreen {
  return {
    name,
    ready,
    async path(kit) {
      await setReports(kit);
      return path;
    },
  };
}

/** The card of an entry that runs a report, with what it is given. */
async function reportEntryPath(kit: TestPlatform): Promise<string> {
  const { id } = await jobQueue.create(kit.admin, {
    object: 'Stock List',
    description: 'Stock, every month',
    parameters: { place: 'East' },
    nextRunDateFormula: '1M+CM',
  });
  return `/job-queue-entries/${id}?company=CRONUS&tab=parameters`;
}

/** A screen about people, rights and setup. */
function administration(name: string, path: string, ready: string): ShownScreen {
  return {
    name,
    ready,
    async path(kit) {
      await setAdministration(kit);
      return path;
    },
  };
}

/** Every screen. A new one is a line here: then it is in the screenshots, and axe looks at it in light and in dark. */
export const SHOWN_SCREENS: readonly ShownScreen[] = [
  { name: 'sign-in', path: () => '/sign-in', ready: 'Sign in', user: null },
  { name: 'entries', path: () => '/job-queue-entries?company=CRONUS', ready: 'Shop: import orders' },
  { name: 'entry', path: (kit) => entryPath(kit, 1), ready: 'What it runs' },
  { name: 'entry-error', path: (kit) => entryPath(kit, 4), ready: 'Invoice 103044 has no posting date.' },
  {
    name: 'entry-recurrence',
    path: async (kit) => `${await entryPath(kit, 3)}&tab=recurrence`,
    ready: 'Run on Mondays',
  },
  {
    name: 'entry-changes',
    path: async (kit) => `${await entryPath(kit, 3)}&tab=changes`,
    ready: 'create job queue entries',
  },
  {
    name: 'entry-parameters',
    path: async (kit) => `${await entryPath(kit, 3)}&tab=parameters`,
    ready: 'What belongs to it',
  },
  {
    name: 'entry-wizard',
    path: () => '/job-queue-entries?company=CRONUS&new=entry',
    ready: 'Takes no parameters',
  },
  { name: 'help', path: () => '/help', ready: 'About this page and this server' },
  engine('home', '/home?company=CRONUS', 'The shop answered 503: try again later.'),
  { name: 'home-empty', path: () => '/home?company=FABRIKAM', ready: 'Three steps lead to the first run.' },
  engine('timeline', '/timeline?company=CRONUS', 'Ended well'),
  engine('timeline-table', '/timeline?company=CRONUS&twin=timeline&by=entry&span=6h', 'Show as chart'),
  engine('scheduled-tasks', '/scheduled-tasks?company=CRONUS', 'Job Queue Dispatcher'),
  { name: 'scheduled-task', path: taskPath, ready: 'To find it elsewhere' },
  engine('sessions', '/sessions?company=CRONUS', 'Rebuild Prices'),
  engine('session-events', '/?table=2000000111&company=CRONUS', 'Close Period'),
  engine('health', '/health?company=CRONUS', 'found nothing wrong'),
  reports('report-inbox', '/report-inbox?company=CRONUS', 'What is in stock, and what it is worth'),
  { name: 'report-inbox-empty', path: () => '/report-inbox?company=FABRIKAM', ready: 'No document yet' },
  reports('reports', '/reports?company=CRONUS', 'Orders that are not shipped'),
  { name: 'entry-report', path: reportEntryPath, ready: 'Report output type' },
  {
    name: 'entry-wizard-report',
    path: () => '/job-queue-entries?company=CRONUS&new=entry&run=Stock%20List',
    ready: 'Yields PDF',
  },
  repair('log-entries', '/job-queue-log-entries?company=CRONUS', 'Customer 10000 has no payment terms.'),
  failedRun('log-entry', '', 'This run did not go well'),
  failedRun('log-entry-error', '&tab=error', 'Where in the code'),
  failedRun('log-entry-log', '&tab=log', 'Reading customers of the shop.'),
  { name: 'log-entry-running', path: runningPath, ready: 'Prices of 4,120 items are worked out.' },
  failedRun('log-entry-course', '&tab=course', 'Attempts that belong together'),
  repair('failed-work', '/failed-work?company=CRONUS', 'Customer 10000 has no payment terms.'),
  repair('failed-work-items', '/failed-work?company=CRONUS&of=items', 'The order names no customer.'),
  repair('work-item-tables', '/work-items?company=CRONUS', 'staged_order'),
  repair('work-items', '/work-items/staged_order?company=CRONUS', 'SO-1005'),
  repair('work-item', '/work-items/staged_order/2?company=CRONUS', 'The order names no customer.'),
  repair('work-item-calls', '/work-items/staged_order/5?company=CRONUS&tab=calls', 'credit check'),
  administration('admin-approvals', '/approvals?company=CRONUS', 'Close the month'),
  engine('alerts', '/alerts?company=CRONUS', 'tries again by itself'),
  administration('admin-bulk-operations', '/bulk-operations?company=CRONUS', 'Set on hold'),
  administration(
    'admin-bulk-operation',
    '/bulk-operations/01890a5d-ac96-774b-bcce-b302099a8057?company=CRONUS',
    'Entry 3 is In Process',
  ),
  administration('admin-users', '/users?company=CRONUS', 'Olivia Stein'),
  administration('admin-user', '/users/ANNA?company=CRONUS&tab=sets', 'Order Clerk'),
  administration('admin-user-gone', '/users/OLIVIA?company=CRONUS&tab=entries', 'Post what Olivia left'),
  administration('admin-sets', '/permission-sets?company=CRONUS', 'Order Clerk'),
  administration('admin-set', '/permission-sets/Job%20Queue%20Admin?company=CRONUS', 'Whoever has it may'),
  administration(
    'admin-rights',
    '/rights?company=CRONUS&user=ANNA&codeunit=Count%20Stock',
    'Would be given by',
  ),
  administration(
    'admin-user-rights',
    '/users/ANNA?company=CRONUS&tab=rights&codeunit=Import%20Orders',
    'may run and schedule',
  ),
  administration('admin-keys', '/api-keys?company=CRONUS', 'Data warehouse'),
  administration('admin-audit', '/audit-log?company=CRONUS', 'create API keys'),
  administration('admin-categories', '/categories?company=CRONUS', 'POSTING'),
  administration('admin-setup', '/setup?company=CRONUS', 'Shop, by next run'),
  administration('admin-guide', '/approvals?company=CRONUS&guide=fitting', 'Guide'),
];
