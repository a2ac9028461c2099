import { counted } from '../../ui/format.ts';
import { OUTPUT_TYPES } from '../reports/texts.ts';

/** What the report inbox says. */
export const TEXTS = {
  list: 'Report inbox',
  noun: 'document',
  name: (fileName: string) => `document ${fileName}`,
  unread: 'Unread',
  read: 'Read',
  unreadCount: (count: string) => `${count} unread`,
  types: OUTPUT_TYPES as Readonly<Record<string, string>>,
  columns: {
    state: 'State',
    fileName: 'File',
    report: 'Report',
    description: 'Description',
    outputType: 'Type',
    size: 'Size',
    createdAt: 'Created',
    entryNo: 'Entry',
    logNo: 'Log entry',
    user: 'User ID',
    readAt: 'Read at',
    no: 'No.',
    sessionUniqueId: 'Session',
  },
  filters: {
    report: 'Report',
    unread: 'Only unread',
    entryId: 'Job queue entry',
    everyone: 'Of everybody',
  },
  views: { all: 'All', unread: 'Unread' },
  actions: {
    download: 'Download',
    markRead: 'Mark as read',
    markUnread: 'Mark as unread',
    delete: 'Delete',
  },
  closed: { read: 'It is marked as read.', unread: 'It is marked as unread.' },
  done: {
    markRead: (name: string) => `${cap(name)} counts as read`,
    markUnread: (name: string) => `${cap(name)} counts as unread`,
    delete: (name: string) => `${cap(name)} is deleted`,
  },
  ask: {
    remove: (count: number, name: string) => `Delete ${count === 1 ? name : counted(count, 'document')}?`,
    removeText: 'A document that is deleted is gone for good. Its report can be run again.',
  },
  entry: (no: number) => `Entry ${no}`,
  run: (no: number) => `Log entry ${no}`,
  ofRun: 'Documents',
  empty: 'No document yet',
  emptyText:
    'A report that runs as you leaves its document here: one that you run now, or a job queue entry that runs it as you.',
  toReports: 'Reports',
  download: (fileName: string, size: string) => `Download ${fileName} (${size})`,
} as const;

function cap(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
