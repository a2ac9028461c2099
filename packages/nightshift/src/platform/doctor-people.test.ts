import { describe, expect, test } from 'vitest';
import { createPermissionSet, disableUser } from '../administration/index.ts';
import { openDatabase } from '../database/index.ts';
import { type PermissionSetInput, permissionSet } from '../permissions/index.ts';
import { codeunit } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { peopleFindings, readPeople } from './doctor-people.ts';
import { createPlatform, type Platform } from './platform.ts';
import { jobQueue, permissionSets } from './verbs.ts';

const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const ADMIN = { user: 'ADMIN', company: 'CRONUS' };
const FUTURE = new Date('2999-01-01T00:00:00Z');

async function started(
  { url }: TestDatabase,
  sets: readonly PermissionSetInput[],
  work: (platform: Platform) => Promise<unknown>,
): Promise<void> {
  const platform = await createPlatform({
    name: 'shop',
    codeunits: [sync],
    permissionSets: sets.map(permissionSet),
    database: { url },
    environment: 'test',
  });
  try {
    await work(platform);
  } finally {
    await platform.stop();
  }
}

async function messages({ url }: TestDatabase): Promise<readonly string[]> {
  const database = await openDatabase({ url, applicationName: 'test' });
  try {
    return peopleFindings(await readPeople(database)).map(({ level, message }) => `${level}: ${message}`);
  } finally {
    await database.close();
  }
}

describe('what the doctor says of people', () => {
  test('is nothing while all is well', async () => {
    await inDatabase(async (database) => {
      await started(database, [], async () => undefined);
      expect(await messages(database)).toEqual(['ok: Whoever has work that waits may have it run.']);
    });
  });

  test('names obsolete sets that users have, and declarations that do not count', async () => {
    await inDatabase(async (database) => {
      const sets = [{ name: 'Clerk' }, { name: 'Unused' }];
      await started(database, sets, async (platform) => {
        const caller = platform.as(ADMIN);
        await createPermissionSet(caller, { name: 'Ours' });
        await permissionSets.assign(caller, { user: 'ADMIN', permissionSet: 'Clerk', company: null });
        await permissionSets.assign(caller, { user: 'ADMIN', permissionSet: 'Clerk', company: 'CRONUS' });
      });
      await started(database, [{ name: 'Ours' }], async () => undefined);
      expect(await messages(database)).toEqual([
        'warning: Permission set Clerk is obsolete: application shop declares it no more, and 1 user has it still.',
        'warning: Application shop declares permission set Ours, but another set has that name: the declaration does not count.',
      ]);
    });
  });

  test('names what would run as somebody who is gone, and that nobody administers', async () => {
    await inDatabase(async (database) => {
      await database.query(`insert into nightshift.app_user (name) values ('LEAVER')`);
      await started(database, [], async (platform) => {
        await permissionSets.assign(platform.as(ADMIN), {
          user: 'LEAVER',
          permissionSet: 'SUPER',
          company: null,
        });
        const leaver = platform.as({ ...ADMIN, user: 'LEAVER' });
        for (const name of ['one', 'two']) {
          const { id } = await jobQueue.create(leaver, {
            object: sync,
            description: name,
            earliestStart: FUTURE,
          });
          await jobQueue.setStatusToReady(leaver, id);
        }
        await createTask(leaver, sync, { notBefore: FUTURE });
        await disableUser(platform.as(ADMIN), 'LEAVER');
      });
      const gone =
        'warning: 2 job queue entries and 1 task in company CRONUS would run as LEAVER, who is gone: they fail with USER_DISABLED.';
      expect(await messages(database)).toEqual([gone]);
      await database.query(`update nightshift.app_user set valid_until = now()`);
      expect(await messages(database)).toEqual([
        'warning: No user who is enabled has permission set SUPER for all companies.',
        gone,
      ]);
    });
  });
});

async function inDatabase(work: (database: TestDatabase) => Promise<void>): Promise<void> {
  await using database = await createTestDatabase();
  await work(database);
}
