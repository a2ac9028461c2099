import { betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { HOUR_MS, MINUTE_MS, NightshiftError, randomSecret, SECOND_MS } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import { authPool } from './auth-pool.ts';
import { addAuthSecret, ensureAuthUser, readAuthSecret } from './sign-in.sql.ts';

const SECRET_BYTES = 32;
/** Somebody who does nothing for so long is signed out. */
const IDLE_MS = 30 * MINUTE_MS;
/** How far behind the note may be that he did something. */
const NOTED_MS = 5 * MINUTE_MS;
/** And so he is, whatever he does, after this. */
export const SIGNED_IN_MAX_MS = 12 * HOUR_MS;
/** How long a link by which a password is set can be used. */
const LINK_MS = 24 * HOUR_MS;

/** better-auth, as it is set up here. */
export type Auth = ReturnType<typeof authOf>;

/** A user as better-auth knows him. */
export interface AuthUser {
  readonly id: string;
  readonly email: string;
}

/** How people's cookies are set. */
export interface AuthOptions {
  /** Whether browsers are to send them over TLS only. */
  readonly secure: boolean;
  /** Takes the secret of a link that was asked for. */
  readonly onLink: (user: AuthUser, token: string) => void;
}

function authOf(platform: Platform, secret: string, { secure, onLink }: AuthOptions) {
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
    session: { expiresIn: IDLE_MS / SECOND_MS, updateAge: NOTED_MS / SECOND_MS, freshAge: 0 },
    advanced: {
      cookiePrefix: 'nightshift',
      useSecureCookies: secure,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict', path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    plugins: [twoFactor({ issuer: 'Nightshift', skipVerificationOnEnable: false })],
  });
}

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

/** Under what a user signs in: his number, since names change, in the form of an address. */
export function addressOf(userNo: number): string {
  return `${userNo}@users.nightshift.invalid`;
}

/** Makes sure that better-auth knows a user. */
export async function ensureAccount(
  { database, directory }: Platform,
  user: string,
  now: Date,
): Promise<AuthUser> {
  const { no, name } = directory.user(user);
  await database.run(ensureAuthUser, [String(no), name, addressOf(no), now]);
  return { id: String(no), email: addressOf(no) };
}
