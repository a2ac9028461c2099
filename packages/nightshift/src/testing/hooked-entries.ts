import type { z } from 'zod';
import {
  create,
  get,
  type JobQueueEntry,
  type JobQueueHooks,
  type JobQueueLogEntry,
  jobQueueEntryRecord,
  logEntries,
  setStatusToReady,
} from '../job-queue/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import type { EventId } from '../telemetry/index.ts';
import { leaveEffect } from './behaviours.ts';
import { until } from './condition.ts';
import { EFFECTS } from './effects.sql.ts';
import { FakeClock } from './fake-clock.ts';
import type { EventPredicate } from './recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from './test-platform.ts';

type ObjectOfEntry = (session: Session, entry: z.output<typeof jobQueueEntryRecord>) => unknown;

/** Whatever is inserted here fails at the commit. */
const CHECKED_LATE = {
  name: '0002_checked_late',
  sql: `create table parent (no integer primary key);
    create table checked (no integer not null references parent deferrable initially deferred)`,
};

/** Job queue entries of which each has an object and hooks of its own, by its parameter string. */
export class HookedEntries {
  readonly #clock = new FakeClock();
  readonly #objects = new Map<string, ObjectOfEntry>();
  readonly #hooks = new Map<string, JobQueueHooks>();
  readonly #object = codeunit({
    name: 'Sync',
    record: jobQueueEntryRecord,
    onRun: (session, entry) => this.#objects.get(entry.parameterString)?.(session, entry),
  });
  #kit: TestPlatform | null = null;
  #made = 0;

  async start(): Promise<void> {
    const of = ({ parameterString }: JobQueueEntry) => this.#hooks.get(parameterString) ?? {};
    this.#kit = await startTestPlatform({
      codeunits: [this.#object],
      migrations: [EFFECTS, CHECKED_LATE],
      clock: this.#clock,
      jobQueueHooks: {
        skipRun: (session, entry) => of(entry).skipRun?.(session, entry),
        beforeRun: (session, entry) => of(entry).beforeRun?.(session, entry),
        afterRun: (session, entry) => of(entry).afterRun?.(session, entry),
        onError: (session, entry, error) => of(entry).onError?.(session, entry, error),
        onFinalError: (session, entry, error) => of(entry).onFinalError?.(session, entry, error),
        nextRun: (entry, proposed, zone) => of(entry).nextRun?.(entry, proposed, zone),
      },
    });
  }

  async stop(): Promise<void> {
    await this.#kit?.stop();
  }

  get #platform(): TestPlatform {
    if (this.#kit === null) throw new Error('call start() first');
    return this.#kit;
  }

  get admin() {
    return this.#platform.admin;
  }

  now(): Date {
    return this.#clock.now();
  }

  query(text: string, values: readonly unknown[] = []) {
    return this.#platform.query(text, values);
  }

  waitFor(id: EventId, predicate?: EventPredicate) {
    return this.#platform.waitFor(id, predicate);
  }

  /** An entry, Ready, with this object and these hooks. */
  async readyEntry(object: ObjectOfEntry, hooks: JobQueueHooks, fields: object = {}): Promise<JobQueueEntry> {
    const parameterString = `object ${++this.#made}`;
    this.#objects.set(parameterString, object);
    this.#hooks.set(parameterString, hooks);
    const { id } = await create(this.admin, { object: this.#object, parameterString, ...fields });
    return setStatusToReady(this.admin, id);
  }

  /** So much time passes at once. */
  travel(ms: number): void {
    this.#clock.at(new Date(this.now().getTime() + ms));
    this.#platform.platform.instance.wake();
  }

  inStatus(entry: JobQueueEntry, status: string): Promise<JobQueueEntry> {
    return until(`the entry is ${status}`, async () => {
      const now = await get(this.admin, entry.id);
      return now.status === status && now;
    });
  }

  logsOf({ id }: JobQueueEntry): Promise<readonly JobQueueLogEntry[]> {
    return logEntries(this.admin, { entryId: id });
  }

  /** The log of an entry, newest first, once it has so many entries and none is open. */
  ended(entry: JobQueueEntry, runs: number): Promise<readonly JobQueueLogEntry[]> {
    return until(`${runs} runs of it have ended`, async () => {
      const logs = await this.logsOf(entry);
      return logs.length === runs && logs.every(({ endedAt }) => endedAt !== null) && logs;
    });
  }

  /** The task of an entry was given back for a retry. */
  async retried(entry: JobQueueEntry, attempt: number): Promise<void> {
    await this.waitFor(
      'LC0045',
      (event) =>
        event['taskId'] === entry.taskId &&
        event['attemptNumber'] === attempt &&
        event['decision'] === 'retry',
    );
  }

  /** The next fault of a hook of an entry. */
  faultOf(entry: JobQueueEntry) {
    return this.waitFor('NS0060', ({ entryId }) => entryId === entry.id);
  }

  /** Leaves an effect that is known by its entry. */
  effect(session: Session, { entryNo }: { readonly entryNo: number }, note: string): Promise<void> {
    return leaveEffect(session, `${entryNo}:${note}`);
  }

  async effectsOf({ entryNo }: JobQueueEntry): Promise<readonly string[]> {
    const text = 'select note from co_1.effect where note like $1 order by no';
    const rows = await this.#platform.query<{ note: string }>(text, [`${entryNo}:%`]);
    return rows.map(({ note }) => note.slice(note.indexOf(':') + 1));
  }

  /** Whatever a hook did: what is to run has a task, and what has ended left no open log entry. */
  async expectSound(): Promise<void> {
    const faults = await this.#platform.query(
      `select e.entry_no, e.status from nightshift.job_queue_entry e
      left join nightshift.scheduled_task t on t.id = e.task_id
      where e.status in ('Ready', 'In Process', 'Waiting') and t.id is null
      union all
      select l.entry_no, l.status from nightshift.job_queue_log_entry l
      left join nightshift.scheduled_task t on t.id = l.task_id
      where l.status = 'In Process' and t.id is null`,
    );
    if (faults.length > 0) throw new Error(`left behind: ${JSON.stringify(faults)}`);
  }
}
