import type { JobSession } from './job-session.ts';
import { ShopError } from './shop-error.ts';
import type { ShopSetup } from './shop-setup.ts';

/** How often one request is sent before the fetch gives up. */
export const REQUEST_TRIES_MAX = 5;
/** The wait before the second try; it doubles with each further one. */
export const RETRY_WAIT_MS = 500;
/** A shop that asks for a longer pause than this is left alone until the next run. */
export const RETRY_AFTER_MS_MAX = 120_000;

const EXCERPT_LENGTH = 120;

/** A good answer: the parsed body and its headers. */
export interface ShopAnswer {
  readonly body: unknown;
  readonly headers: Headers;
}

/** One try: an answer, or why there is none and how long the shop wants us to wait (null: as we like). */
type Try =
  | { readonly answer: ShopAnswer }
  | { readonly failure: ShopError; readonly retryAfterMs: number | null };

/**
 * Sends one GET request, again after a pause when the shop is busy, fails or answers half.
 * @throws ShopError at once for what a repeat cannot repair (setup, rights), otherwise after the last try
 */
export async function getJson(session: JobSession, setup: ShopSetup, url: URL): Promise<ShopAnswer> {
  for (let tried = 1; ; tried += 1) {
    const outcome = await tryOnce(session, setup, url);
    if ('answer' in outcome) return outcome.answer;
    const waitMs = outcome.retryAfterMs ?? RETRY_WAIT_MS * 2 ** (tried - 1);
    if (tried === REQUEST_TRIES_MAX || waitMs > RETRY_AFTER_MS_MAX) {
      const { code, message, cause } = outcome.failure;
      throw new ShopError(code, `${message} Tried ${tried} times.`, { cause });
    }
    session.log.warning(`${outcome.failure.message} Trying again.`, { tried, waitMs, path: url.pathname });
    await session.sleep(waitMs);
  }
}

async function tryOnce(session: JobSession, setup: ShopSetup, url: URL): Promise<Try> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', authorization: basicAuthorization(setup) },
      // A redirect to another host would drop the credentials and end in a misleading 401.
      redirect: 'manual',
      signal: AbortSignal.any([session.signal, AbortSignal.timeout(setup.requestTimeoutSeconds * 1000)]),
    });
    const text = await response.text();
    return readResponse(setup, url, response, text);
  } catch (cause) {
    if (cause instanceof ShopError) throw cause;
    session.signal.throwIfAborted();
    return { failure: unreachable(setup, cause), retryAfterMs: null };
  }
}

function basicAuthorization(setup: ShopSetup): string {
  return `Basic ${Buffer.from(`${setup.key}:${setup.secret}`, 'utf8').toString('base64')}`;
}

function unreachable(setup: ShopSetup, cause: unknown): ShopError {
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
  const problem = timedOut
    ? `did not answer within ${setup.requestTimeoutSeconds} s`
    : 'cannot be reached or broke off its answer';
  return new ShopError('SHOP_UNAVAILABLE', `The shop ${setup.url} ${problem}.`, { cause });
}

function readResponse(setup: ShopSetup, url: URL, response: Response, text: string): Try {
  const { status } = response;
  if (status === 200) return readBody(setup, response, text);
  if (status === 429 || status === 503) {
    const failure = new ShopError('SHOP_BUSY', `The shop ${setup.url} asks us to wait (status ${status}).`);
    return { failure, retryAfterMs: retryAfterMs(response.headers) };
  }
  if (status >= 500) {
    const failure = new ShopError('SHOP_UNAVAILABLE', `The shop ${setup.url} failed with status ${status}.`);
    return { failure, retryAfterMs: null };
  }
  throw refusal(setup, url, response, text);
}

function readBody(setup: ShopSetup, response: Response, text: string): Try {
  try {
    return { answer: { body: JSON.parse(text), headers: response.headers } };
  } catch (cause) {
    const excerpt = JSON.stringify(text.slice(0, EXCERPT_LENGTH));
    const failure = new ShopError(
      'SHOP_RESPONSE_INVALID',
      `The shop ${setup.url} answered something that is not complete JSON; it begins with ${excerpt}.`,
      { cause },
    );
    return { failure, retryAfterMs: null };
  }
}

/** What the shop refuses for good; each text names the setting to look at. */
function refusal(setup: ShopSetup, url: URL, response: Response, text: string): ShopError {
  const { status } = response;
  if (status === 401) {
    return new ShopError(
      'SHOP_UNAUTHORIZED',
      `The shop ${setup.url} does not accept the key: check consumer_key and consumer_secret in shop_setup.`,
    );
  }
  if (status === 403) {
    return new ShopError(
      'SHOP_FORBIDDEN',
      `The key in shop_setup (consumer_key) lacks the permission to read ${url.pathname}: give it "Read" in the shop.`,
    );
  }
  if (status === 404) {
    return new ShopError(
      'SHOP_NOT_FOUND',
      `There is no WooCommerce REST API at ${url.origin}${url.pathname}: check url in shop_setup and the shop's permalinks.`,
    );
  }
  if (status >= 300 && status < 400) {
    const target = response.headers.get('location') ?? 'another address';
    return new ShopError('SHOP_REDIRECTS', `The shop redirects to ${target}: correct url in shop_setup.`);
  }
  const excerpt = text.slice(0, EXCERPT_LENGTH);
  return new ShopError(
    'SHOP_REQUEST_REFUSED',
    `The shop ${setup.url} refused ${url.pathname} with status ${status}: ${excerpt}`,
  );
}

/** `Retry-After` in milliseconds. A date is measured against the shop's own `Date`, not against our clock. */
function retryAfterMs(headers: Headers): number | null {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const distance = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(distance) ? null : Math.max(0, distance);
}
