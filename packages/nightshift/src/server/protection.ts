import type { FastifyReply, FastifyRequest } from 'fastify';
import { NightshiftError } from '../foundation/index.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};
const STRICT_TRANSPORT = 'max-age=31536000';

/** Says to browsers what they may do with an answer. */
export function protect(reply: FastifyReply, isTls: boolean): void {
  reply.headers(HEADERS);
  if (isTls) reply.header('strict-transport-security', STRICT_TRANSPORT);
}

/** Where a page must come from to send changes: the origin that the request was addressed to. */
function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}

/**
 * Refuses a request that the page of another site may have sent. A browser tells where a page is from; whoever holds an API key
 * is no browser, and need not say it.
 * @throws NightshiftError ORIGIN_REFUSED
 */
export function refuseForeignOrigin(
  request: FastifyRequest,
  { origins, needed }: { readonly origins: readonly string[]; readonly needed: boolean },
): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isKnown = origin !== undefined && (origin === originOf(request) || origins.includes(origin));
  if (isKnown) return;
  if (origin === undefined && !needed && (site === undefined || site === 'same-origin' || site === 'none'))
    return;
  throw new NightshiftError(
    'ORIGIN_REFUSED',
    origin === undefined
      ? 'The request does not say which page it is from.'
      : 'The request is from the page of another site.',
  );
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** Whether a host to listen on is this machine only. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}
