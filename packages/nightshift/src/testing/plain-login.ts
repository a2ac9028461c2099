import { onTestFinished } from 'vitest';
import { randomSecret } from '../foundation/index.ts';
import { createEmptyDatabase, type TestDatabase } from './test-database.ts';

/** A database that a login of its own owns, which is no superuser. */
export interface OwnedDatabase {
  readonly target: TestDatabase;
  readonly login: string;
  /** For `createPlatform`: as that login. */
  readonly url: string;
}

/** Makes an empty database and a login that owns it; both go when the test has finished. @param rights such as `createrole` */
export async function createOwnedDatabase(rights = ''): Promise<OwnedDatabase> {
  const target = await createEmptyDatabase();
  // It needs quotes wherever it is named.
  const login = `Test-login ${randomSecret(4)}`;
  for (const command of [
    `create role "${login}" login password 'known' ${rights}`,
    `alter database ${target.name} owner to "${login}"`,
  ])
    await target.query(command);
  onTestFinished(async () => {
    await target.drop();
    await using other = await createEmptyDatabase();
    const drop = `drop role "${login}"`;
    await other.query(drop);
  });
  const url = new URL(target.url);
  url.username = login;
  url.password = 'known';
  return { target, login, url: url.href };
}
