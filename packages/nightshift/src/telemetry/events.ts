/** How loud an event is. */
export type EventLevel = 'information' | 'warning' | 'error';

interface EventInfo {
  readonly level: EventLevel;
  /** What happened; `{name}` stands for a dimension. */
  readonly message: string;
}

function event(level: EventLevel, message: string): EventInfo {
  return Object.freeze({ level, message });
}

/**
 * The catalogue: every event Nightshift emits, by id. Ids of Business Central where it has the event (AL…, LC…), so
 * that its dashboards and alerts can be kept; `NS…` are ours.
 */
export const EVENTS = Object.freeze({
  AL0000E24: event('information', 'Job queue entry enqueued: {entryId}'),
  AL0000E25: event('information', 'Job queue entry started: {entryId}'),
  AL000082C: event('information', 'Object of job queue entry {entryId} finished: {object}: {result}'),
  AL0000E26: event('information', 'Job queue entry finished: {entryId}'),
  AL0000FNY: event('warning', 'Job queue entry not enqueued: {entryId}'),
  AL0000KZV: event('information', 'Job queue entry task cancelled: {entryId}'),
  AL0000HE7: event('warning', 'Job queue entry errored: {entryId}'),
  AL0000JRG: event('warning', 'Job queue entry {entryId} errored after {attempts} attempts'),
  AL0000P8K: event('information', 'Job queue entry skipped: {entryId}: {reason}'),
  AL0000P8L: event('information', 'Job queue entry not ready to start: {entryId}'),
  AL0000P9D: event('information', 'Job queue entry rescheduled due to start or end time: {entryId}'),
  AL0000P9E: event('information', 'Job queue entry expired: {entryId}'),
  AL0000P9F: event('information', 'Job queue entry rescheduled as waiting: {entryId}'),
  AL0000P9G: event('information', 'Next waiting job queue entry of its category activated: {entryId}'),
  AL0000FMG: event('information', 'Running job queue entry once in the foreground: {entryId}'),
  AL0000FNM: event('information', 'Job queue entry {entryId}: status changed from {oldStatus} to {status}'),
  AL0000F6B: event('information', 'Reusing job queue entry: {entryId}'),
  AL0000PCR: event(
    'information',
    'Run of job queue entry {entryId} was cut off; its log entry is closed, and it runs again',
  ),
  AL0000HAK: event('warning', 'Job queue entry missing as its run ended: {entryId}'),
  LC0040: event('information', 'Task {taskId} created: {codeunit}'),
  LC0041: event('information', 'Task {taskId} set ready'),
  LC0042: event('information', 'Task {taskId} removed'),
  LC0043: event('information', 'Task {taskId} completed: {codeunit}'),
  LC0044: event('warning', 'Task {taskId} canceled: {codeunit}: {reason}'),
  LC0045: event('warning', 'Task {taskId} failed: {codeunit}: {reason}'),
  LC0057: event('information', 'Task {taskId}: the timeout was cut to the maximum'),
  NS0001: event('information', 'Server instance {epoch} started'),
  NS0002: event('information', 'Server instance {epoch} stopped'),
  NS0003: event('warning', 'Server instance {epoch} is dead; {tasks} tasks were given back'),
  NS0004: event('error', 'This server instance was declared dead by another one and starts anew'),
  NS0005: event('warning', 'The database does not answer: {reason}'),
  NS0006: event('warning', 'The answer to a commit was lost; task {taskId} {resolution}'),
  NS0007: event('warning', 'A claim was lost; the effects of task {taskId} were rolled back'),
  NS0008: event('error', 'The outcome of task {taskId} could not be written: {reason}'),
  NS0009: event('warning', 'The main thread was blocked for {ms} ms and longer by {what}'),
  NS0010: event('information', 'The main thread runs again; it was blocked for {ms} ms by {what}'),
  NS0011: event(
    'warning',
    'Codeunit {codeunit} was started {starts} times in a minute for {medianMs} ms each: StartSession is not for small, frequent work',
  ),
  NS0012: event(
    'warning',
    'Session events were not kept, {events} of them: the database did not take them in time',
  ),
  NS0013: event('information', 'Message of codeunit {codeunit}, line {line}: {text}'),
  NS0014: event('information', 'Session {sessionId} of StartSession started: {codeunit}'),
  NS0015: event('information', 'Session {sessionId} of StartSession ended ({type}): {codeunit}'),
  NS0016: event('warning', 'The tables of sessions could not be kept in order: {reason}'),
  NS0017: event('information', 'Tasks claimed of the company with number {lane}: {count}'),
  NS0018: event('information', 'Task {taskId} started: {codeunit}'),
  NS0019: event('information', 'Failed tasks older than {days} days were removed: {tasks}'),
  NS0020: event(
    'error',
    'Task {taskId} is poison: {codeunit} was running each of the {deaths} times that its server instance died',
  ),
  NS0021: event('warning', 'The main thread is blocked: {tasks} tasks that had not begun were handed back'),
  NS0022: event('warning', 'Server instance {epoch} is held and runs no tasks: {reason}'),
  NS0023: event(
    'information',
    'Server instance {epoch} was released as environment "{environment}": it runs tasks',
  ),
  NS0030: event('warning', 'The failed tasks that are too old could not be removed: {reason}'),
  NS0031: event(
    'error',
    'This server instance claims no tasks: the database has migration {migration}, which is newer than its release',
  ),
  NS0032: event('information', 'No tasks are claimed in company {company}: an upgrade is under way ({what})'),
  NS0033: event('information', 'Tasks are claimed again: {what} is over'),
  NS0034: event(
    'warning',
    'The transaction that {tasks} tasks of {codeunit} shared was undone, and each runs alone: {reason}',
  ),
  NS0035: event(
    'warning',
    'The connection of a session was closed, since it would never have answered: backend {backend} {what}',
  ),
  NS0040: event(
    'warning',
    'Rows about sessions were not written to the audit log, {rows} of them: the database did not take them in time',
  ),
  NS0050: event('warning', 'Job queue entry {entryId} should have run at {since}, and did not'),
  NS0051: event('warning', 'The run of job queue entry {entryId} since {since} takes longer than expected'),
  NS0052: event(
    'warning',
    'No job queue entry has run in company {company} since {since}, though some are due',
  ),
  NS0053: event('warning', 'The entries of the job queue could not be watched: {reason}'),
  NS0054: event(
    'information',
    'Old log entries and Finished job queue entries were removed: {logEntries}, {entries}',
  ),
  NS0055: event('warning', 'What is too old of the job queue could not be removed: {reason}'),
  NS0060: event('warning', 'Job queue entry {entryId}: the hook {hook} of the application failed: {reason}'),
  NS0061: event('warning', 'The job queue entries that rest could not be looked at: {reason}'),
  NS0070: event(
    'warning',
    'Work item {externalId} of {items} has failed for good after {attempts} attempts: {reason}',
  ),
  NS0071: event(
    'information',
    'Work items {items} of company {company}: {processed} processed, {skipped} skipped, {retried} to be retried, {failed} failed',
  ),
  NS0072: event('information', 'Months of work items that are done were removed: {tables}'),
  NS0073: event('warning', 'What is too old of work items that are done could not be removed: {reason}'),
  NS0074: event(
    'information',
    'Documents older than {days} days were removed from the report inbox: {documents}',
  ),
  NS0075: event('warning', 'What is too old in the report inbox could not be removed: {reason}'),
  NS0076: event('information', 'Report {report} yielded {fileName}, {bytes} bytes'),
  NS0080: event('information', 'Page background task {taskId} of page {page} completed: {codeunit}'),
  NS0081: event('warning', 'Page background task {taskId} of page {page} failed: {codeunit}: {reason}'),
  NS0082: event(
    'information',
    'Page background task {taskId} of page {page} was cancelled: {codeunit}: {reason}',
  ),
  NS0090: event('information', 'Session {sessionId} was killed before its time to stop was over'),
  RT0029: event('information', 'StopSession invoked for session {sessionId}: {comment}'),
});

/** An id of the catalogue. */
export type EventId = keyof typeof EVENTS;

/** What an event carries. */
export type Dimensions = Readonly<Record<string, string | number | boolean | null>>;

/** One event, as receivers get it. */
export interface TelemetryEvent {
  readonly id: EventId;
  readonly level: EventLevel;
  /** The catalogue's message with its dimensions filled in. */
  readonly message: string;
  readonly dimensions: Dimensions;
}

/** Takes events; must not throw, and must not be slow. */
export type TelemetryReceiver = (event: TelemetryEvent) => void;

/** Sends events to the receivers. Without a receiver an event costs nothing but the call. */
export class Telemetry {
  readonly #receivers: readonly TelemetryReceiver[];

  constructor(receivers: readonly TelemetryReceiver[]) {
    this.#receivers = receivers;
  }

  /** Whether anybody listens: ask before working out dimensions on a hot path. */
  get active(): boolean {
    return this.#receivers.length > 0;
  }

  emit(id: EventId, dimensions: Dimensions): void {
    if (this.#receivers.length === 0) return;
    const { level, message } = EVENTS[id];
    const text = message.replace(/\{(\w+)\}/g, (_, name: string) => String(dimensions[name] ?? ''));
    const made: TelemetryEvent = { id, level, message: text, dimensions };
    for (const receive of this.#receivers) {
      try {
        receive(made);
      } catch {
        // A receiver's fault must not become the work's.
      }
    }
  }
}
