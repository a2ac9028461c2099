import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isNightshiftError, isUuid, NightshiftError, uuidV7 } from '../foundation/index.ts';
import type { Metrics } from './metrics.ts';
import { problemOf } from './problem.ts';
import { protect } from './protection.ts';
import { TooManyRequests } from './rate-limit.ts';
import { methodsAt } from './served-routes.ts';
import type { ResolvedServerOptions } from './server-options.ts';
import type { Otherwise } from './web-client.ts';
import type { Who } from './who.ts';

/** What a request carries through its life. */
interface RequestState {
  correlationId: string;
  who: Who | null;
  /** The name of its route; null: none. */
  routeName: string | null;
  startedAt: number;
  fault: string | null;
  /** To be set with the answer. */
  cookies: string[];
  /** It is long over, and only asked whether its user is still signed in. */
  isWatching: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    nightshift: RequestState;
  }
}

/** What happens to every request. */
export function addLife(app: FastifyInstance, options: ResolvedServerOptions, metrics: Metrics): void {
  const { clock, log, tls } = options;
  app.decorateRequest('nightshift');
  app.addHook('onRequest', async (request, reply) => {
    request.nightshift = newState(request, options);
    reply.header('x-correlation-id', request.nightshift.correlationId);
    protect(reply, tls !== null);
  });
  app.addHook('onSend', async (request, reply) => {
    const { cookies } = request.nightshift;
    if (cookies.length > 0) reply.header('set-cookie', cookies);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { correlationId, who, routeName, startedAt, fault } = request.nightshift;
    const ms = clock.monotonic() - startedAt;
    metrics.count(routeName, reply.statusCode, ms);
    log({
      correlationId,
      method: request.method,
      route: routeName,
      status: reply.statusCode,
      ms,
      user: who?.user ?? null,
      address: request.ip,
      fault,
    });
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
}

/**
 * Says what happens where there is nothing.
 * @param otherwise answers, and says whether it did; null: nobody else is asked
 */
export function addAbsence(app: FastifyInstance, otherwise: Otherwise | null): void {
  app.setNotFoundHandler((request, reply) => {
    if (otherwise?.(request, reply) === true) return reply;
    return sendProblem(absence(request, reply), request, reply);
  });
}

/** A caller may name the request itself, by a UUID. */
function newState(request: FastifyRequest, { clock }: ResolvedServerOptions): RequestState {
  const given = request.headers['x-correlation-id'];
  const correlationId =
    typeof given === 'string' && isUuid(given) ? given.toLowerCase() : uuidV7(clock.now());
  return {
    correlationId,
    who: null,
    routeName: null,
    startedAt: clock.monotonic(),
    fault: null,
    cookies: [],
    isWatching: false,
  };
}

function absence(request: FastifyRequest, reply: FastifyReply): NightshiftError {
  const methods = methodsAt(request.url.split('?')[0] ?? '');
  if (methods.length === 0) return new NightshiftError('NOT_FOUND', 'There is nothing at this address.');
  reply.header('allow', methods.join(', '));
  return new NightshiftError('METHOD_NOT_ALLOWED', `This address does not take ${request.method}.`);
}

/** Answers with the problem document of an error. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // An address that cannot be read has had no life yet.
  const state = request.nightshift as RequestState | undefined;
  const problem = problemOf(error, state?.correlationId ?? '', request.body);
  if (state !== undefined && problem.status >= 500) state.fault = faultOf(problem.code, error);
  if (error instanceof TooManyRequests) reply.header('retry-after', String(error.retryAfterSeconds));
  else if (problem.status === 503) reply.header('retry-after', '2');
  if (isNightshiftError(error, 'UNAUTHENTICATED'))
    reply.header('www-authenticate', 'Bearer realm="nightshift"');
  return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** For the log of the server only: what failed, and the code of what caused it. */
function faultOf(code: string, error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  return isNightshiftError(cause) ? `${code} (${cause.code})` : code;
}
