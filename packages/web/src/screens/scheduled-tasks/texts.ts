import { counted } from '../../ui/format.ts';

/** What the list and the card of scheduled tasks say. */
export const TEXTS = {
  list: 'Scheduled tasks',
  card: 'Scheduled task',
  noun: 'task',
  name: (id: string) => `task ${id.slice(0, 8)}`,
  columns: {
    state: 'State',
    id: 'ID',
    codeunit: 'Run codeunit',
    failureCodeunit: 'Failure codeunit',
    due: 'Not before',
    attempt: 'Retries',
    losses: 'Losses',
    user: 'User',
    error: 'Error',
    instance: 'Instance',
    createdAt: 'Created',
    failedAt: 'Failed',
    correlationId: 'Correlation ID',
    idempotencyKey: 'Idempotency key',
    reassignedBy: 'Given by',
    failing: 'Failure codeunit is next',
    entry: 'Job queue entry',
    record: 'What it is given',
  },
  filters: { state: 'State', userGone: 'User is gone' },
  views: {
    all: 'All',
    notReady: 'Not ready',
    waiting: 'Waiting',
    running: 'Running',
    failed: 'Failed',
    gone: 'User gone',
  },
  gone: 'This user is disabled or no longer valid: the task will not run.',
  emptyTitle: 'No scheduled task',
  emptyText:
    'Every job queue entry that is Ready has one; so has whatever the application schedules by itself.',
  actions: {
    setReady: 'Set task ready',
    cancel: 'Cancel task',
    rerun: 'Run again',
    delete: 'Delete',
  },
  done: {
    setReady: (name: string) => `${cap(name)} is ready`,
    cancel: (name: string) => `${cap(name)} is cancelled`,
    rerun: (name: string) => `${cap(name)} runs again`,
    delete: (name: string) => `${cap(name)} is deleted`,
  },
  ask: {
    cancel: (count: number, name: string) => `Cancel ${many(count, name)}?`,
    cancelText: 'It does not run. The job queue entry behind it, if there is one, goes On Hold.',
    delete: (count: number, name: string) => `Delete ${many(count, name)}?`,
    deleteText: 'It has failed for good. Its error is gone with it; session events stay.',
  },
  tabs: { general: 'General' },
  sections: { what: 'What it runs', state: 'How it stands', trace: 'To find it elsewhere' },
  yes: 'Yes',
  no: 'No',
  instance: (place: number, host: string, processId: number) => `${place} · ${host}, process ${processId}`,
} as const;

function many(count: number, name: string): string {
  return count === 1 ? name : counted(count, 'task');
}

function cap(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
