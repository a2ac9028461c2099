import { given } from '../../foundation/index.ts';
import type { signInsHere } from '../sign-ins-here.ts';
import { at } from './server-of-caller.ts';
import { dateOf } from './wire.ts';

/** What an administrator does about the sign-ins of others, carried out by a server. */
export const signInsByServer: typeof signInsHere = {
  async list(caller, user) {
    const { server, params } = at(caller);
    const { items } = await server.call('users.signIns', { params: { ...params, user } });
    return items.map(({ since, lastSeenAt, expiresAt, ...place }) => ({
      ...place,
      since: dateOf(since),
      lastSeenAt: dateOf(lastSeenAt),
      expiresAt: dateOf(expiresAt),
    }));
  },
  async end(caller, { user, place }) {
    const { server, params } = at(caller);
    const body = given({ signInId: place ?? undefined });
    const { ended } = await server.call('users.endSignIns', { params: { ...params, user }, body });
    return ended;
  },
  async resetAuthenticator(caller, user) {
    const { server, params } = at(caller);
    await server.call('users.resetSecondFactor', { params: { ...params, user } });
  },
};
