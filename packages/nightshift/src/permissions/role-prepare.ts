import type { Database } from '../database/index.ts';
import { type Directory, isGone } from './directory.ts';
import { lockEnvironment } from './permissions.sql.ts';
import { makeRoles, type RoleIdentity } from './role-align.ts';
import type { RoleNames } from './role-names.ts';

/** Roles of users that one transaction makes: it holds a lock of the server for many of them. */
const IDENTITIES_A_TRANSACTION = 200;

/** Everybody in every company in which he may work at `now`. */
export function everyIdentity(directory: Directory, now: Date): readonly RoleIdentity[] {
  const users = directory.users.filter((user) => !isGone(user, now));
  return directory.companies.flatMap(({ no: companyNo }) =>
    users
      .filter(({ no }) => directory.setsOf(no, companyNo).length > 0)
      .map(({ no: userNo }) => ({ userNo, companyNo, lentNo: null })),
  );
}

/**
 * Makes the roles of many users ahead of their first sessions. Those that exist stay as they are. Each of its transactions
 * holds up whoever opens a company for the first time, for a fraction of a second.
 * @returns how many roles were made, with those of permission sets
 */
export async function prepareRoles(
  database: Database,
  names: RoleNames,
  identities: readonly RoleIdentity[],
): Promise<number> {
  let made = 0;
  for (let at = 0; at < identities.length; at += IDENTITIES_A_TRANSACTION) {
    made += await database.transaction(async (tx) => {
      await tx.run(lockEnvironment, []);
      const changed = await makeRoles(tx, names, identities.slice(at, at + IDENTITIES_A_TRANSACTION));
      return changed.filter(({ kind }) => kind === 'role-missing').length;
    });
  }
  return made;
}
