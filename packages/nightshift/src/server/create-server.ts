import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
} from 'fastify';
import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { addAbsence, addLife, sendProblem } from './app-life.ts';
import { identifyByApiKey, identifyByCookie, identifyByHost } from './authentication.ts';
import { BulkRunner } from './bulk/bulk-runner.ts';
import { BODY_BYTES_MAX, parseBody } from './json-body.ts';
import { Live } from './live/live.ts';
import { addLiveDoor } from './live/live-door.ts';
import { Metrics } from './metrics.ts';
import { addPages, addPasswordPage } from './pages.ts';
import { admitRequest, type PipelineParts, type ServedRoute, serveRequest } from './pipeline.ts';
import { isLoopbackHost } from './protection.ts';
import { RateLimit } from './rate-limit.ts';
import { parseQuery } from './request-input.ts';
import { API, SERVED_ROUTES } from './served-routes.ts';
import { type ResolvedServerOptions, resolvedOptions, type ServerOptions } from './server-options.ts';
import { exchangeOf } from './sign-in/exchange.ts';
import { addOidcPages } from './sign-in/oidc-pages.ts';
import { SignIn } from './sign-in/sign-in.ts';
import { addWebClient } from './web-client.ts';

const REQUEST_MS = 30 * SECOND_MS;
const HEADERS_MS = 10 * SECOND_MS;
/** How often it is looked for requests that take longer than these: Node's own 30 s would add to them. */
const LOOK_MS = SECOND_MS;
const IDLE_MS = 65 * SECOND_MS;
/** How long requests that run are waited for. */
const CLOSE_MS = 10 * SECOND_MS;
const CONNECTIONS_MAX = 2_000;

/** The HTTP face of a platform. */
export interface NightshiftServer {
  /** For `inject()`, and for routes of the host's own. */
  readonly app: FastifyInstance;
  /**
   * Begins to listen. @param port 0: any that is free
   * @returns the address to reach it by, such as `http://127.0.0.1:4711`
   * @throws NightshiftError VALIDATION for a host beyond this machine without TLS
   */
  listen(at?: { readonly port?: number; readonly host?: string }): Promise<string>;
  /**
   * Takes no new requests, waits up to 10 s for those that run, and closes. Idempotent; `atOnce` also hurries a close that is
   * under way.
   */
  close(options?: { readonly atOnce?: boolean }): Promise<void>;
}

/** Makes the server of a platform; nothing listens yet. */
export function createServer(platform: Platform, given: ServerOptions = {}): NightshiftServer {
  const options = resolvedOptions(given);
  const { clock, requestsPerMinute } = options;
  // Whoever speaks plain HTTP to other machines has TLS before it, and is answered by browsers as if it were ours.
  const signIn = new SignIn(platform, clock, {
    secure: options.tls !== null || options.allowPlainHttp,
    oidc: options.oidc,
    limits: options.signedIn,
  });
  const live = new Live(platform, { clock, connectionsPerUser: options.liveConnectionsPerUser });
  const bulk = new BulkRunner(platform, clock);
  const parts: PipelineParts = {
    platform,
    options,
    signIn,
    bulk,
    runs: live.runs,
    identify: [identifyByApiKey(platform, options), identifyByCookie(signIn), identifyByHost(options)],
    limits: {
      known: new RateLimit(clock, requestsPerMinute.known),
      unknown: new RateLimit(clock, requestsPerMinute.unknown),
    },
  };
  const app = newApp(options);
  const metrics = new Metrics();
  addLife(app, options, metrics);
  const webClient = options.webClient === null ? null : addWebClient(app, options.webClient);
  addAbsence(app, webClient);
  addPages(app, parts, metrics);
  // The web client has a page of its own for that.
  if (webClient === null) addPasswordPage(app);
  addOidcPages(app, parts);
  addLiveDoor(app, parts, live);
  app.addHook('onListen', async () => {
    void bulk.watch();
  });
  app.addHook('onClose', () => bulk.close());
  const isSigned = ({ route }: ServedRoute) => route.access === 'signature';
  for (const served of SERVED_ROUTES) if (!isSigned(served)) addRoute(app, parts, served);
  // A signature is over the body as it came.
  app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body);
    for (const served of SERVED_ROUTES) if (isSigned(served)) addRoute(scope, parts, served);
    done();
  });
  const hurry = new AbortController();
  let closing: Promise<void> | null = null;
  return {
    app,
    async listen({ port = 0, host = '127.0.0.1' } = {}) {
      refusePlain(host, options);
      await app.listen({ port, host });
      const { port: bound } = app.server.address() as AddressInfo;
      const name = host.includes(':') ? `[${host}]` : host;
      return `${options.tls === null ? 'http' : 'https'}://${name}:${bound}`;
    },
    close({ atOnce = false } = {}) {
      if (atOnce) hurry.abort();
      // Sockets first: while they are open, a server does not close.
      closing ??= live.close().then(() => closed(app, clock, hurry.signal));
      return closing;
    },
  };
}

async function closed(app: FastifyInstance, clock: Clock, hurry: AbortSignal): Promise<void> {
  const done = new AbortController();
  const over = app.close().finally(() => done.abort());
  await clock.sleep(CLOSE_MS, AbortSignal.any([hurry, done.signal]));
  app.server.closeAllConnections();
  await over;
}

function refusePlain(host: string, { tls, allowPlainHttp }: ResolvedServerOptions): void {
  if (tls !== null || allowPlainHttp || isLoopbackHost(host)) return;
  throw new NightshiftError(
    'VALIDATION',
    `Without TLS the server listens on this machine only, not on ${host}: give a certificate and a key, or allow plain HTTP behind a proxy.`,
    { field: 'host' },
  );
}

function newApp({ tls, trustedProxies }: ResolvedServerOptions): FastifyInstance {
  const settings: FastifyServerOptions & { http?: object; https?: object } = {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    exposeHeadRoutes: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: {
      querystringParser: parseQuery as (text: string) => Record<string, unknown>,
      maxParamLength: 400,
    },
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, request as FastifyRequest, reply as FastifyReply),
    ...(tls === null ? { http: { connectionsCheckingInterval: LOOK_MS } } : {}),
    ...(tls === null
      ? {}
      : {
          https: {
            connectionsCheckingInterval: LOOK_MS,
            cert: tls.certificate,
            key: tls.key,
            minVersion: 'TLSv1.2',
          },
        }),
  };
  const app = fastify(settings) as unknown as FastifyInstance;
  app.server.headersTimeout = HEADERS_MS;
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_: FastifyRequest, text: string) => parseBody(text),
  );
  return app;
}

function addRoute(app: FastifyInstance, parts: PipelineParts, served: ServedRoute): void {
  const { name, route } = served;
  app.route({
    method: route.method,
    url: API + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    onRequest: async (request) => {
      request.nightshift.routeName = name;
      request.nightshift.who = await admitRequest(parts, served, request);
    },
    handler: async (request, reply) => {
      const { who, correlationId, cookies } = request.nightshift;
      if (who === null) throw new NightshiftError('UNAUTHENTICATED', 'Nobody is signed in.');
      const exchange = exchangeOf(request, correlationId, cookies);
      const answer = await serveRequest(parts, served, { request, who, exchange }, reply);
      const isFile = answer instanceof Readable || answer instanceof Uint8Array;
      if (answer === undefined || isFile) return reply.send(answer);
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  });
}
