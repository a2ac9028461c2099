import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { type Clock, NightshiftError } from '../../foundation/index.ts';
import { isGone, type UserCard } from '../../permissions/index.ts';
import type { Platform } from '../../platform/index.ts';
import { isLoopbackHost } from '../protection.ts';
import { ensureAccount } from './accounts.ts';
import { readSubjects } from './sign-in.sql.ts';

/** Signing in by a provider of the organisation (OpenID Connect). */
export interface OidcOptions {
  /** Where the provider is: its document is at `/.well-known/openid-configuration` below. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where browsers reach this server, such as `https://jobs.example`; the provider sends people back there. */
  readonly publicUrl: string;
  /**
   * Whether the provider asks for a second factor itself, so that administrators may sign in by it. Default: false, they sign in
   * with password and authenticator.
   */
  readonly asksSecondFactor?: boolean;
}

/** What better-auth calls the provider. */
export const OIDC_PROVIDER = 'oidc';
/** The pages by which people sign in there. */
export const OIDC_PAGE = '/sign-in/oidc';
export const OIDC_RETURN_PAGE = '/sign-in/oidc/callback';
/** Under what nobody signs in. */
const NOBODY = { email: 'nobody@users.nightshift.invalid', emailVerified: false };

/** @throws NightshiftError VALIDATION for addresses that anybody between could read or change */
export function checkedOidc(options: OidcOptions): OidcOptions {
  for (const field of ['issuer', 'publicUrl'] as const) {
    const url = URL.canParse(options[field]) ? new URL(options[field]) : null;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
    if (isSafe && url.search === '' && url.hash === '') continue;
    throw new NightshiftError('VALIDATION', `oidc.${field} has the form https://login.example.`, {
      field: `oidc.${field}`,
    });
  }
  return options;
}

/** The provider as better-auth takes it: it checks state, code, nonce, signature, issuer, audience and time. */
export function oidcPlugin(platform: Platform, clock: Clock, options: OidcOptions) {
  const base = (text: string) => text.replace(/\/+$/, '');
  return genericOAuth({
    config: [
      {
        providerId: OIDC_PROVIDER,
        discoveryUrl: `${base(options.issuer)}/.well-known/openid-configuration`,
        requireIdTokenVerification: true,
        clientId: options.clientId,
        clientSecret: options.clientSecret,
        redirectURI: `${base(options.publicUrl)}${OIDC_RETURN_PAGE}`,
        scopes: ['openid', 'email', 'profile'],
        pkce: true,
        disableSignUp: true,
        mapProfileToUser: (profile) => localUser(platform, clock, profile),
      },
    ],
  });
}

/**
 * As whom better-auth knows whoever the provider names: whose subject it is it finds by itself; else the user whose name is the
 * address that the provider has verified. Nobody is created.
 */
async function localUser(
  platform: Platform,
  clock: Clock,
  { sub, email, email_verified: isVerified }: Readonly<Record<string, unknown>>,
): Promise<{ readonly email: string; readonly emailVerified: boolean }> {
  if (typeof email !== 'string' || (isVerified !== true && isVerified !== 'true')) return NOBODY;
  await platform.directory.fresh();
  const wanted = email.toLowerCase();
  const found = platform.directory.users.filter(({ name }) => name.toLowerCase() === wanted);
  const [user] = found;
  if (user === undefined || found.length > 1 || !maySignIn(user, clock.now())) return NOBODY;
  const account = await ensureAccount(platform, user.name, clock.now());
  // An address is given to somebody else one day; who had it first stays who he is.
  const subjects = await platform.database.run<{ subject: string }>(readSubjects, [account.id]);
  const isTaken = subjects.some(({ subject }) => subject !== String(sub));
  return isTaken ? NOBODY : { email: account.email, emailVerified: true };
}

/** Whether a user may sign in: a person who is not gone. */
export function maySignIn(user: UserCard, now: Date): boolean {
  return user.kind === 'person' && !isGone(user, now);
}
