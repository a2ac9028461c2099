import { isNightshiftError } from '../../foundation/index.ts';
import { type Directory, reachOfRights, writeAudit } from '../../permissions/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Exchange } from './exchange.ts';

/** Who signed in, and who tried. */
export interface SignInNote {
  /** As he was called. */
  readonly user: string;
  /** Null: as the name says, if anybody is called so. */
  readonly no: number | null;
  /** Null: he is signed in. */
  readonly error: unknown;
}

/** Puts it into the audit log. */
export async function noteSignIn(
  { database, directory }: Platform,
  { correlationId }: Exchange,
  { user, no, error }: SignInNote,
  now: Date,
): Promise<void> {
  if (error !== null && !isNightshiftError(error, 'SIGN_IN_REFUSED')) return;
  const known = no ?? directory.users.find(({ name }) => name === user)?.no ?? null;
  const denial = error === null ? {} : { denial: { code: 'SIGN_IN_REFUSED', reason: error.message } };
  const actor = {
    user: { no: known, name: user },
    company: { no: null, name: null },
    sessionUniqueId: null,
    correlationId,
  };
  const object = { kind: 'user', id: known === null ? null : String(known), name: user };
  await writeAudit(database, [{ actor, verb: 'user.signIn', object, ...denial }], now);
}

/** Whoever may change who may do what, signs in with an authenticator. */
export function isAdministrator(directory: Directory, userNo: number): boolean {
  const everywhere = [directory.rightsEverywhere(userNo)];
  const somewhere = directory.companies.map(({ no }) => directory.rightsOf(userNo, no));
  return [...everywhere, ...somewhere].some(
    (rights) => reachOfRights(rights, 'permissionSet.assign') === 'any',
  );
}
