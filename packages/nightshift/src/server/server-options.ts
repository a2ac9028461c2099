import type { FastifyRequest } from 'fastify';
import { type Clock, systemClock } from '../foundation/index.ts';

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
  /** Checks each answer by the schema of its route, for tests. Default: false. */
  readonly checkAnswers?: boolean;
  readonly clock?: Clock;
}

/** The options with their defaults. */
export interface ResolvedServerOptions
  extends Required<Omit<ServerOptions, 'authenticate' | 'tls' | 'requestsPerMinute'>> {
  readonly authenticate: NonNullable<ServerOptions['authenticate']> | null;
  readonly tls: NonNullable<ServerOptions['tls']> | null;
  readonly requestsPerMinute: { readonly known: number; readonly unknown: number };
}

const KNOWN_PER_MINUTE = 6_000;
const UNKNOWN_PER_MINUTE = 60;

/** Fills in what is left out. */
export function resolvedOptions(options: ServerOptions): ResolvedServerOptions {
  const { known = KNOWN_PER_MINUTE, unknown = UNKNOWN_PER_MINUTE } = options.requestsPerMinute ?? {};
  return {
    authenticate: options.authenticate ?? null,
    log: options.log ?? (() => undefined),
    trustedProxies: options.trustedProxies ?? [],
    origins: options.origins ?? [],
    tls: options.tls ?? null,
    allowPlainHttp: options.allowPlainHttp ?? false,
    requestsPerMinute: { known, unknown },
    checkAnswers: options.checkAnswers ?? false,
    clock: options.clock ?? systemClock,
  };
}
