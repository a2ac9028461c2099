import type { FastifyRequest } from 'fastify';
import { type Clock, HOUR_MS, MINUTE_MS, NightshiftError, systemClock } from '../foundation/index.ts';
import { checkedOidc, type OidcOptions } from './sign-in/oidc.ts';
import { WEB_CLIENT_FOLDER } from './web-client.ts';

/** What is told of a request when it is over; nothing that was secret in it. */
export interface RequestLogEntry {
  readonly correlationId: string;
  readonly method: string;
  /** The name of the route; null: there was none. */
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
  /** Null: nobody was signed in. */
  readonly user: string | null;
  readonly address: string;
  /** The code of what went wrong inside; null: nothing did. */
  readonly fault: string | null;
}

/** How a server is made. */
export interface ServerOptions {
  /**
   * Says who asks, for a host application whose people are signed in already: the name of a user of Nightshift; null: nobody.
   * It is asked when there is no API key. Changes are let through from the server's own origin only.
   */
  readonly authenticate?: (request: FastifyRequest) => Promise<string | null> | string | null;
  /** Signing in by a provider of the organisation, beside passwords. Default: there is none. */
  readonly oidc?: OidcOptions;
  /**
   * When people are signed out who have signed in here: after so long without a request, and in any case. Default: 30 minutes and
   * 12 hours; at most 24 hours and 30 days.
   */
  readonly signedIn?: { readonly idleMinutes?: number; readonly maximumHours?: number };
  /** Takes an entry for each request. Default: nobody. */
  readonly log?: (entry: RequestLogEntry) => void;
  /** Addresses or networks of proxies whose `X-Forwarded-…` headers are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Further origins whose pages may send changes, such as `https://erp.example`. Default: the server's own. */
  readonly origins?: readonly string[];
  /** Certificate and key, PEM. Without them the server listens on loopback addresses only. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Listens on other addresses without TLS, because something before it speaks it. Default: false. */
  readonly allowPlainHttp?: boolean;
  /** Requests of one user or key in a minute, and of one address that nobody is signed in from. Default: 6,000 and 60. */
  readonly requestsPerMinute?: { readonly known?: number; readonly unknown?: number };
  /** Live connections of one user or key; one a tab. Default: 100. */
  readonly liveConnectionsPerUser?: number;
  /** Milliseconds after which a request is answered with ANSWER_TIMEOUT. Default: 60,000. */
  readonly answerMs?: number;
  /** Checks each answer by the schema of its route, for tests. Default: false. */
  readonly checkAnswers?: boolean;
  /** The folder of the built web client; null: none is served. Default: the one that comes with the package. */
  readonly webClient?: string | null;
  readonly clock?: Clock;
}

/** The options with their defaults. */
export interface ResolvedServerOptions
  extends Required<Omit<ServerOptions, 'authenticate' | 'oidc' | 'signedIn' | 'tls' | 'requestsPerMinute'>> {
  readonly authenticate: NonNullable<ServerOptions['authenticate']> | null;
  readonly oidc: OidcOptions | null;
  readonly signedIn: SignedInLimits;
  readonly tls: NonNullable<ServerOptions['tls']> | null;
  readonly requestsPerMinute: { readonly known: number; readonly unknown: number };
}

const KNOWN_PER_MINUTE = 6_000;
const UNKNOWN_PER_MINUTE = 60;
const LIVE_CONNECTIONS_PER_USER = 100;
const IDLE_MINUTES_MAX = 1_440;
const MAXIMUM_HOURS_MAX = 720;

/** How long people stay signed in. */
export interface SignedInLimits {
  /** Without a request. */
  readonly idleMs: number;
  /** Whatever they do. */
  readonly maximumMs: number;
}

/** @throws NightshiftError VALIDATION */
function limitsOf({
  idleMinutes = 30,
  maximumHours = 12,
}: NonNullable<ServerOptions['signedIn']>): SignedInLimits {
  const within = (value: number, maximum: number, field: string) => {
    if (value >= 1 && value <= maximum) return value;
    throw new NightshiftError('VALIDATION', `signedIn.${field} is 1 to ${maximum}.`, {
      field: `signedIn.${field}`,
    });
  };
  return {
    idleMs: within(idleMinutes, IDLE_MINUTES_MAX, 'idleMinutes') * MINUTE_MS,
    maximumMs: within(maximumHours, MAXIMUM_HOURS_MAX, 'maximumHours') * HOUR_MS,
  };
}

/** Fills in what is left out. */
export function resolvedOptions(options: ServerOptions): ResolvedServerOptions {
  const { known = KNOWN_PER_MINUTE, unknown = UNKNOWN_PER_MINUTE } = options.requestsPerMinute ?? {};
  return {
    authenticate: options.authenticate ?? null,
    signedIn: limitsOf(options.signedIn ?? {}),
    oidc: options.oidc === undefined ? null : checkedOidc(options.oidc),
    log: options.log ?? (() => undefined),
    trustedProxies: options.trustedProxies ?? [],
    origins: options.origins ?? [],
    tls: options.tls ?? null,
    allowPlainHttp: options.allowPlainHttp ?? false,
    requestsPerMinute: { known, unknown },
    liveConnectionsPerUser: options.liveConnectionsPerUser ?? LIVE_CONNECTIONS_PER_USER,
    answerMs: options.answerMs ?? MINUTE_MS,
    checkAnswers: options.checkAnswers ?? false,
    webClient: options.webClient === undefined ? WEB_CLIENT_FOLDER : options.webClient,
    clock: options.clock ?? systemClock,
  };
}
