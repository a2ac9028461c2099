import { randomUuid } from '../foundation/index.ts';
import type { TestPlatform } from './test-platform.ts';

/** A server instance that has died, as the tables know it; whoever reaps finds it. */
export interface DeadInstance {
  readonly epoch: string;
  /** Lets the tasks be held by it, as often lost before as `suspect` says. They must have been created as not ready. */
  holds(tasks: readonly string[], suspect?: number): Promise<void>;
  /** Shows it to the reapers, silent for so many seconds. Default: two hours. */
  show(silentSeconds?: number): Promise<void>;
}

/** Makes one; nobody sees it yet. */
export function deadInstance(kit: Pick<TestPlatform, 'query'>): DeadInstance {
  const epoch = randomUuid();
  return {
    epoch,
    async holds(tasks, suspect = 0) {
      await kit.query(
        `update nightshift.scheduled_task set ready = true, claim = gen_random_uuid(), claimed_by = $2, suspect = $3
        where id = any($1::uuid[])`,
        [tasks, epoch, suspect],
      );
    },
    async show(silentSeconds = 7_200) {
      await kit.query(
        `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
        select $1, 2047, 'grave', 4711, '0', '{}', true, clock_timestamp() - $2 * interval '1 second'`,
        [epoch, silentSeconds],
      );
    },
  };
}
