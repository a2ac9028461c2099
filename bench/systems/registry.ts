import { bareSqlSystem, LIMIT_NAMES, type LimitName } from './bare-sql.ts';
import type { BenchSystem, SystemContext } from './system.ts';

/** Our own name in the tables. */
export const OURS = 'nightshift';
/** Ours with as many tasks at a time as graphile-worker is given. */
export const OURS_WIDE = 'nightshift 24 at a time';
const WIDE_TASKS = 24;

type Maker = (context: SystemContext) => Promise<BenchSystem>;

/** Each is loaded by its own process only, lest its memory is that of all. */
const SYSTEMS: Readonly<Record<string, Maker>> = {
  [OURS]: async (context) => (await import('./nightshift.ts')).nightshiftSystem(context, null),
  [OURS_WIDE]: async (context) => (await import('./nightshift.ts')).nightshiftSystem(context, WIDE_TASKS),
  'graphile-worker': async (context) => (await import('./graphile-worker.ts')).graphileWorkerSystem(context),
  'pg-boss': async (context) => (await import('./pg-boss.ts')).pgBossSystem(context, false),
  'pg-boss transactional': async (context) => (await import('./pg-boss.ts')).pgBossSystem(context, true),
  BullMQ: async (context) => (await import('./bullmq.ts')).bullmqSystem(context),
  DBOS: async (context) => (await import('./dbos.ts')).dbosSystem(context),
};

/** The systems that are compared with ours. */
export const PEERS: readonly string[] = ['graphile-worker', 'pg-boss', 'BullMQ', 'DBOS'];

/** Peers that take a statement or more for each task: they are given fewer, lest a round takes minutes. */
const SLOW: readonly string[] = ['BullMQ', 'DBOS'];

/** How many tasks a system is given where fast ones get `tasks`. */
export function shareOf(system: string, tasks: number): number {
  return SLOW.includes(system) ? Math.ceil(tasks / 4) : tasks;
}

/** Whether it is our own, with whatever options. */
export function isOurs(name: string): boolean {
  return name === OURS || name === OURS_WIDE;
}

/** Whether it is none of the competitors, but what the machine allows. */
export function isLimit(name: string): name is LimitName {
  return LIMIT_NAMES.includes(name);
}

/** Makes a system by its name. */
export async function systemNamed(name: string, context: SystemContext): Promise<BenchSystem> {
  if (isLimit(name)) return bareSqlSystem(context, name);
  const make = SYSTEMS[name];
  if (make === undefined) throw new Error(`there is no system ${JSON.stringify(name)}`);
  return await make(context);
}
