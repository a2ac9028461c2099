import type { Alert } from '@nightshift/client/api';

/** What the kinds are called. */
const KINDS: Readonly<Record<Alert['kind'], string>> = {
  retries: 'Tries again',
  failed: 'Failed for good',
  recovered: 'Runs again',
  succeeded: 'Went well',
  overdue: 'Overdue',
  overrun: 'Takes too long',
  'nothing-ran': 'Nothing runs',
  'user-gone': 'User is gone',
  approval: 'Waits for you',
  'items-failed': 'Items failed',
};

/** What alerts say. */
export const TEXTS = {
  list: 'Alerts',
  noun: 'alert',
  name: (no: number) => `alert ${no}`,
  kinds: KINDS,
  isNew: 'New',
  columns: {
    kind: 'What',
    text: 'In words',
    since: 'Since',
    overAt: 'Over',
    isSeen: 'Seen',
    times: 'Times',
    subject: 'About',
    lastAt: 'Last noticed',
  },
  views: { all: 'All', unseen: 'New', present: 'So still' },
  filters: { unseen: 'Only new ones', present: 'Only what is so still' },
  markSeen: 'Mark as seen',
  markAll: 'Mark all as seen',
  marked: 'You have seen all alerts.',
  markedOne: (name: string) => `Seen: ${name}`,
  empty: 'There is nothing to tell you',
  emptyText:
    'Here it is said when a run of yours fails, is late or takes too long, when nothing runs, and when somebody waits for you.',
} as const;
