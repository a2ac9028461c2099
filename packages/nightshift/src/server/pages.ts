import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PLATFORM_MIGRATIONS, readMigrationFolder } from '../database/index.ts';
import { lazily, NightshiftError } from '../foundation/index.ts';
import { DOCS_STYLE, docsPage, problemsPage } from './docs-page.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { identified, type PipelineParts } from './pipeline.ts';
import { PROBLEMS_PAGE } from './problem.ts';
import { isLoopback, isLoopbackHost } from './protection.ts';
import { readinessOf } from './readiness.ts';
import {
  PASSWORD_HTML,
  PASSWORD_PAGE,
  PASSWORD_SCRIPT,
  PASSWORD_SCRIPT_PAGE,
} from './sign-in/password-page.ts';

/** Adds what is no part of the interface: its specification, and what operators ask. */
export function addPages(app: FastifyInstance, parts: PipelineParts, metrics: Metrics): void {
  addDocs(app);
  app.get('/livez', async (_, reply) => reply.type('text/plain').send('ok\n'));
  const migrations = readMigrationFolder(PLATFORM_MIGRATIONS).then((known) => known.map(({ name }) => name));
  // Asked for at once, awaited later: a folder that cannot be read is told when somebody asks.
  migrations.catch(() => undefined);
  app.get('/readyz', async (request, reply) => {
    await refuseStrangers(parts, request);
    const readiness = await readinessOf(parts.platform, await migrations);
    return reply.status(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get('/metrics', async (request, reply) => {
    await refuseStrangers(parts, request);
    return reply.type('text/plain; version=0.0.4').send(metrics.text(parts.platform));
  });
}

/** The specification never changes while a process runs, and says nothing about its data. Made when somebody wants to read it. */
function addDocs(app: FastifyInstance): void {
  const document = lazily(openApiDocument);
  addTexts(app, [
    ['/api/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(document())],
    ['/api/docs', 'text/html; charset=utf-8', () => docsPage(document())],
    [PROBLEMS_PAGE, 'text/html; charset=utf-8', problemsPage],
    ['/api/docs/style.css', 'text/css; charset=utf-8', () => DOCS_STYLE],
  ]);
}

/** A bare page behind one-time links, for servers without the web client. */
export function addPasswordPage(app: FastifyInstance): void {
  addTexts(app, [
    [PASSWORD_PAGE, 'text/html; charset=utf-8', () => PASSWORD_HTML],
    [PASSWORD_SCRIPT_PAGE, 'text/javascript; charset=utf-8', () => PASSWORD_SCRIPT],
  ]);
}

type TextPage = readonly [path: string, type: string, make: () => string];

function addTexts(app: FastifyInstance, pages: readonly TextPage[]): void {
  for (const [path, type, make] of pages) {
    const text = lazily(make);
    app.get(path, async (_: FastifyRequest, reply: FastifyReply) => reply.type(type).send(text()));
  }
}

/** @throws NightshiftError UNAUTHENTICATED for whoever is neither on this machine nor signed in */
async function refuseStrangers(parts: PipelineParts, request: FastifyRequest): Promise<void> {
  if (isFromHere(request)) return;
  if ((await identified(parts, request)) !== null) return;
  throw new NightshiftError('UNAUTHENTICATED', 'Only whoever is on this machine or signed in is told.');
}

/**
 * Whether a program on this machine asks. What came through a proxy is not from here, wherever the proxy is; nor is what a page asks
 * whose name was made to lead here.
 */
function isFromHere({ headers, socket, hostname }: FastifyRequest): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) return false;
  return isLoopback(socket.remoteAddress ?? '') && isLoopbackHost(hostname.replace(/^\[|\]$/g, ''));
}
