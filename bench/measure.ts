import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { startProfile } from './profile.ts';
import { within } from './progress.ts';
import { type Figures, residentMegabytes, Stopwatch } from './stopwatch.ts';
import type { BenchSystem, TaskKind } from './systems/system.ts';

/** Callers that create tasks side by side, each waiting for its commit. */
export const CALLERS = 10;
/** Tasks of one bulk call. */
export const GROUP_SIZE = 1_000;
/** Tasks before the clock starts, so that pools and connections are open. */
const WARM_UP_TASKS = 200;
const LIMIT_MS = 240_000;
const LOOK_MS = 1;

/** What is measured. */
export interface Measurement {
  readonly what: 'drain' | 'enqueue-one-by-one' | 'enqueue-groups';
  /** What the tasks do that are drained. */
  readonly kind: TaskKind;
  readonly tasks: number;
  /**
   * Whether tasks wait in the table that are not to run: they stay, and the clock stops with the last task's work instead
   * of its removal, which would have to be looked for among them.
   */
  readonly planted: boolean;
  /** Where to write a CPU profile of the measured stretch; null for none. */
  readonly profile: string | null;
}

/** One measurement. */
export interface Sample extends Figures {
  readonly tasks: number;
  /** Resident memory of the process of this system right after the last task. */
  readonly rssMegabytes: number;
  /** Rows that the tasks have written; null where they write none. */
  readonly effects: { readonly written: number; readonly distinctTasks: number } | null;
}

/** Who is measured. */
export interface MeasureContext {
  readonly name: string;
  readonly system: BenchSystem;
  readonly referee: pg.Client;
  readonly postmaster: number;
}

/** Measures once, from empty tables. @throws Error when a task is missing or has run twice */
export async function measure(context: MeasureContext, measurement: Measurement): Promise<Sample> {
  const { reset, tidy } = context.system.sql;
  for (const statement of measurement.planted ? tidy : reset) await context.referee.query(statement);
  // Nothing left to be written by a checkpoint of the measurement before.
  await context.referee.query('checkpoint');
  return measurement.what === 'drain'
    ? await measureDrain(context, measurement)
    : await measureEnqueue(context, measurement);
}

async function measureDrain(context: MeasureContext, measurement: Measurement): Promise<Sample> {
  const { name, system, referee, postmaster } = context;
  const { kind, tasks, planted } = measurement;
  const stopwatch = new Stopwatch(referee, postmaster);
  const counter = new Counter();
  const run = await system.openWorker(kind, () => counter.count());
  try {
    const drain = async (count: number, starting: () => Promise<void>) => {
      const reached = counter.reaches(count);
      await run.load(count, starting);
      await within(LIMIT_MS, `${name}: ${count} tasks`, reached);
      while (!planted && (await unfinished(context))) await delay(LOOK_MS);
    };
    await drain(WARM_UP_TASKS, async () => undefined);
    let profile = await startProfile(null);
    await drain(tasks, async () => {
      profile = await startProfile(measurement.profile);
      await stopwatch.start();
    });
    const figures = await stopwatch.stop();
    await profile.stop();
    const rssMegabytes = residentMegabytes();
    if (counter.total !== WARM_UP_TASKS + tasks) throw new Error(`${name}: ran ${counter.total} tasks`);
    const effects = kind === 'no-op' ? null : await countEffects(context);
    return { ...figures, tasks, rssMegabytes, effects };
  } finally {
    await run.close();
  }
}

async function measureEnqueue(
  context: MeasureContext,
  { what, tasks, profile: file }: Measurement,
): Promise<Sample> {
  const { name, system, referee, postmaster } = context;
  const stopwatch = new Stopwatch(referee, postmaster);
  const run = await system.openProducer(false);
  try {
    const enqueue = async (count: number) => {
      if (what === 'enqueue-one-by-one') return await callSideBySide(count, () => run.one());
      for (let left = count; left > 0; left -= GROUP_SIZE) await run.group(Math.min(left, GROUP_SIZE));
    };
    await enqueue(WARM_UP_TASKS);
    const profile = await startProfile(file);
    await stopwatch.start();
    await enqueue(tasks);
    const figures = await stopwatch.stop();
    await profile.stop();
    const rssMegabytes = residentMegabytes();
    const { rows } = await referee.query<{ stored: number }>(system.sql.stored);
    if (rows[0]?.stored !== WARM_UP_TASKS + tasks) throw new Error(`${name}: stored ${rows[0]?.stored}`);
    return { ...figures, tasks, rssMegabytes, effects: null };
  } finally {
    await run.close();
  }
}

async function callSideBySide(count: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function unfinished({ system, referee }: MeasureContext): Promise<boolean> {
  const { rows } = await referee.query<{ unfinished: boolean }>(system.sql.unfinished);
  return rows[0]?.unfinished === true;
}

/** Effects of the measured tasks, without those of the warm-up. */
async function countEffects({
  name,
  system,
  referee,
}: MeasureContext): Promise<NonNullable<Sample['effects']>> {
  const { rows } = await referee.query<{ written: number; distinct_tasks: number }>(system.sql.effects);
  const [row] = rows;
  if (row === undefined) throw new Error(`${name}: no effects`);
  return { written: row.written - WARM_UP_TASKS, distinctTasks: row.distinct_tasks - WARM_UP_TASKS };
}

/** Counts tasks, and says when there were enough. */
class Counter {
  total = 0;
  #wanted = 0;
  #reached: () => void = () => undefined;

  count(): void {
    if (++this.total === this.#wanted) this.#reached();
  }

  /** Resolves after `more` further tasks. */
  reaches(more: number): Promise<void> {
    this.#wanted = this.total + more;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }
}
