import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LIVE_KEY_PREFIX, LIVE_PROTOCOL } from '../../contract/live.ts';
import { isNightshiftError } from '../../foundation/index.ts';
import { identified, type PipelineParts, refuseUnlessOpenTo, signedIn } from '../pipeline.ts';
import { RequestFault } from '../problem.ts';
import { refuseForeignOrigin } from '../protection.ts';
import type { Who } from '../who.ts';
import type { Live } from './live.ts';

/** Where sockets are opened. */
export const LIVE_PATH = '/api/v1/live';

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly response: ServerResponse;
}

/** Requests to become something else than HTTP, until they are let in. */
const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/**
 * Lets requests to become a socket go the way of all others, so that all that holds for those holds for these: limits, headers,
 * refusals as problem documents, the log.
 */
export function addLiveDoor(app: FastifyInstance, parts: PipelineParts, live: Live): void {
  app.server.on('upgrade', (raw: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (raw.method !== 'GET') {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    takeKey(raw);
    const response = new ServerResponse(raw);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as never);
    response.once('finish', () => socket.end());
    upgrades.set(raw, { socket, head, response });
    app.routing(raw, response);
  });
  app.get(LIVE_PATH, async (request, reply) => {
    request.nightshift.routeName = 'live';
    const who = await admitted(parts, live, request);
    request.nightshift.who = who;
    const upgrade = upgrades.get(request.raw);
    if (upgrade === undefined) {
      const text = 'Live updates come over a WebSocket: ask for an upgrade.';
      return reply.status(426).header('upgrade', 'websocket').send({ status: 426, detail: text });
    }
    reply.hijack();
    const { socket, head, response } = upgrade;
    upgrades.delete(request.raw);
    response.removeAllListeners('finish');
    response.detachSocket(socket as never);
    live.accept({ raw: request.raw, socket, head, who, identify: () => stillThere(parts, request) });
    tellLog(parts, request, who);
    return reply;
  });
}

/** A key that came as a subprotocol, since browsers' sockets carry no headers, is taken for one that came as a header. */
function takeKey({ headers }: IncomingMessage): void {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  const key = offered.find((text) => text.startsWith(LIVE_KEY_PREFIX))?.slice(LIVE_KEY_PREFIX.length);
  if (key !== undefined) headers.authorization ??= `Bearer ${key}`;
  if (offered.includes(LIVE_PROTOCOL)) headers['sec-websocket-protocol'] = LIVE_PROTOCOL;
  else delete headers['sec-websocket-protocol'];
}

/**
 * Finds out who wants a socket.
 * @throws NightshiftError UNAUTHENTICATED, TOO_MANY_REQUESTS, ORIGIN_REFUSED, SECOND_FACTOR_REQUIRED, VALIDATION
 */
async function admitted(parts: PipelineParts, live: Live, request: FastifyRequest): Promise<Who> {
  const { options } = parts;
  const who = await signedIn(parts, request);
  refuseForeignOrigin(request, { origins: options.origins, needed: who.signedInBy !== 'api-key' });
  refuseUnlessOpenTo({ access: 'known', path: LIVE_PATH }, who);
  live.connections.refuseTooMany(who);
  if (upgrades.has(request.raw) && request.headers['sec-websocket-protocol'] !== LIVE_PROTOCOL) {
    throw new RequestFault([{ pointer: 'Sec-WebSocket-Protocol', message: `offers ${LIVE_PROTOCOL}` }]);
  }
  return who;
}

/** Who it is now; asking does not count as something that he does. */
async function stillThere(parts: PipelineParts, request: FastifyRequest): Promise<Who | null> {
  request.nightshift.isWatching = true;
  try {
    return await identified(parts, request);
  } catch (error) {
    if (isNightshiftError(error, 'UNAUTHENTICATED')) return null;
    throw error;
  } finally {
    request.nightshift.cookies.length = 0;
  }
}

/** A request that became a socket has no answer that the log would tell of. */
function tellLog({ options }: PipelineParts, request: FastifyRequest, { user }: Who): void {
  const { correlationId, startedAt } = request.nightshift;
  options.log({
    correlationId,
    method: request.method,
    route: 'live',
    status: 101,
    ms: options.clock.monotonic() - startedAt,
    user,
    address: request.ip,
    fault: null,
  });
}
