import { type Clock, NightshiftError } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import { RequestFault } from '../problem.ts';
import { RateLimit } from '../rate-limit.ts';
import type { SignedInLimits } from '../server-options.ts';
import type { Who } from '../who.ts';
import { addressOf } from './accounts.ts';
import { type Exchange, headersOf, keepCookies, refusing } from './exchange.ts';
import { OIDC_PROVIDER, type OidcOptions } from './oidc.ts';
import { weaknessOf } from './password-strength.ts';
import { type Auth, openAuth } from './people.ts';
import { endSignIn, readLinkUser } from './sign-in.sql.ts';
import { isAdministrator, noteSignIn } from './sign-in-notes.ts';
import { placesOf, type SignInPlace } from './sign-in-places.ts';

/** Tries to sign in as one user from one address in a minute, ten of them at once. */
const TRIES_PER_MINUTE = 10;
/** And from all addresses together: so that strangers who guess do not lock him out, but many of them are slowed down. */
const TRIES_OF_ALL_PER_MINUTE = 300;
const COOKIE = 'nightshift.';

/** What came of signing in. */
export type SignInOutcome = 'signed-in' | 'second-factor';

/** How people sign in. */
export interface SignInOptions {
  /** Whether browsers are to send cookies over TLS only. */
  readonly secure: boolean;
  /** Null: nobody signs in by a provider. */
  readonly oidc: OidcOptions | null;
  readonly limits: SignedInLimits;
}

/** Signs people in with a password and, for administrators, an authenticator; better-auth is behind it, and nowhere else. */
export class SignIn {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #secure: boolean;
  readonly #oidc: OidcOptions | null;
  readonly #limits: SignedInLimits;
  readonly #tries: RateLimit;
  readonly #triesOfAll: RateLimit;
  #auth: Promise<Auth> | null = null;

  constructor(platform: Platform, clock: Clock, { secure, oidc, limits }: SignInOptions) {
    this.#platform = platform;
    this.#clock = clock;
    this.#secure = secure;
    this.#oidc = oidc;
    this.#limits = limits;
    this.#tries = new RateLimit(clock, TRIES_PER_MINUTE);
    this.#triesOfAll = new RateLimit(clock, TRIES_OF_ALL_PER_MINUTE);
  }

  /** Who is signed in where a request comes from; null: nobody. */
  async identify(exchange: Exchange): Promise<Who | null> {
    const session = await this.#session(exchange);
    if (session === null) return null;
    const { directory } = this.#platform;
    const user = directory.users.find(({ no }) => no === session.userNo);
    if (user === undefined) return null;
    const needsSecondFactor = !session.hasSecondFactor && isAdministrator(directory, user.no);
    const countedAs = `user ${user.name}`;
    return {
      user: user.name,
      signedInBy: 'session',
      scopes: null,
      company: null,
      needsSecondFactor,
      countedAs,
    };
  }

  /** @throws NightshiftError SIGN_IN_REFUSED, TOO_MANY_REQUESTS */
  async signIn(exchange: Exchange, user: string, password: string): Promise<SignInOutcome> {
    this.#count(user, exchange);
    const auth = await this.#open();
    const known = this.#platform.directory.users.find(({ name }) => name === user);
    try {
      // Of somebody who is not known better-auth hashes all the same, so that both take as long.
      const email = addressOf(known?.no ?? -1);
      const { headers, response } = await refusing(
        auth.api.signInEmail({
          body: { email, password },
          headers: headersOf(exchange),
          returnHeaders: true,
        }),
      );
      keepCookies(exchange, headers);
      const { twoFactorRedirect } = response as { twoFactorRedirect?: boolean };
      if (twoFactorRedirect === true) return 'second-factor';
      await this.#note(exchange, user, null);
      return 'signed-in';
    } catch (error) {
      await this.#note(exchange, user, error);
      throw error;
    }
  }

  /** Completes a sign-in by the code of an authenticator. @throws NightshiftError SIGN_IN_REFUSED, TOO_MANY_REQUESTS */
  async secondFactor(exchange: Exchange, code: string): Promise<SignInOutcome> {
    const auth = await this.#open();
    const body = { body: { code }, headers: headersOf(exchange), returnHeaders: true } as const;
    return this.#complete(exchange, () => auth.api.verifyTOTP(body));
  }

  /** Completes a sign-in by a recovery code. @throws NightshiftError SIGN_IN_REFUSED, TOO_MANY_REQUESTS */
  async recoveryCode(exchange: Exchange, code: string): Promise<SignInOutcome> {
    const auth = await this.#open();
    const body = { body: { code }, headers: headersOf(exchange), returnHeaders: true } as const;
    return this.#complete(exchange, () => auth.api.verifyBackupCode(body));
  }

  async #complete(
    exchange: Exchange,
    verify: () => Promise<{ headers: Headers | null; response: { user: { id: string } } }>,
  ): Promise<SignInOutcome> {
    this.#count('(code)', exchange);
    const { headers, response } = await refusing(verify());
    keepCookies(exchange, headers);
    const { no, name } = this.#platform.directory.userByNo(Number(response.user.id));
    await this.#note(exchange, name, null, no);
    return 'signed-in';
  }

  /**
   * Begins to sign in by the provider. @param landing where a browser is sent in the end
   * @returns where the provider asks
   * @throws NightshiftError NOT_FOUND when there is none; SIGN_IN_REFUSED when it does not answer
   */
  async beginOidc(exchange: Exchange, landing: string): Promise<string> {
    if (this.#oidc === null) throw new NightshiftError('NOT_FOUND', 'Nobody signs in by a provider here.');
    const auth = await this.#open();
    const body = { provider: OIDC_PROVIDER, callbackURL: landing, disableRedirect: true };
    const begun = refusing(
      auth.api.signInSocial({ body, headers: headersOf(exchange), returnHeaders: true }),
      'The sign-in provider does not answer.',
    );
    const { headers, response } = await begun;
    keepCookies(exchange, headers);
    return (response as { url?: string }).url ?? landing;
  }

  /** Completes it with what the provider sent. @returns where the browser goes. @throws NightshiftError SIGN_IN_REFUSED */
  async finishOidc(exchange: Exchange, query: Readonly<Record<string, string>>): Promise<string> {
    const auth = await this.#open();
    const answer = await auth.api.callbackOAuth({
      ...{ params: { id: OIDC_PROVIDER }, query, headers: headersOf(exchange), method: 'GET' },
      asResponse: true,
    });
    keepCookies(exchange, answer.headers);
    const landing = answer.headers.get('location');
    const session = await this.#session({ ...exchange, cookie: cookieIn(answer.headers), cookies: [] });
    if (session !== null && landing !== null && !/[?&]error=/.test(landing)) {
      const { no, name } = this.#platform.directory.userByNo(session.userNo);
      await this.#note(exchange, name, null, no);
      return landing;
    }
    const refusal = new NightshiftError(
      'SIGN_IN_REFUSED',
      'The sign-in provider did not say who you are, or nobody here goes by that.',
    );
    await this.#note(exchange, `(${OIDC_PROVIDER})`, refusal);
    throw refusal;
  }

  /** Sets a password by a link. @throws NightshiftError SIGN_IN_REFUSED for the link; VALIDATION for the password */
  async setPassword(exchange: Exchange, token: string, newPassword: string): Promise<void> {
    const auth = await this.#open();
    const [row] = await this.#platform.database.run<{ name: string }>(readLinkUser, [token]);
    refuseWeak(newPassword, row?.name ?? '');
    await refusing(
      auth.api.resetPassword({ body: { token, newPassword }, headers: headersOf(exchange) }),
      'The link was used already, or its time is over.',
    );
  }

  /** @throws NightshiftError SIGN_IN_REFUSED for the present password; VALIDATION for the new one */
  async changePassword(
    exchange: Exchange,
    who: Who,
    { password, newPassword }: { readonly password: string; readonly newPassword: string },
  ): Promise<void> {
    refuseWeak(newPassword, who.user);
    this.#count(who.user, exchange);
    const auth = await this.#open();
    const body = { currentPassword: password, newPassword, revokeOtherSessions: true };
    const { headers } = await refusing(
      auth.api.changePassword({ body, headers: headersOf(exchange), returnHeaders: true }),
    );
    keepCookies(exchange, headers);
  }

  /** Begins to use an authenticator. @throws NightshiftError SIGN_IN_REFUSED for the password; CONFLICT when there is one */
  async beginSecondFactor(exchange: Exchange, who: Who, password: string) {
    this.#count(who.user, exchange);
    const auth = await this.#open();
    const session = await this.#session(exchange);
    if (session?.hasSecondFactor === true)
      throw new NightshiftError('CONFLICT', 'You have an authenticator already.');
    const begun = await refusing(
      auth.api.enableTwoFactor({ body: { password }, headers: headersOf(exchange) }),
    );
    if (begun.method === 'totp') return { uri: begun.totpURI, recoveryCodes: begun.backupCodes };
    throw new NightshiftError('INTERNAL', 'There is another second factor than an authenticator.');
  }

  /** Signs out. */
  async signOut(exchange: Exchange): Promise<void> {
    const auth = await this.#open();
    const { headers } = await auth.api.signOut({ headers: headersOf(exchange), returnHeaders: true });
    keepCookies(exchange, headers);
  }

  /** Where somebody is signed in, newest first. */
  async places(exchange: Exchange, who: Who): Promise<readonly SignInPlace[]> {
    const session = await this.#session(exchange);
    const { no } = this.#platform.directory.user(who.user);
    const oldest = new Date(this.#clock.now().getTime() - this.#limits.maximumMs);
    const places = await placesOf(this.#platform.database, { userNo: no, now: this.#clock.now(), oldest });
    return places.map(({ token, ...place }) => ({ ...place, isThis: token === session?.token }));
  }

  /** Signs somebody out at a place of his. @throws NightshiftError NOT_FOUND */
  async end(who: Who, id: string): Promise<void> {
    const { no } = this.#platform.directory.user(who.user);
    const ended = await this.#platform.database.run(endSignIn, [String(no), id]);
    if (ended.length === 0) throw new NightshiftError('NOT_FOUND', 'You are not signed in there.');
  }

  async #session(exchange: Exchange) {
    if (!exchange.cookie.includes(COOKIE)) return null;
    const auth = await this.#open();
    const { headers, response } = await auth.api.getSession({
      headers: headersOf(exchange),
      returnHeaders: true,
      query: { disableRefresh: exchange.isWatching },
    });
    keepCookies(exchange, headers);
    if (response === null) return null;
    const { session, user } = response;
    const age = this.#clock.now().getTime() - new Date(session.createdAt).getTime();
    if (age < this.#limits.maximumMs) {
      return {
        userNo: Number(user.id),
        token: session.token,
        // The provider knows nothing of the authenticator that goes with the password.
        hasSecondFactor:
          session.signedInBy === OIDC_PROVIDER
            ? this.#oidc?.asksSecondFactor === true
            : user.twoFactorEnabled === true,
      };
    }
    await this.#platform.database.run(endSignIn, [user.id, session.id]);
    return null;
  }

  /** @throws TooManyRequests */
  #count(user: string, { address }: Exchange): void {
    this.#tries.take(`${address} ${user}`);
    if (user !== '(code)') this.#triesOfAll.take(user);
  }

  #open(): Promise<Auth> {
    const opened =
      this.#auth ??
      openAuth(this.#platform, {
        ...{ secure: this.#secure, clock: this.#clock, oidc: this.#oidc, onLink: () => undefined },
        idleMs: this.#limits.idleMs,
      });
    this.#auth = opened;
    // One that failed, as while the database was away, is tried again.
    opened.catch(() => {
      this.#auth = null;
    });
    return opened;
  }

  /** Who signed in, and who tried, is in the audit log. */
  #note(exchange: Exchange, user: string, error: unknown, no: number | null = null): Promise<void> {
    return noteSignIn(this.#platform, exchange, { user, no, error }, this.#clock.now());
  }
}

/** What a browser would send back. */
function cookieIn(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** @throws NightshiftError VALIDATION */
function refuseWeak(password: string, user: string): void {
  const weakness = weaknessOf(password, user);
  if (weakness !== null) throw new RequestFault([{ pointer: '/newPassword', message: weakness }]);
}
