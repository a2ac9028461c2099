import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { NightshiftError } from '../foundation/index.ts';
import {
  createMigrationTable,
  lockMigrations,
  readMigrations,
  recordMigration,
  unlockMigrations,
} from './migrations.sql.ts';
import { classifyFailure } from './sqlstate.ts';

/** One step of the schema's history. */
export interface Migration {
  /** `0001_platform`: the number orders, the rest says what for. */
  readonly name: string;
  readonly sql: string;
}

/** What a migration run did. */
export interface MigrationResult {
  readonly applied: readonly string[];
  /** The newest migration that the database has now. */
  readonly newest: string | null;
}

/** Folder of the platform's migrations; beside `src` and beside `dist`. */
export const PLATFORM_MIGRATIONS = new URL('../../migrations/', import.meta.url);

/** Reads the numbered `.sql` files of a folder, in order. */
export async function readMigrationFolder(folder: URL): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.replace(/\.sql$/, ''),
      sql: await readFile(new URL(name, folder), 'utf8'),
    })),
  );
}

/** The digest that proves a migration was not changed after it ran. */
export function migrationDigest(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}

/**
 * Which of `migrations` the database still needs.
 * @throws NightshiftError SCHEMA_NEWER when the database has one that this release does not know; MIGRATION_CHANGED
 *   when one differs from what was applied
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly digest: string }[],
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, digest } of applied) {
    const migration = known.get(name);
    if (migration === undefined) {
      throw new NightshiftError(
        'SCHEMA_NEWER',
        `The database has migration ${name}, which this release of Nightshift does not know.`,
        { details: { migration: name } },
      );
    }
    if (migrationDigest(migration.sql) !== digest) {
      throw new NightshiftError(
        'MIGRATION_CHANGED',
        `Migration ${name} was changed after it had been applied.`,
        {
          details: { migration: name },
        },
      );
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

/**
 * Brings the platform's schema up to date, each migration in a transaction of its own; processes that start at once
 * wait for each other on an advisory lock.
 */
export async function migrate(
  client: pg.ClientBase,
  migrations: readonly Migration[],
): Promise<MigrationResult> {
  await client.query(lockMigrations.text);
  try {
    await client.query(createMigrationTable.text).catch((error: unknown) => {
      throw migrationFailed('The table of migrations could not be made', error, {});
    });
    const applied = (await client.query(readMigrations.text)).rows as { name: string; digest: string }[];
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) await apply(client, migration);
    return { applied: pending.map(({ name }) => name), newest: migrations.at(-1)?.name ?? null };
  } finally {
    // A broken connection has lost its lock already; the first error is the one to tell.
    await client.query(unlockMigrations.text).catch(() => undefined);
  }
}

async function apply(client: pg.ClientBase, migration: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(migration.sql);
    await client.query(recordMigration.text, [migration.name, migrationDigest(migration.sql)]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw migrationFailed(`Migration ${migration.name} failed and was rolled back`, error, {
      migration: migration.name,
    });
  }
}

function migrationFailed(
  what: string,
  error: unknown,
  details: Readonly<Record<string, string>>,
): NightshiftError {
  const message = error instanceof Error ? error.message : String(error);
  const lacksRights = classifyFailure(error).code === '42501';
  return new NightshiftError(lacksRights ? 'DATABASE_RIGHTS' : 'DATABASE_ERROR', `${what}: ${message}.`, {
    cause: error,
    details,
  });
}

/**
 * Checks that the database has exactly the migrations of this release.
 * @throws NightshiftError SCHEMA_MISSING, SCHEMA_NEWER or MIGRATION_CHANGED
 */
export async function checkSchema(client: pg.ClientBase, migrations: readonly Migration[]): Promise<void> {
  const applied = await client.query(readMigrations.text).then(
    (answer) => answer.rows as { name: string; digest: string }[],
    (error: unknown) => {
      if (['42P01', '3F000'].includes(classifyFailure(error).code ?? '')) return [];
      throw error;
    },
  );
  const pending = pendingMigrations(migrations, applied);
  if (pending.length > 0) {
    throw new NightshiftError(
      'SCHEMA_MISSING',
      `The database lacks ${pending.length} migrations of this release.`,
      {
        details: { pending: pending.map(({ name }) => name) },
      },
    );
  }
}
