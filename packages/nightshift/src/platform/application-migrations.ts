import type pg from 'pg';
import {
  applyMigration,
  type CompanyMigration,
  migrationChanged,
  readApplicationMigrations,
} from '../administration/index.ts';
import { type Database, executorOver, type Migration, migrationDigest } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { alignRoles, type CompanyCard, type RoleNames } from '../permissions/index.ts';
import type { Application } from './application.ts';
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
  companies: readonly CompanyCard[],
  application: Application,
): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const company of companies.filter(isOpen)) {
    const pending = await pendingOf(database, company, application);
    if (pending.length === 0) continue;
    const upgrade = { companyNo: company.no, what: `${application.name}: ${pending[0]?.name}` };
    await duringUpgrade(database, upgrade, async () => {
      for (const migration of pending) {
        const step = { owner: names.app, company, application: application.name, migration };
        const done = await database.exclusively((client) => applyOnce(client, names, step));
        if (done) applied.push(`${company.name}: ${migration.name}`);
      }
    });
  }
  return applied;
}

/** Others get their tables from whoever makes them, or lose them. */
function isOpen({ state }: CompanyCard): boolean {
  return state === 'open';
}

/** What a company still needs. @throws NightshiftError MIGRATION_CHANGED */
async function pendingOf(
  database: Database,
  company: CompanyCard,
  { name, migrations }: Application,
): Promise<readonly Migration[]> {
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const key = [company.no, name, migration.name];
    const [known] = await database.run<{ digest: string }>(readApplicationMigrations, key);
    if (known === undefined) pending.push(migration);
    else if (known.digest !== migrationDigest(migration.sql)) throw migrationChanged(name, migration);
  }
  return pending;
}

/**
 * Checks that every company has all of an application's migrations.
 * @throws NightshiftError SCHEMA_MISSING, MIGRATION_CHANGED
 */
export async function checkApplication(
  database: Database,
  companies: readonly CompanyCard[],
  application: Application,
): Promise<void> {
  for (const company of companies.filter(isOpen)) {
    for (const migration of application.migrations) {
      const key = [company.no, application.name, migration.name];
      const [known] = await database.run<{ digest: string }>(readApplicationMigrations, key);
      if (known === undefined) {
        const text = `Company ${company.name} lacks migration ${migration.name} of ${application.name}.`;
        throw new NightshiftError('SCHEMA_MISSING', text, { details: { migration: migration.name } });
      }
      if (known.digest !== migrationDigest(migration.sql))
        throw migrationChanged(application.name, migration);
    }
  }
}

/** Applies a migration to a company unless it has it, together with the rights to its tables. */
export async function applyOnce(
  client: pg.ClientBase,
  names: RoleNames,
  step: CompanyMigration,
): Promise<boolean> {
  await client.query('begin');
  try {
    const command = async (text: string) => void (await client.query(text));
    const tx = { ...executorOver(client), command };
    const applied = await applyMigration(tx, step);
    // The rights to a table come with it.
    if (applied) await alignRoles(tx, names, { companyNo: step.company.no });
    await client.query('commit');
    return applied;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
