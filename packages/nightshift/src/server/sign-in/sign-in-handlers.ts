import type { SignInRouteName } from '../../contract/sign-in-routes.ts';
import type { HandlersOf } from '../handler.ts';
import { instantOf } from '../wire-parts.ts';
import type { SignInPlace } from './sign-in-places.ts';

/** A place where somebody is signed in, as it travels. */
export function placeWire({ since, lastSeenAt, expiresAt, ...place }: SignInPlace) {
  return {
    ...place,
    since: instantOf(since),
    lastSeenAt: instantOf(lastSeenAt),
    expiresAt: instantOf(expiresAt),
  };
}

/** What the addresses by which people sign in do. */
export const SIGN_IN_HANDLERS: HandlersOf<SignInRouteName> = {
  async 'signIn.create'({ signIn, exchange }, { body }) {
    return { outcome: await signIn.signIn(exchange, body.user, body.password) };
  },
  async 'signIn.secondFactor'({ signIn, exchange }, { body }) {
    return { outcome: await signIn.secondFactor(exchange, body.code) };
  },
  async 'signIn.recoveryCode'({ signIn, exchange }, { body }) {
    return { outcome: await signIn.recoveryCode(exchange, body.code) };
  },
  async 'signIn.setPassword'({ signIn, exchange }, { body }) {
    await signIn.setPassword(exchange, body.token, body.newPassword);
    return undefined;
  },
  async 'me.signOut'({ signIn, exchange }) {
    await signIn.signOut(exchange);
    return undefined;
  },
  async 'me.changePassword'({ signIn, exchange, who }, { body }) {
    await signIn.changePassword(exchange, who, body);
    return undefined;
  },
  async 'me.signIns'({ signIn, exchange, who }) {
    const places = await signIn.places(exchange, who);
    return { items: places.map(placeWire) };
  },
  async 'me.endSignIn'({ signIn, who }, { params }) {
    await signIn.end(who, params.signInId);
    return undefined;
  },
  'me.beginSecondFactor': ({ signIn, exchange, who }, { body }) =>
    signIn.beginSecondFactor(exchange, who, body.password),
  async 'me.confirmSecondFactor'({ signIn, exchange }, { body }) {
    await signIn.secondFactor(exchange, body.code);
    return undefined;
  },
};
