import { type Migration, migrationDigest, type Transaction } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Company, companySchema, lockEnvironment } from '../permissions/index.ts';
import { readApplicationMigrations, recordApplicationMigration, workAsOwner } from './companies.sql.ts';

/** One migration of an application, in one company. */
export interface CompanyMigration {
  /** The role that owns the application's tables. */
  readonly owner: string;
  readonly company: Company;
  /** Its name. */
  readonly application: string;
  readonly migration: Migration;
}

/**
 * Applies a migration in an open transaction, unless the company has it.
 * @returns whether it was applied now
 * @throws NightshiftError MIGRATION_CHANGED, or DATABASE_ERROR with the migration
 */
export async function applyMigration(tx: Transaction, step: CompanyMigration): Promise<boolean> {
  const { owner, company, application, migration } = step;
  await tx.run(lockEnvironment, []);
  const key = [company.no, application, migration.name];
  const [known] = await tx.run<{ digest: string }>(readApplicationMigrations, key);
  const digest = migrationDigest(migration.sql);
  if (known !== undefined && known.digest !== digest) throw migrationChanged(application, migration);
  if (known !== undefined) return false;
  try {
    await tx.command(workAsOwner(owner, companySchema(company.no)));
    await tx.command(migration.sql);
    await tx.command('reset role');
  } catch (error) {
    throw failed(step, error);
  }
  await tx.run(recordApplicationMigration, [...key, digest]);
  return true;
}

/** The refusal of a migration that is not as it was when it was applied. */
export function migrationChanged(application: string, migration: Migration): NightshiftError {
  return new NightshiftError(
    'MIGRATION_CHANGED',
    `Migration ${migration.name} of ${application} was changed after it had been applied.`,
    { details: { migration: migration.name } },
  );
}

function failed({ application, company, migration }: CompanyMigration, error: unknown): NightshiftError {
  const message = error instanceof Error ? error.message : String(error);
  return new NightshiftError(
    'DATABASE_ERROR',
    `Migration ${migration.name} of ${application} failed in company ${company.name}: ${message}.`,
    { cause: error, details: { migration: migration.name, company: company.name } },
  );
}
