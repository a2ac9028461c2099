import { type Database, executorOver } from '../database/index.ts';
import { UPGRADE_CHANNEL } from '../task-scheduler/index.ts';
import { announceUpgrade, endUpgrade, HOLD_UPGRADE, hasUpgradeTable, tellUpgrade } from './upgrade.sql.ts';

/** Stands for all companies: the platform's own tables are changed. */
export const ALL_COMPANIES = 0;

/** What is upgraded. */
export interface Upgrade {
  /** The company's number, or `ALL_COMPANIES`. */
  readonly companyNo: number;
  /** For people. */
  readonly what: string;
}

/**
 * Announces an upgrade while `work` goes on: until it ends no server instance claims tasks there. The announcement lives
 * on a connection of its own and dies with it, so a process that is killed in the middle blocks nobody.
 */
export async function duringUpgrade<T>(
  database: Database,
  { companyNo, what }: Upgrade,
  work: () => Promise<T>,
): Promise<T> {
  return database.exclusively(async (client) => {
    const announcement = executorOver(client);
    // A database that is made just now, or comes from an older release, has nobody to tell.
    const [table] = await announcement.run<{ present: boolean }>(hasUpgradeTable, []);
    if (table?.present !== true) return work();
    await announcement.run(announceUpgrade, [companyNo, what]);
    await client.query(HOLD_UPGRADE);
    const tell = () => database.run(tellUpgrade, [UPGRADE_CHANNEL]).catch(() => []);
    await tell();
    try {
      return await work();
    } finally {
      await client.query('rollback').catch(() => undefined);
      await announcement.run(endUpgrade, []).catch(() => undefined);
      await tell();
    }
  });
}
