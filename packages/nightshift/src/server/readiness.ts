import type { Platform } from '../platform/index.ts';
import { readMigrationNames } from './server.sql.ts';

/** Whether this server instance takes work, and why not. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: {
    /** The database answers. */
    readonly database: boolean;
    /** This process has its place among the server instances. */
    readonly instance: boolean;
    /** The database has the migrations of this release, and none of a newer one. */
    readonly migrations: boolean;
    /** Why the instance runs no tasks until somebody releases it; null: it is not held. */
    readonly held: string | null;
  };
}

/** Looks whether work could be taken. Never rejects. */
export async function readinessOf(
  { database, instance }: Platform,
  known: readonly string[],
): Promise<Readiness> {
  const present = await database
    .run<{ name: string }>(readMigrationNames, [])
    .then((rows) => rows.map(({ name }) => name))
    .catch(() => null);
  const migrations =
    present !== null && present.length === known.length && known.every((name) => present.includes(name));
  const { held, epoch } = instance;
  const checks = { database: present !== null, instance: epoch !== null, migrations, held };
  return { ready: checks.database && checks.instance && migrations && held === null, checks };
}
