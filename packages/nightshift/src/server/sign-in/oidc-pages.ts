import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NightshiftError } from '../../foundation/index.ts';
import type { PipelineParts } from '../pipeline.ts';
import { exchangeOf } from './exchange.ts';
import { OIDC_PAGE, OIDC_RETURN_PAGE } from './oidc.ts';

/** Where somebody lands who did not say where to. */
const LANDING = '/api/docs';
/** What the provider may send along; all else is not looked at. */
const ANSWERED = ['code', 'state', 'iss', 'error', 'error_description'] as const;

/** Adds the pages by which browsers go to the provider and come back. They are pages, since a provider can send people only there. */
export function addOidcPages(app: FastifyInstance, { signIn, limits }: PipelineParts): void {
  const exchangeIn = (request: FastifyRequest) => {
    limits.unknown.take(request.ip);
    const { correlationId, cookies } = request.nightshift;
    return exchangeOf(request, correlationId, cookies);
  };
  app.get(OIDC_PAGE, async (request, reply) => {
    const { to = LANDING } = queryOf(request);
    return reply.redirect(await signIn.beginOidc(exchangeIn(request), pathOf(to)), 302);
  });
  app.get(OIDC_RETURN_PAGE, async (request, reply) => {
    const query = queryOf(request);
    const answered = ANSWERED.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]]));
    const landing = await signIn.finishOidc(exchangeIn(request), Object.fromEntries(answered));
    return reply.redirect(pathOf(landing), 302);
  });
}

/** @throws NightshiftError VALIDATION for what is given twice */
function queryOf({ query }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const given = query as Readonly<Record<string, unknown>>;
  if (Object.values(given).every((value) => typeof value === 'string'))
    return given as Record<string, string>;
  throw new NightshiftError('VALIDATION', 'A part of the address is given more than once.');
}

/** A place on this server: nobody is sent elsewhere by a link that begins here. @throws NightshiftError VALIDATION */
function pathOf(landing: string): string {
  const isHere = /^\/(?![/\\])[\x21-\x7e]*$/.test(landing) && !landing.includes('\\');
  if (isHere) return landing;
  throw new NightshiftError('VALIDATION', 'The place to land is a path on this server.', { field: 'to' });
}
