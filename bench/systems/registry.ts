import { bareSqlSystem } from './bare-sql.ts';
import { graphileWorkerSystem } from './graphile-worker.ts';
import { nightshiftSystem } from './nightshift.ts';
import { pgBossSystem } from './pg-boss.ts';
import type { BenchSystem, SystemContext } from './system.ts';

const SYSTEMS: Readonly<Record<string, (context: SystemContext) => BenchSystem>> = {
  nightshift: nightshiftSystem,
  'graphile-worker': graphileWorkerSystem,
  'pg-boss': (context) => pgBossSystem(context, false),
  'pg-boss transactional': (context) => pgBossSystem(context, true),
  'bare SQL': bareSqlSystem,
};

/** Our own name in the tables. */
export const OURS = 'nightshift';
/** Not a competitor: what the machine allows. */
export const LIMIT = 'bare SQL';

/** Names of all systems, ours first. */
export const SYSTEM_NAMES: readonly string[] = Object.keys(SYSTEMS);

/** Makes a system by its name. */
export function systemNamed(name: string, context: SystemContext): BenchSystem {
  const make = SYSTEMS[name];
  if (make === undefined) throw new Error(`there is no system ${JSON.stringify(name)}`);
  return make(context);
}
