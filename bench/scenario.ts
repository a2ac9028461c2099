import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { startProfile } from './profile.ts';
import { type Figures, residentMegabytes, Stopwatch } from './stopwatch.ts';
import type { BenchSystem, TaskKind } from './systems/system.ts';

/** What can be measured. */
export type Scenario = 'drain-no-op' | 'drain-one-row' | 'enqueue-one-by-one' | 'enqueue-groups';

/** Callers that create tasks side by side, each waiting for its commit. */
export const CALLERS = 10;
/** Tasks of one bulk call. */
export const GROUP_SIZE = 1_000;
/** Tasks before the clock starts, so that pools and connections are open. */
const WARM_UP_TASKS = 200;
const LIMIT_MS = 180_000;
const LOOK_MS = 1;

/** One measurement. */
export interface Sample extends Figures {
  readonly tasks: number;
  /** Resident memory of the process of this system right after the last task. */
  readonly rssMegabytes: number;
  /** Rows that the tasks have written; null where they write none. */
  readonly effects: { readonly written: number; readonly distinctTasks: number } | null;
}

/** What a measurement needs. */
export interface ScenarioContext {
  readonly system: BenchSystem;
  readonly referee: pg.Client;
  readonly postmaster: number;
  /** Where to write a CPU profile of the measured stretch; null for none. */
  readonly profile: string | null;
}

/** Runs one scenario once, from empty tables to empty tables. */
export async function measure(context: ScenarioContext, scenario: Scenario, tasks: number): Promise<Sample> {
  await reset(context);
  switch (scenario) {
    case 'drain-no-op':
      return await measureDrain(context, 'no-op', tasks);
    case 'drain-one-row':
      return await measureDrain(context, 'one-row', tasks);
    case 'enqueue-one-by-one':
      return await measureEnqueue(context, tasks, false);
    case 'enqueue-groups':
      return await measureEnqueue(context, tasks, true);
  }
}

/** Empty tables, no dead rows, nothing left to be written by a checkpoint of the one before. */
async function reset({ system, referee }: ScenarioContext): Promise<void> {
  for (const statement of system.sql.reset) await referee.query(statement);
  await referee.query('checkpoint');
}

async function measureDrain(context: ScenarioContext, kind: TaskKind, tasks: number): Promise<Sample> {
  const { system, referee, postmaster } = context;
  const stopwatch = new Stopwatch(referee, postmaster);
  const counter = new Counter();
  const run = await system.openDrain(kind, () => counter.count());
  try {
    const drain = async (count: number, starting: () => Promise<void>) => {
      const reached = counter.reaches(count);
      await run.load(count, starting);
      await withinLimit(reached, `${system.name}: ${count} tasks`);
      while (await unfinished(context)) await delay(LOOK_MS);
    };
    await drain(WARM_UP_TASKS, async () => undefined);
    let profile = await startProfile(null);
    await drain(tasks, async () => {
      profile = await startProfile(context.profile);
      await stopwatch.start();
    });
    const figures = await stopwatch.stop();
    await profile.stop();
    const rssMegabytes = residentMegabytes();
    if (counter.total !== WARM_UP_TASKS + tasks)
      throw new Error(`${system.name}: ran ${counter.total} tasks`);
    const effects = kind === 'no-op' ? null : await countEffects(context);
    return { ...figures, tasks, rssMegabytes, effects };
  } finally {
    await run.close();
  }
}

async function measureEnqueue(context: ScenarioContext, tasks: number, groups: boolean): Promise<Sample> {
  const { system, referee, postmaster } = context;
  const stopwatch = new Stopwatch(referee, postmaster);
  const run = await system.openEnqueue();
  try {
    const enqueue = async (count: number) => {
      if (!groups) return await callSideBySide(count, () => run.one());
      for (let left = count; left > 0; left -= GROUP_SIZE) await run.group(Math.min(left, GROUP_SIZE));
    };
    await enqueue(WARM_UP_TASKS);
    const profile = await startProfile(context.profile);
    await stopwatch.start();
    await enqueue(tasks);
    const figures = await stopwatch.stop();
    await profile.stop();
    const rssMegabytes = residentMegabytes();
    const { rows } = await referee.query<{ stored: number }>(system.sql.stored);
    if (rows[0]?.stored !== WARM_UP_TASKS + tasks)
      throw new Error(`${system.name}: stored ${rows[0]?.stored}`);
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

async function unfinished({ system, referee }: ScenarioContext): Promise<boolean> {
  const { rows } = await referee.query<{ unfinished: boolean }>(system.sql.unfinished);
  return rows[0]?.unfinished === true;
}

/** Effects of the measured tasks, without those of the warm-up. */
async function countEffects({ system, referee }: ScenarioContext): Promise<NonNullable<Sample['effects']>> {
  const { rows } = await referee.query<{ written: number; distinct_tasks: number }>(system.sql.effects);
  const [row] = rows;
  if (row === undefined) throw new Error(`${system.name}: no effects`);
  return { written: row.written - WARM_UP_TASKS, distinctTasks: row.distinct_tasks - WARM_UP_TASKS };
}

async function withinLimit(work: Promise<void>, what: string): Promise<void> {
  const enough = new AbortController();
  const late = delay(LIMIT_MS, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${what} took more than ${LIMIT_MS / 1_000} s`);
  });
  late.catch(() => undefined);
  await Promise.race([work, late]);
  enough.abort();
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
