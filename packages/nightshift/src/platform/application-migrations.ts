import type pg from 'pg';
import { type Database, executorOver, type Migration, migrationDigest } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Company, companySchema, lockEnvironment, type RoleNames } from '../permissions/index.ts';
import type { Application } from './application.ts';
import { readApplicationMigrations, recordApplicationMigration, workAsOwner } from './platform.sql.ts';
import { duringUpgrade } from './upgrade.ts';

/**
 * Brings an application's tables up to date in every company, each migration in a transaction of its own, as the owner
 * of the application's tables.
 * @returns the names applied, as `company: migration`
 * @throws NightshiftError SCHEMA_NEWER, MIGRATION_CHANGED, or DATABASE_ERROR with the migration
 */
export async function migrateApplication(
  database: Database,
  names: RoleNames,
  companies: readonly Company[],
  application: Application,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const company of companies) {
    const pending = await pendingOf(database, company, application);
    if (pending.length === 0) continue;
    const upgrade = { companyNo: company.no, what: `${application.name}: ${pending[0]?.name}` };
    await duringUpgrade(database, upgrade, async () => {
      for (const migration of pending) {
        const step = { owner: names.app, company, application: application.name, migration };
        const done = await database.exclusively((client) => applyOnce(client, step));
        if (done) applied.push(`${company.name}: ${migration.name}`);
      }
    });
  }
  return applied;
}

/** What a company still needs. @throws NightshiftError MIGRATION_CHANGED */
async function pendingOf(
  database: Database,
  company: Company,
  { name, migrations }: Application,
): Promise<readonly Migration[]> {
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const key = [company.no, name, migration.name];
    const [known] = await database.run<{ digest: string }>(readApplicationMigrations, key);
    if (known === undefined) pending.push(migration);
    else if (known.digest !== migrationDigest(migration.sql)) throw changed(name, migration);
  }
  return pending;
}

/**
 * Checks that every company has all of an application's migrations.
 * @throws NightshiftError SCHEMA_MISSING, MIGRATION_CHANGED
 */
export async function checkApplication(
  database: Database,
  companies: readonly Company[],
  application: Application,
): Promise<void> {
  for (const company of companies) {
    for (const migration of application.migrations) {
      const key = [company.no, application.name, migration.name];
      const [known] = await database.run<{ digest: string }>(readApplicationMigrations, key);
      if (known === undefined) {
        const text = `Company ${company.name} lacks migration ${migration.name} of ${application.name}.`;
        throw new NightshiftError('SCHEMA_MISSING', text, { details: { migration: migration.name } });
      }
      if (known.digest !== migrationDigest(migration.sql)) throw changed(application.name, migration);
    }
  }
}

/** One migration of one company. */
interface Step {
  readonly owner: string;
  readonly company: Company;
  readonly application: string;
  readonly migration: Migration;
}

async function applyOnce(client: pg.ClientBase, step: Step): Promise<boolean> {
  const { owner, company, application, migration } = step;
  const tx = executorOver(client);
  await client.query('begin');
  try {
    await tx.run(lockEnvironment, []);
    const key = [company.no, application, migration.name];
    const [known] = await tx.run<{ digest: string }>(readApplicationMigrations, key);
    const digest = migrationDigest(migration.sql);
    if (known !== undefined && known.digest !== digest) throw changed(application, migration);
    if (known === undefined) {
      await client.query(workAsOwner(owner, companySchema(company.no)));
      await client.query(migration.sql);
      await client.query('reset role');
      await tx.run(recordApplicationMigration, [...key, digest]);
    }
    await client.query('commit');
    return known === undefined;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error instanceof NightshiftError ? error : failed(step, error);
  }
}

function failed({ application, company, migration }: Step, error: unknown): NightshiftError {
  const message = error instanceof Error ? error.message : String(error);
  return new NightshiftError(
    'DATABASE_ERROR',
    `Migration ${migration.name} of ${application} failed in company ${company.name}: ${message}.`,
    { cause: error, details: { migration: migration.name, company: company.name } },
  );
}

function changed(application: string, migration: Migration): NightshiftError {
  return new NightshiftError(
    'MIGRATION_CHANGED',
    `Migration ${migration.name} of ${application} was changed after it had been applied.`,
    { details: { migration: migration.name } },
  );
}
