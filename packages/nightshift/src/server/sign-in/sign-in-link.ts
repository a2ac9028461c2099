import { NightshiftError, systemClock } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, doorOf } from '../../session/index.ts';
import { PASSWORD_PAGE } from './password-page.ts';
import { type AuthUser, ensureAccount, openAuth } from './people.ts';

/**
 * Makes a link by which somebody sets his password, once, within a day. Whoever has it becomes him.
 * @returns the path, with the secret behind `#`, which browsers keep to themselves
 * @throws NightshiftError USER_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function createSignInLink(platform: Platform, caller: Caller, user: string): Promise<string> {
  const door = doorOf(caller);
  const card = platform.directory.users.find(({ name }) => name === user);
  const object = { kind: 'user', id: card === undefined ? null : String(card.no), name: user };
  await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'user.signInLink', { ...object, isOwn: user === caller.user });
  if (card?.kind === 'application') {
    throw new NightshiftError('VALIDATION', `${user} is an application: it signs in with an API key.`, {
      field: 'user',
    });
  }
  const made = Promise.withResolvers<string>();
  const onLink = (_: AuthUser, token: string) => made.resolve(token);
  const auth = await openAuth(platform, { secure: true, onLink });
  const { email } = await ensureAccount(platform, user, systemClock.now());
  await auth.api.requestPasswordReset({ body: { email } });
  await door.transaction((tx) => audited(tx, door, { verb: 'user.signInLink', object }));
  return `${PASSWORD_PAGE}#${await made.promise}`;
}
