import { type Clock, isNightshiftError, NightshiftError } from '../../foundation/index.ts';
import { type Directory, reachOfRights, writeAudit } from '../../permissions/index.ts';
import type { Platform } from '../../platform/index.ts';
import { RequestFault } from '../problem.ts';
import { RateLimit } from '../rate-limit.ts';
import type { Who } from '../who.ts';
import { type Exchange, headersOf, keepCookies, refusing } from './exchange.ts';
import { weaknessOf } from './password-strength.ts';
import { type Auth, addressOf, openAuth, SIGNED_IN_MAX_MS } from './people.ts';
import { endSignIn, listSignIns, readLinkUser } from './sign-in.sql.ts';

/** Tries to sign in as one user from one address in a minute, ten of them at once. */
const TRIES_PER_MINUTE = 10;
/** And from all addresses together: so that strangers who guess do not lock him out, but many of them are slowed down. */
const TRIES_OF_ALL_PER_MINUTE = 300;
const COOKIE = 'nightshift.';

/** A place where somebody is signed in. */
export interface SignInPlace {
  readonly id: string;
  readonly isThis: boolean;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly agent: string | null;
}

/** What came of signing in. */
export type SignInOutcome = 'signed-in' | 'second-factor';

/** Signs people in with a password and, for administrators, an authenticator; better-auth is behind it, and nowhere else. */
export class SignIn {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #secure: boolean;
  readonly #tries: RateLimit;
  readonly #triesOfAll: RateLimit;
  #auth: Promise<Auth> | null = null;

  constructor(platform: Platform, clock: Clock, secure: boolean) {
    this.#platform = platform;
    this.#clock = clock;
    this.#secure = secure;
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
    const now = this.#clock.now();
    const { no } = this.#platform.directory.user(who.user);
    const oldest = new Date(now.getTime() - SIGNED_IN_MAX_MS);
    const rows = await this.#platform.database.run<PlaceRow>(listSignIns, [String(no), now, oldest]);
    return rows.map(({ id, token, since, seen, expires, address, agent }) => ({
      id,
      isThis: token === session?.token,
      since,
      lastSeenAt: seen,
      expiresAt: expires,
      address: address || null,
      agent: agent || null,
    }));
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
    });
    keepCookies(exchange, headers);
    if (response === null) return null;
    const { session, user } = response;
    const age = this.#clock.now().getTime() - new Date(session.createdAt).getTime();
    if (age < SIGNED_IN_MAX_MS) {
      return {
        userNo: Number(user.id),
        token: session.token,
        hasSecondFactor: user.twoFactorEnabled === true,
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
    const opened = this.#auth ?? openAuth(this.#platform, { secure: this.#secure, onLink: () => undefined });
    this.#auth = opened;
    // One that failed, as while the database was away, is tried again.
    opened.catch(() => {
      this.#auth = null;
    });
    return opened;
  }

  /** Who signed in, and who tried, is in the audit log. */
  async #note(
    { correlationId }: Exchange,
    user: string,
    error: unknown,
    no: number | null = null,
  ): Promise<void> {
    if (error !== null && !isNightshiftError(error, 'SIGN_IN_REFUSED')) return;
    const known = no ?? this.#platform.directory.users.find(({ name }) => name === user)?.no ?? null;
    const denial =
      error === null ? {} : { denial: { code: 'SIGN_IN_REFUSED', reason: 'The password is wrong.' } };
    const actor = {
      user: { no: known, name: user },
      company: { no: null, name: null },
      sessionUniqueId: null,
      correlationId,
    };
    const object = { kind: 'user', id: known === null ? null : String(known), name: user };
    await writeAudit(
      this.#platform.database,
      [{ actor, verb: 'user.signIn', object, ...denial }],
      this.#clock.now(),
    );
  }
}

interface PlaceRow {
  readonly id: string;
  readonly token: string;
  readonly since: Date;
  readonly seen: Date;
  readonly expires: Date;
  readonly address: string | null;
  readonly agent: string | null;
}

/** Whoever may change who may do what, signs in with an authenticator. */
function isAdministrator(directory: Directory, userNo: number): boolean {
  const everywhere = [directory.rightsEverywhere(userNo)];
  const somewhere = directory.companies.map(({ no }) => directory.rightsOf(userNo, no));
  return [...everywhere, ...somewhere].some(
    (rights) => reachOfRights(rights, 'permissionSet.assign') === 'any',
  );
}

/** @throws NightshiftError VALIDATION */
function refuseWeak(password: string, user: string): void {
  const weakness = weaknessOf(password, user);
  if (weakness !== null) throw new RequestFault([{ pointer: '/newPassword', message: weakness }]);
}
