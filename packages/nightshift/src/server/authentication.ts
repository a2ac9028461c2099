import type { FastifyRequest } from 'fastify';
import { checkApiKey } from '../administration/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import type { ResolvedServerOptions } from './server-options.ts';
import { exchangeOf } from './sign-in/exchange.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import type { Who } from './who.ts';

/** Finds out who asks; null: this way does not say. */
export type Identify = (request: FastifyRequest) => Promise<Who | null>;

/** Looks for an API key. One that is not valid is not overlooked for another way to sign in. */
export function identifyByApiKey({ database }: Platform, { clock }: ResolvedServerOptions): Identify {
  return async ({ headers }) => {
    const { authorization } = headers;
    if (authorization === undefined) return null;
    const [scheme = '', presented = ''] = authorization.split(' ');
    const key =
      scheme.toLowerCase() === 'bearer' ? await checkApiKey(database, presented, clock.now()) : null;
    if (key === null) throw new NightshiftError('UNAUTHENTICATED', 'The API key is not valid.');
    const { id, user, company, scopes } = key;
    return {
      user,
      signedInBy: 'api-key',
      scopes: new Set(scopes),
      company,
      needsSecondFactor: false,
      countedAs: `key ${id}`,
    };
  };
}

/** Looks for the cookie of somebody who has signed in here. */
export function identifyByCookie(signIn: SignIn): Identify {
  return (request) => {
    const { correlationId, cookies } = request.nightshift;
    return signIn.identify(exchangeOf(request, correlationId, cookies));
  };
}

/** Asks the host application. */
export function identifyByHost({ authenticate }: ResolvedServerOptions): Identify {
  return async (request) => {
    const user = (await authenticate?.(request)) ?? null;
    if (user === null) return null;
    return {
      user,
      signedInBy: 'host',
      scopes: null,
      company: null,
      needsSecondFactor: false,
      countedAs: `user ${user}`,
    };
  };
}

/** Whether a user of that name is there and may act now. */
export function isActive({ directory }: Platform, user: string, now: Date): boolean {
  const card = directory.users.find(({ name }) => name === user);
  return (
    card !== undefined && card.state === 'enabled' && (card.validUntil === null || card.validUntil > now)
  );
}
