import { counted, numberText } from '../../ui/format.ts';

const COUNTED_MAX = 10_000;

/** Counting stops at ten thousand. */
function amount(count: number, one: string, many: string): string {
  return count > COUNTED_MAX ? `more than ${numberText(COUNTED_MAX)} ${many}` : counted(count, one, many);
}

/** What the setup says. */
export const TEXTS = {
  setup: 'Setup',
  categories: {
    list: 'Categories',
    noun: 'category',
    nouns: 'categories',
    name: (code: string) => `category ${code}`,
    newOne: 'New category',
    newText: 'Entries of a category run one at a time, unless it lets more of them.',
    create: 'Create',
    edit: 'Change',
    delete: 'Delete',
    deleted: (name: string) => `${name} is deleted`,
    deleteAsk: (count: number, name: string) =>
      count === 1 ? `Delete ${name}?` : `Delete ${count} categories?`,
    empty: 'There are no categories yet',
    emptyText: 'Entries of one category run one at a time; others wait. Make one where jobs must not meet.',
    fields: {
      code: 'Code',
      description: 'Description',
      parallelism: 'At a time',
      entries: 'Entries',
      held: 'Running',
      waiting: 'Waiting',
    },
  },
  cues: {
    title: 'Cues on the home page',
    standard: (company: string) =>
      `${company} has the standard. Whoever sets up cues for himself has his own.`,
    set: (company: string) => `${company} has its own. Whoever sets up cues for himself has his own.`,
    change: 'Set up cues of the company',
    mayNot: 'That is for job queue administrators.',
  },
  environment: {
    title: 'Environment',
    name: 'Name',
    unapproved: 'Known as',
    dueTasks: 'Tasks due',
    readyEntries: 'Entries Ready',
    instances: 'Server instances',
    place: 'Place',
    host: 'Host',
    process: 'Process',
    tasks: 'Runs tasks',
    held: 'Held',
    yes: 'Yes',
    no: 'No',
    none: 'No server instance is up.',
    release: 'Release',
    releaseAsk: 'Release this database?',
    releaseText:
      'Instances that are held begin to run its tasks. Be sure that it is not a copy whose original runs, too.',
    released: 'Released: the instances begin',
    noName: 'has no name yet',
  },
  retention: {
    title: 'How long things are kept',
    text: 'Log entries, session events, documents and Finished entries are kept for as long as the options of the server say; a change counts from its next start. Bulk operations are kept for 30 days, the audit log for good.',
    logEntryDays: 'Log entries',
    ownDaysEntries: 'Entries with days of their own',
    failedTaskDays: 'Failed tasks',
    sessionEventDays: 'Session events',
    backgroundSessionEventDays: 'Events of background sessions',
    documentDays: 'Documents in the report inbox',
    days: (days: number) => counted(days, 'day'),
    tryDays: 'Try how many days',
    wouldGo: (days: number) => `Older than ${counted(days, 'day')}`,
    preview: (logEntries: number, entries: number) =>
      `${amount(logEntries, 'log entry', 'log entries')} and ${amount(entries, 'Finished entry', 'Finished entries')}`,
  },
  views: {
    lists: {
      jobQueueEntries: 'Job queue entries',
      jobQueueLogEntries: 'Job queue log entries',
      scheduledTasks: 'Scheduled tasks',
      sessions: 'Sessions',
      sessionEvents: 'Session events',
      users: 'Users',
      permissionSets: 'Permission sets',
      auditLog: 'Audit log',
      apiKeys: 'API keys',
      approvals: 'Approvals',
      categories: 'Categories',
    } as Readonly<Record<string, string>>,
    /** Parts of an address that are no filters by the name of a field. */
    parts: { q: 'search', sort: 'order', columns: 'columns' } as Readonly<Record<string, string>>,
    title: 'Saved views',
    noun: 'view',
    nouns: 'views',
    name: (view: string) => `the view ${view}`,
    empty: 'Nobody has saved a view yet',
    emptyText: 'On any list, set filters and press the bookmark beside the views.',
    columns: {
      name: 'Name',
      list: 'List',
      query: 'Filters and order',
      user: 'Whose',
      shared: 'Shared',
      changedAt: 'Changed',
    },
    shared: 'With everybody',
    own: 'Only his',
    share: 'Share or keep to myself',
    shareDone: (name: string) => `Changed: ${name}`,
    rename: 'Rename',
    renameAsk: 'What is it to be called?',
    renameField: 'Name',
    renamed: (name: string) => `Renamed: ${name}`,
    remove: 'Delete',
    removeAsk: (count: number, name: string) => (count === 1 ? `Delete ${name}?` : `Delete ${count} views?`),
    removed: (name: string) => `Deleted: ${name}`,
  },
} as const;
