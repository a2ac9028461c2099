import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { createPlatform, type Platform } from 'nightshift';
import application from '../../app.ts';
import { addCompany } from './company.sql.ts';

/** The application on a PostgreSQL of its own, with two companies. */
export interface ScratchPlatform {
  readonly platform: Platform;
  stop(): Promise<void>;
}

export const CRONUS = { user: 'ADMIN', company: 'CRONUS' } as const;
export const MY_COMPANY = { user: 'ADMIN', company: 'My Company' } as const;

/** Starts the bundled PostgreSQL in a temporary folder, which goes when it stops. */
export async function startScratchPlatform(): Promise<ScratchPlatform> {
  const folder = await mkdtemp(path.join(tmpdir(), 'start-session-'));
  await chmod(folder, 0o755); // as root the server runs as somebody else, who must be able to enter
  const dataDirectory = path.join(folder, 'data');
  const postgres = await startEmbeddedPostgres({ dataDirectory });
  const cleanUp = async () => {
    await postgres.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres({ dataDirectory });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const platform = await startPlatform(postgres.url);
    return { platform, stop: () => platform.stop().then(cleanUp) };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function startPlatform(url: string): Promise<Platform> {
  // No verb adds a company yet; companies are read when a platform is created.
  const first = await createPlatform({ database: { url } });
  await first.database.exclusively((client) => addCompany(client, MY_COMPANY.company));
  await first.stop();
  const platform = await createPlatform({ application, database: { url } });
  await platform.start();
  return platform;
}
