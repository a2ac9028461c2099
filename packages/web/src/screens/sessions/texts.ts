import { counted } from '../../ui/format.ts';

/** What the lists of sessions and of their events say. */
export const TEXTS = {
  sessions: 'Sessions',
  events: 'Session events',
  noun: 'session',
  name: (id: number, codeunit: string) => `session ${id} (${codeunit})`,
  eventNoun: 'session event',
  eventName: (type: string, id: number) => `event ${type} of session ${id}`,
  columns: {
    state: 'State',
    id: 'Session',
    codeunit: 'Runs',
    entry: 'Job queue entry',
    clientType: 'Client type',
    origin: 'Origin',
    user: 'User ID',
    instance: 'Instance',
    startedAt: 'Started',
    stoppingAt: 'Asked to stop',
    killedAt: 'Killed',
    comment: 'Comment',
    isolation: 'Isolation',
    uniqueId: 'Unique ID',
    parentUniqueId: 'Parent session',
    correlationId: 'Correlation ID',
    type: 'Event',
    at: 'Time',
    error: 'Error',
    progress: 'Progress',
  },
  filters: {
    user: 'User ID',
    type: 'Event',
    clientType: 'Client type',
    codeunit: 'Codeunit',
    sessionId: 'Session number',
    uniqueId: 'Unique ID',
    since: 'Not older than',
  },
  views: {
    all: 'All',
    ended: 'Ended badly',
    stopped: 'Stopped and killed',
    starts: 'Starts',
    logons: 'Logons',
  },
  none: 'No session runs now',
  noneText: 'Sessions are listed while they run. What became of those before is among the session events.',
  toEvents: 'Session events',
  noEvents: 'No session event',
  noEventsText:
    'Sessions leave an event when they start and when they end. Page background tasks leave none.',
  stop: 'Ask to stop',
  stopped: (name: string) => `${cap(name)} is asked to stop; what does not end in time is killed`,
  ask: (count: number, name: string) => `Stop ${count === 1 ? name : counted(count, 'session')}?`,
  askText:
    'It is asked to stop, and what it has not committed is rolled back. What has not ended within five seconds (the option sessions.stopGraceMs) is killed: its connection is cut. A run of a job queue entry then follows its attempts.',
  kill: 'Kill',
  killed: (name: string) => `${cap(name)} is killed`,
  askKill: (count: number, name: string) => `Kill ${count === 1 ? name : counted(count, 'session')}?`,
  askKillText:
    'Its connection is cut, and its thread or process ended, without waiting any longer for it to stop. What it has not committed is rolled back. Code on the main thread cannot be interrupted: it may run on without its connection, as Lingering.',
  askField: 'Why; it is kept as the comment of its session event',
  instance: (place: number, host: string, processId: number) => `${place} · ${host}, process ${processId}`,
  lines: 'What it has logged',
  noMore: 'It has logged nothing, and no error ended it.',
  causes: 'Caused by',
  progressOf: (done: number, total: number | null) => (total === null ? String(done) : `${done} of ${total}`),
} as const;

function cap(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
