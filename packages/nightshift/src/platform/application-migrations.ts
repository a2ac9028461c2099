import type pg from 'pg';
import { type Database, executorOver, type Migration, migrationDigest } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Company, companySchema, type RoleNames } from '../permissions/index.ts';
import type { Application } from './application.ts';
import { lockApplication, readApplicationMigrations, recordApplicationMigration } from './platform.sql.ts';

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
    for (const migration of application.migrations) {
      const done = await database.exclusively((client) => applyOnce(client, names, company, application, migration));
      if (done) applied.push(`${company.name}: ${migration.name}`);
    }
  }
  return applied;
}

async function applyOnce(
  client: pg.ClientBase,
  names: RoleNames,
  company: Company,
  application: Application,
  migration: Migration,
): Promise<boolean> {
  const tx = executorOver(client);
  await client.query('begin');
  try {
    await tx.run(lockApplication, []);
    const [known] = await tx.run<{ digest: string }>(readApplicationMigrations, [
      company.no,
      application.name,
      migration.name,
    ]);
    const digest = migrationDigest(migration.sql);
    if (known !== undefined && known.digest !== digest) throw changed(application, migration);
    if (known === undefined) {
      await client.query(`set local role ${names.app}`);
      await client.query(`set local search_path to ${companySchema(company.no)}, app_shared`);
      await client.query(migration.sql);
      await client.query('reset role');
      await tx.run(recordApplicationMigration, [company.no, application.name, migration.name, digest]);
    }
    await client.query('commit');
    return known === undefined;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (error instanceof NightshiftError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new NightshiftError(
      'DATABASE_ERROR',
      `Migration ${migration.name} of ${application.name} failed in company ${company.name}: ${message}.`,
      { cause: error, details: { migration: migration.name, company: company.name } },
    );
  }
}

function changed(application: Application, migration: Migration): NightshiftError {
  return new NightshiftError(
    'MIGRATION_CHANGED',
    `Migration ${migration.name} of ${application.name} was changed after it had been applied.`,
    { details: { migration: migration.name } },
  );
}
