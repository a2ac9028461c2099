import { betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { type Clock, HOUR_MS, NightshiftError, randomSecret, SECOND_MS } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { AuthUser } from './accounts.ts';
import { authPool } from './auth-pool.ts';
import { maySignIn, OIDC_PROVIDER, type OidcOptions, oidcPlugin } from './oidc.ts';
import { addAuthSecret, readAuthSecret } from './sign-in.sql.ts';

const SECRET_BYTES = 32;
/** How far behind the note may be that he did something: a part of the time after which he is signed out. */
const NOTED_PART = 6;
/** How long a link by which a password is set can be used. */
const LINK_MS = 24 * HOUR_MS;

/** better-auth, as it is set up here. */
export type Auth = ReturnType<typeof authOf>;

/** How people's cookies are set. */
export interface AuthOptions {
  /** Whether browsers are to send them over TLS only. */
  readonly secure: boolean;
  /** Takes the secret of a link that was asked for. */
  readonly onLink: (user: AuthUser, token: string) => void;
  readonly clock: Clock;
  /** Somebody who does nothing for so long is signed out. */
  readonly idleMs: number;
  /** Null: nobody signs in by a provider. */
  readonly oidc: OidcOptions | null;
}

function authOf(platform: Platform, secret: string, { secure, onLink, clock, idleMs, oidc }: AuthOptions) {
  return betterAuth({
    appName: 'Nightshift',
    // Only for texts: requests do not reach it by themselves.
    baseURL: 'http://localhost',
    secret,
    database: authPool(platform.database) as never,
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: LINK_MS / SECOND_MS,
      sendResetPassword: async ({ user, token }) => onLink(user, token),
    },
    session: {
      ...{ expiresIn: idleMs / SECOND_MS, updateAge: idleMs / NOTED_PART / SECOND_MS, freshAge: 0 },
      additionalFields: { signedInBy: { type: 'string', required: false, input: false } },
    },
    databaseHooks: {
      session: {
        create: {
          // However he says who he is: who may not act does not sign in.
          async before(session, context) {
            await platform.directory.fresh();
            const user = platform.directory.users.find(({ no }) => String(no) === session.userId);
            if (user === undefined || !maySignIn(user, clock.now())) return false;
            const isByProvider = context?.path?.startsWith('/callback') === true;
            return { data: { ...session, signedInBy: isByProvider ? 'oidc' : 'password' } };
          },
        },
      },
      // Nobody acts at the provider in his name.
      account: {
        create: { before: async (account) => ({ data: { ...account, ...NO_TOKENS } }) },
        update: { before: async (account) => ({ data: { ...account, ...NO_TOKENS } }) },
      },
    },
    account: { accountLinking: { trustedProviders: [OIDC_PROVIDER] } },
    advanced: {
      cookiePrefix: 'nightshift',
      useSecureCookies: secure,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict', path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // The provider sends people back from its own site, where browsers leave strict cookies out.
      cookies: { state: { attributes: { sameSite: 'lax' } } },
    },
    plugins: [
      twoFactor({ issuer: 'Nightshift', skipVerificationOnEnable: false }),
      ...(oidc === null ? [] : [oidcPlugin(platform, clock, oidc)]),
    ],
  });
}

const NO_TOKENS = { accessToken: null, refreshToken: null, idToken: null };

/** In which header better-auth is told where a request is from; it never comes from outside. */
export const ADDRESS_HEADER = 'x-nightshift-address';

/** Sets better-auth up on the database of a platform. */
export async function openAuth(platform: Platform, options: AuthOptions): Promise<Auth> {
  const { database } = platform;
  await database.run(addAuthSecret, [randomSecret(SECRET_BYTES)]);
  const [row] = await database.run<{ value: string }>(readAuthSecret, []);
  if (row === undefined) throw new NightshiftError('INTERNAL', 'There is no secret to sign cookies with.');
  return authOf(platform, row.value, options);
}
