import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import {
  type Application,
  type Caller,
  createPlatform,
  jobQueue,
  type Platform,
  permissionSets,
  type Session,
  users,
} from 'nightshift';
import { vi } from 'vitest';
import application from '../../app.ts';
import { EMPTY_TABLES } from './empty-tables.sql.ts';

/** The application on a PostgreSQL of its own. */
export interface ScratchPlatform {
  readonly platform: Platform;
  readonly admin: Caller;
  /** The clerk, who has the set `Order Sync`; entries that she sets Ready run as her. */
  readonly clerk: Caller;
  /** Runs `work` in a session of the administrator. */
  open<T>(work: (session: Session) => Promise<T>): Promise<T>;
  rows(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Removes all orders, and what came of them. */
  empty(): Promise<void>;
  /** Creates an entry as the clerk, sets it Ready, and waits for the log entry of its run. */
  runInBackground(input: Parameters<typeof jobQueue.create>[1]): Promise<RunSeen>;
  stop(): Promise<void>;
}

/** How a run in the background has ended. */
export interface RunSeen {
  readonly entryId: string;
  readonly status: string;
  readonly error: { readonly code: string | null; readonly message: string } | null;
}

export const ADMIN = { user: 'ADMIN', company: 'CRONUS' } as const;
export const CLERK = { user: 'CLARA', company: 'CRONUS' } as const;
const LOOK_MS = 25;
const LIMIT_MS = 50_000;

/** Starts the bundled PostgreSQL in a temporary folder, which goes when it stops, and the application on it. */
export async function startScratchPlatform(other?: Application): Promise<ScratchPlatform> {
  const folder = await mkdtemp(path.join(tmpdir(), 'order-sync-'));
  await chmod(folder, 0o755); // as root the server runs as somebody else, who must be able to enter
  const dataDirectory = path.join(folder, 'data');
  const postgres = await startEmbeddedPostgres({ dataDirectory });
  const cleanUp = async () => {
    await postgres.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres({ dataDirectory });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const platform = await createPlatform({
      application: other ?? application,
      database: { url: postgres.url },
    });
    await platform.start();
    await hireClerk(platform);
    return scratchOf(platform, () => platform.stop().then(cleanUp));
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function hireClerk(platform: Platform): Promise<void> {
  const admin = platform.as(ADMIN);
  await users.create(admin, { name: CLERK.user, fullName: 'Clara Clerk' });
  for (const permissionSet of ['Order Sync', 'Job Queue Run']) {
    await permissionSets.assign(admin, { user: CLERK.user, permissionSet, company: CLERK.company });
  }
}

function scratchOf(platform: Platform, stop: () => Promise<void>): ScratchPlatform {
  const admin = platform.as(ADMIN);
  const clerk = platform.as(CLERK);
  const open: ScratchPlatform['open'] = (work) => platform.open(ADMIN, work);
  return {
    platform,
    admin,
    clerk,
    open,
    rows: (text, values = []) =>
      open(async ({ db }) => (await db.query<Record<string, unknown>>(text, values)).rows),
    empty: async () => {
      await platform.database.exclusively((client) => client.query(EMPTY_TABLES));
    },
    async runInBackground(input) {
      const { id: entryId } = await jobQueue.create(clerk, input);
      await jobQueue.setStatusToReady(clerk, entryId);
      return vi.waitFor(
        async () => {
          const [log] = await jobQueue.logEntries(admin, { entryId, limit: 1 });
          if (log === undefined || log.status === 'In Process') throw new Error('It has not ended yet.');
          return { entryId, status: log.status, error: log.error };
        },
        { interval: LOOK_MS, timeout: LIMIT_MS },
      );
    },
    stop,
  };
}
