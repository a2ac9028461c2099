import { NightshiftError, systemClock } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import { audited, type Caller, doorOf } from '../../session/index.ts';
import { endSignIn, endSignIns, removeAuthenticator } from './sign-in.sql.ts';
import { admitToPerson } from './sign-in-link.ts';
import { placesOf, type SignInPlace } from './sign-in-places.ts';

/**
 * Where a user is signed in, newest first.
 * @throws NightshiftError USER_UNKNOWN, PERMISSION_DENIED, USER_DISABLED; VALIDATION for an application
 */
export async function listSignInsOf(
  platform: Platform,
  caller: Caller,
  user: string,
): Promise<readonly SignInPlace[]> {
  await admitToPerson(platform, caller, user);
  const now = systemClock.now();
  // Here it is not known how long a server lets people stay: what idled away is left out, and that is soon all.
  const oldest = new Date(0);
  const { no: userNo } = platform.directory.user(user);
  const places = await placesOf(platform.database, { userNo, now, oldest });
  return places.map(({ token: _, ...place }) => ({ ...place, isThis: false }));
}

/**
 * Signs a user out at one place, or everywhere. What he has open is closed within seconds.
 * @returns how many places it were
 * @throws as `listSignInsOf`; NOT_FOUND when he is not signed in at that place
 */
export async function endSignInsOf(
  platform: Platform,
  caller: Caller,
  { user, place }: { readonly user: string; readonly place: string | null },
): Promise<number> {
  const object = await admitToPerson(platform, caller, user);
  const id = String(platform.directory.user(user).no);
  const door = doorOf(caller);
  return door.transaction(async (tx) => {
    const ended = await (place === null ? tx.run(endSignIns, [id]) : tx.run(endSignIn, [id, place]));
    if (place !== null && ended.length === 0)
      throw new NightshiftError('NOT_FOUND', `${user} is not signed in there.`);
    await audited(tx, door, { verb: 'user.signInLink', object, after: { signInsEnded: ended.length } });
    return ended.length;
  });
}

/**
 * Takes a lost authenticator from a user with its recovery codes, and signs him out everywhere: he sets up another one when he
 * signs in next.
 * @throws as `listSignInsOf`; PERMISSION_DENIED for one's own, which a recovery code replaces; CONFLICT when he has none
 */
export async function resetSecondFactor(platform: Platform, caller: Caller, user: string): Promise<void> {
  const object = await admitToPerson(platform, caller, user);
  if (user === caller.user) {
    throw new NightshiftError(
      'PERMISSION_DENIED',
      'Your own authenticator is not taken away without it: sign in with a recovery code, or ask another administrator.',
    );
  }
  const id = String(platform.directory.user(user).no);
  const door = doorOf(caller);
  await door.transaction(async (tx) => {
    const [row] = await tx.run(removeAuthenticator, [id]);
    if (row === undefined) throw new NightshiftError('CONFLICT', `${user} has no authenticator.`);
    await tx.run(endSignIns, [id]);
    await audited(tx, door, { verb: 'user.signInLink', object, after: { authenticator: 'removed' } });
  });
}
