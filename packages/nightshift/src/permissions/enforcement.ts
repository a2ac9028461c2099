import { z } from 'zod';
import type { Executor } from '../database/index.ts';
import { NightshiftError, parsedOptions } from '../foundation/index.ts';
import { adoptObjects, liveInstances, readEnforcement, writeEnforcement } from './enforcement.sql.ts';

/**
 * Who keeps a session from tables that its user has no right to. `database`: PostgreSQL, by roles and grants. `codeunit`:
 * only what Nightshift checks before a codeunit runs; the SQL of every session runs with the platform's own login.
 */
export type Enforcement = 'database' | 'codeunit';

const optionsSchema = z
  .strictObject({
    /** Who enforces table rights. Null: as the database is set up; a new one is set up for `database`. Default null. */
    enforcement: z.enum(['database', 'codeunit']).nullable().default(null),
  })
  .readonly();

/** What may be given of the options. */
export type PermissionOptionsInput = z.input<typeof optionsSchema>;
/** The complete, frozen options. */
export type PermissionOptions = z.output<typeof optionsSchema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function permissionOptions(input: PermissionOptionsInput): PermissionOptions {
  return parsedOptions('permissions', optionsSchema, input);
}

/** What is wanted of a database's enforcement. */
export interface EnforcementWish {
  /** Null: as it is set up. */
  readonly enforcement: Enforcement | null;
  /** Whether a database that is set up for the other one may be changed. */
  readonly mayChange: boolean;
}

/** How a database is set up, and what it was before. */
export interface SettledEnforcement {
  readonly enforcement: Enforcement;
  /** Whether the application's tables may belong to somebody else than they ought to now. */
  readonly isChanged: boolean;
}

/** How the database is set up; null: it is new. */
export async function enforcementOf(database: Executor): Promise<Enforcement | null> {
  const [row] = await database.run<{ enforcement: Enforcement | null }>(readEnforcement, []);
  return row?.enforcement ?? null;
}

/**
 * Decides which of the two a database is used with from now on, and writes it down. The caller holds `lockEnvironment`.
 * @throws NightshiftError CONFLICT when that would be a change that is not allowed now
 */
export async function settleEnforcement(tx: Executor, wish: EnforcementWish): Promise<SettledEnforcement> {
  const present = await enforcementOf(tx);
  const enforcement = wish.enforcement ?? present ?? 'database';
  if (present === enforcement) return { enforcement, isChanged: false };
  if (present !== null) await refuseChange(tx, present, enforcement, wish.mayChange);
  await tx.run(writeEnforcement, [enforcement]);
  return { enforcement, isChanged: true };
}

async function refuseChange(
  tx: Executor,
  present: Enforcement,
  wanted: Enforcement,
  mayChange: boolean,
): Promise<void> {
  const is = `This database is set up for enforcement '${present}', not '${wanted}'`;
  const details = { present, wanted };
  if (!mayChange) {
    const text = `${is}. To change it: "nightshift migrate --enforcement ${wanted}".`;
    throw new NightshiftError('CONFLICT', text, { field: 'permissions.enforcement', details });
  }
  const live = await tx.run<{ place: number }>(liveInstances, []);
  if (live.length === 0) return;
  const who = live.map(({ place }) => place).join(', ');
  const text = `${is}, and server instance ${who} works on it. Stop every instance, and wait 15 s after one was killed, to change it.`;
  throw new NightshiftError('CONFLICT', text, { field: 'permissions.enforcement', details });
}

/** Gives the application's tables and all else in its schemas to whom they ought to belong. */
export async function adoptApplication(tx: Executor, owner: string): Promise<void> {
  await tx.run(adoptObjects, [owner]);
}
