import { MINUTE_MS, NightshiftError, systemClock, uuidV7 } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, doorOf } from '../../session/index.ts';
import { type AuthUser, ensureAccount } from './accounts.ts';
import { PASSWORD_PAGE } from './password-page.ts';
import { openAuth } from './people.ts';
import { addSubject } from './sign-in.sql.ts';

/**
 * Makes a link by which somebody sets his password, once, within a day. Whoever has it becomes him.
 * @returns the path, with the secret behind `#`, which browsers keep to themselves
 * @throws NightshiftError USER_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function createSignInLink(platform: Platform, caller: Caller, user: string): Promise<string> {
  const door = doorOf(caller);
  const object = await admitToPerson(platform, caller, user);
  const made = Promise.withResolvers<string>();
  const onLink = (_: AuthUser, token: string) => made.resolve(token);
  const auth = await openAuth(platform, {
    ...{ secure: true, onLink, clock: systemClock, oidc: null },
    // Links are no sign-ins.
    idleMs: MINUTE_MS,
  });
  const { email } = await ensureAccount(platform, user, systemClock.now());
  await auth.api.requestPasswordReset({ body: { email } });
  await door.transaction((tx) => audited(tx, door, { verb: 'user.signInLink', object }));
  return `${PASSWORD_PAGE}#${await made.promise}`;
}

/**
 * Says which subject of the sign-in provider a user is. Whoever signs in there as that subject becomes him.
 * @throws NightshiftError USER_UNKNOWN, PERMISSION_DENIED, USER_DISABLED; CONFLICT when it is somebody else's
 */
export async function declareSubject(
  platform: Platform,
  caller: Caller,
  { user, subject }: { readonly user: string; readonly subject: string },
): Promise<void> {
  if (!/^[\x21-\x7e]{1,255}$/.test(subject)) {
    throw new NightshiftError('VALIDATION', 'A subject is 1 to 255 characters of ASCII without spaces.', {
      field: 'subject',
    });
  }
  const door = doorOf(caller);
  const object = await admitToPerson(platform, caller, user);
  const now = systemClock.now();
  const { id } = await ensureAccount(platform, user, now);
  await door.transaction(async (tx) => {
    const added = await tx.run(addSubject, [uuidV7(now), subject, id, now]);
    if (added.length === 0)
      throw new NightshiftError('CONFLICT', `The subject ${subject} is a user's already.`);
    await audited(tx, door, { verb: 'user.signInLink', object, after: { subject } });
  });
}

/** Whoever may have others become a user. Applications sign in with keys. */
export async function admitToPerson({ directory }: Platform, caller: Caller, user: string) {
  const door = doorOf(caller);
  const card = directory.users.find(({ name }) => name === user);
  const object = { kind: 'user', id: card === undefined ? null : String(card.no), name: user };
  await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'user.signInLink', { ...object, isOwn: user === caller.user });
  if (card?.kind !== 'application') return object;
  throw new NightshiftError('VALIDATION', `${user} is an application: it signs in with an API key.`, {
    field: 'user',
  });
}
