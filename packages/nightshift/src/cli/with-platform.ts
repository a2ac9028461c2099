import { statusOfEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { NightshiftError } from '../foundation/index.ts';
import { createPlatform, type Identity, type Platform, type PlatformOptions } from '../platform/index.ts';
import { type LoadedApplication, loadApplication } from './application-module.ts';
import type { Invocation } from './invocation.ts';
import { type DatabasePlace, VARIABLES } from './settings.ts';

/** Options for the launcher: the folder, when one was named. */
export function embeddedOptions(place: DatabasePlace): { readonly dataDirectory?: string } {
  return place.kind === 'url' || place.dataDirectory === null ? {} : { dataDirectory: place.dataDirectory };
}

/**
 * Where an embedded server runs already, its URL: a short command that only visits must not end, as its last user, a
 * server that it did not start. Otherwise the platform's own way to the database.
 * @throws NightshiftError DATABASE_UNAVAILABLE when there is no data yet and none may be made
 */
export async function visit(
  place: DatabasePlace,
  mayCreate: boolean,
): Promise<NonNullable<PlatformOptions['database']>> {
  if (place.kind === 'url') return { url: place.url };
  const status = await statusOfEmbeddedPostgres(embeddedOptions(place));
  if (status.server !== null) return { url: status.server.url };
  if (status.initialised || mayCreate) return embeddedOptions(place);
  throw new NightshiftError(
    'DATABASE_UNAVAILABLE',
    `There is no database in ${status.dataDirectory} yet. Make one with "nightshift migrate" or "nightshift serve", or name another with --data or --database-url.`,
    { field: 'data' },
  );
}

/** The application that the command needs. @throws NightshiftError VALIDATION when none was named; APPLICATION_INVALID */
export async function requiredApplication({
  settings,
  surroundings,
}: Invocation): Promise<LoadedApplication> {
  if (settings.app !== null) return loadApplication(settings.app, surroundings.workingDirectory);
  throw new NightshiftError(
    'VALIDATION',
    `This command needs the application: give --app <module>, or set ${VARIABLES.app}.`,
    { field: 'app' },
  );
}

/** The application, where one was named: for commands that know more with it. @throws NightshiftError APPLICATION_INVALID */
export async function namedApplication(invocation: Invocation): Promise<Partial<LoadedApplication>> {
  const { app, server } = invocation.settings;
  return app === null || server !== null ? {} : requiredApplication(invocation);
}

/** The application that the command needs on a database; a server has its own. @throws as `requiredApplication` */
export async function neededApplication(invocation: Invocation): Promise<Partial<LoadedApplication>> {
  return invocation.settings.server === null ? requiredApplication(invocation) : {};
}

/** Connects, works, disconnects. The schema is only checked, never changed: that is what `migrate` and `serve` are for. */
export async function withPlatform<T>(
  invocation: Invocation,
  options: Pick<PlatformOptions, 'application' | 'applicationModule' | 'taskScheduler' | 'telemetry'>,
  work: (platform: Platform) => Promise<T>,
): Promise<T> {
  // Whoever means a server must not change a database that happens to be here.
  if (invocation.settings.server !== null) {
    throw new NightshiftError('VALIDATION', 'That is done where the database is, not by a server.', {
      field: 'url',
    });
  }
  const platform = await createPlatform({
    ...options,
    database: await visit(invocation.settings.database, false),
    ...environmentOption(invocation.settings.environment),
    migrate: 'check',
    clock: invocation.surroundings.clock,
    onNotice: (text) => invocation.notice(text),
  });
  try {
    return await work(platform);
  } finally {
    await platform.stop();
  }
}

/** Option for `createPlatform`: the name of the environment, when one was given. */
export function environmentOption(name: string | null): { readonly environment?: string } {
  return name === null ? {} : { environment: name };
}

/** Option for `createPlatform`: who enforces table rights, when it was said. What is neither is refused there. */
export function enforcementOption(name: string | null): Pick<PlatformOptions, 'permissions'> {
  return name === null ? {} : { permissions: { enforcement: name as 'database' } };
}

/** Who acts, by the options. */
export function identityOf({ settings }: Invocation): Identity {
  return { user: settings.user, company: settings.company };
}
