import {
  create,
  get,
  type JobQueueEntry,
  type JobQueueEntryStatus,
  type JobQueueLogEntry,
  jobQueueEntryRecord,
  logEntries,
  setOnHold,
  setStatusToReady,
} from '../job-queue/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import type { Dimensions, EventId } from '../telemetry/index.ts';
import { until } from './condition.ts';
import { EFFECTS } from './effects.sql.ts';
import { FakeClock } from './fake-clock.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from './test-platform.ts';

type JobQueueEntryRecord = ReturnType<typeof jobQueueEntryRecord.parse>;

/** What an entry of a test does when it runs. */
export type EntryObject = (session: Session, entry: JobQueueEntryRecord) => unknown;

/** A platform whose entries do what each test says, at the times that it sets. */
export class EntryKit {
  readonly #objects = new Map<string, EntryObject>();
  readonly #ready: string[] = [];
  readonly clock = new FakeClock();
  /** The object of all entries; the parameter string tells them apart. */
  readonly sync = codeunit({
    name: 'Sync',
    record: jobQueueEntryRecord,
    onRun: (session, entry) => this.#objects.get(entry.parameterString)?.(session, entry),
  });
  platform!: TestPlatform;

  async start(options: TestPlatformOptions = {}): Promise<this> {
    const codeunits = [this.sync, ...(options.codeunits ?? [])];
    this.platform = await startTestPlatform({
      migrations: [EFFECTS],
      ...options,
      clock: this.clock,
      codeunits,
    });
    return this;
  }

  /** Sets the wall clock and lets the dispatcher look. */
  at(instant: Date | string): void {
    this.clock.at(instant);
    this.platform.platform.instance.wake();
  }

  /** Lets time pass within a run. */
  pass(ms: number): void {
    this.clock.at(new Date(this.clock.now().getTime() + ms));
  }

  /** A new entry, On Hold. */
  create(object: EntryObject, fields: object = {}): Promise<JobQueueEntry> {
    const parameterString = `object ${this.#objects.size}`;
    this.#objects.set(parameterString, object);
    return create(this.platform.admin, { object: this.sync, parameterString, ...fields });
  }

  /** A new entry that is set Ready. The others are set On Hold, or they would run with it as time is set. */
  async ready(object: EntryObject, fields: object = {}): Promise<JobQueueEntry> {
    for (const id of this.#ready.splice(0)) await setOnHold(this.platform.admin, id);
    const { id } = await this.create(object, fields);
    this.#ready.push(id);
    return setStatusToReady(this.platform.admin, id);
  }

  get(entry: Pick<JobQueueEntry, 'id'>): Promise<JobQueueEntry> {
    return get(this.platform.admin, entry.id);
  }

  logsOf(entry: Pick<JobQueueEntry, 'id'>): Promise<readonly JobQueueLogEntry[]> {
    return logEntries(this.platform.admin, { entryId: entry.id });
  }

  /** Waits for a status after so many log entries have ended. */
  ends(entry: Pick<JobQueueEntry, 'id'>, status: JobQueueEntryStatus, logs = 1): Promise<JobQueueEntry> {
    return until(`it is ${status} after ${logs} log entries`, async () => {
      // In this order, or the status is that before the run and the log that after it.
      const ended = (await this.logsOf(entry)).filter(({ endedAt }) => endedAt !== null);
      const now = await this.get(entry);
      return now.status === status && ended.length >= logs && now;
    });
  }

  /** Lets the entry come up at its planned times; returns when it began, oldest first. */
  async follow(entry: JobQueueEntry, runs: number): Promise<readonly string[]> {
    // As it was when it was set Ready: it may be due at once, and planned for the next time before anybody asks.
    let planned = entry.earliestStart;
    for (let run = 1; run <= runs; run++) {
      this.at(planned as Date);
      planned = (await this.ends(entry, 'Ready', run)).earliestStart;
    }
    return (await this.logsOf(entry)).map(({ startedAt }) => startedAt.toISOString()).toReversed();
  }

  /** The dimensions of the first event of an entry. */
  async eventOf(id: EventId, entry: Pick<JobQueueEntry, 'id'>): Promise<Dimensions> {
    return (await this.platform.waitFor(id, ({ entryId }) => entryId === entry.id)).dimensions;
  }
}
