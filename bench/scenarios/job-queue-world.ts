import { codeunit, createPlatform, type JobQueueEntryInput, jobQueue, type Platform } from 'nightshift';
import pg from 'pg';
import { monotonicMs } from '../progress.ts';
import { IDENTITY } from '../systems/nightshift.ts';

/** A run as its object saw it; instants are those of `monotonicMs`. */
export interface RunSpan {
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A platform with one object that does nothing, and what it has told of its runs. */
export interface JobQueueWorld {
  readonly platform: Platform;
  /** A connection that is none of the platform's. */
  readonly foreign: pg.Client;
  readonly spans: RunSpan[];
  /** When the outcomes of runs were committed. */
  readonly finished: number[];
  close(): Promise<void>;
}

/**
 * @param places Runs at a time; null for the default
 * @param perSecond So many are started in a second; 0: as many as can be
 */
export async function jobQueueWorld(
  url: string,
  places: number | null,
  perSecond = 0,
): Promise<JobQueueWorld> {
  const spans: RunSpan[] = [];
  const finished: number[] = [];
  const noop = codeunit({
    name: 'Noop',
    onRun: () => {
      const at = monotonicMs();
      spans.push({ beganAt: at, endedAt: monotonicMs() });
    },
  });
  const platform = await createPlatform({
    name: 'job queue',
    codeunits: [noop],
    database: { url },
    taskScheduler: {
      maximumTasksStartedPerSecond: perSecond,
      ...(places === null ? {} : { maximumConcurrentRunningTasks: places }),
    },
    telemetry: [({ id }) => id === 'AL0000E26' && finished.push(monotonicMs())],
  });
  await platform.start();
  const foreign = new pg.Client({ connectionString: url });
  await foreign.connect();
  return {
    platform,
    foreign,
    spans,
    finished,
    async close() {
      await platform.stop();
      await foreign.end();
    },
  };
}

const CLEAR = `truncate nightshift.scheduled_task, nightshift.failed_task cascade;
  truncate nightshift.job_queue_log_entry, nightshift.job_queue_entry cascade`;
const ORIGINAL = 'select max(entry_no) from nightshift.job_queue_entry';
const COPY_ENTRIES = `insert into nightshift.job_queue_entry overriding system value
  select copy.* from nightshift.job_queue_entry e
  cross join generate_series(2, $1::integer) n
  cross join lateral jsonb_populate_record(e, jsonb_build_object(
    'id', uuidv7(), 'task_id', uuidv7(), 'entry_no', e.entry_no + n)) copy
  where e.entry_no = (${ORIGINAL})`;
const COPY_TASKS = `insert into nightshift.scheduled_task
  select copy.* from nightshift.scheduled_task t
  cross join nightshift.job_queue_entry e
  cross join lateral jsonb_populate_record(t, jsonb_build_object(
    'id', e.task_id, 'record', jsonb_build_object('entryId', e.id))) copy
  where e.task_id <> t.id`;
const GO_ON = `select setval(pg_get_serial_sequence('nightshift.job_queue_entry', 'entry_no'), (${ORIGINAL}))`;

/**
 * Clears what is there, and plants entries that are due at one instant: one by the public interface, the others as its
 * copies. Returns when they are due, on the scale of `monotonicMs`.
 */
export async function plantEntries(
  { platform, foreign, spans, finished }: JobQueueWorld,
  entries: number,
  inMs: number,
  fields: Partial<JobQueueEntryInput> = {},
): Promise<number> {
  await foreign.query(CLEAR);
  spans.length = 0;
  finished.length = 0;
  const caller = platform.as(IDENTITY);
  const earliestStart = new Date(Date.now() + inMs);
  const dueAt = monotonicMs() + inMs;
  const { id } = await jobQueue.create(caller, { object: 'Noop', earliestStart, ...fields });
  await jobQueue.setStatusToReady(caller, id);
  await foreign.query('begin');
  await foreign.query(COPY_ENTRIES, [entries]);
  await foreign.query(GO_ON);
  await foreign.query(COPY_TASKS);
  await foreign.query('commit');
  await foreign.query('vacuum (analyze) nightshift.job_queue_entry, nightshift.scheduled_task');
  if (monotonicMs() > dueAt) throw new Error(`planting ${entries} entries took longer than ${inMs} ms`);
  return dueAt;
}
