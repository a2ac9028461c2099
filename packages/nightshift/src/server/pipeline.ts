import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { FileAnswer, Route } from '../contract/route.ts';
import { RequestWork } from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { inTime } from './answer-time.ts';
import { type Identify, isActive } from './authentication.ts';
import type { BulkQueue } from './bulk/bulk-queue.ts';
import { callerOf, homeOf } from './company-caller.ts';
import { CSV_PAGE_SIZE, type CsvPage, csvOf } from './csv.ts';
import { sentAsFile } from './file-answer.ts';
import type { Call } from './handler.ts';
import { idempotencyKeyOf, onlyOnce, type RepeatableRequest } from './idempotency.ts';
import { intakeCaller, rawRequestOf } from './intake.ts';
import type { ForegroundRuns } from './live/foreground-runs.ts';
import { RequestFault, StaleVersion } from './problem.ts';
import { refuseForeignOrigin } from './protection.ts';
import type { RateLimit } from './rate-limit.ts';
import { type CheckedInput, checkedInput } from './request-input.ts';
import type { ResolvedServerOptions } from './server-options.ts';
import type { Exchange } from './sign-in/exchange.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import type { Who } from './who.ts';

/** What requests are served with. */
export interface PipelineParts {
  readonly platform: Platform;
  readonly options: ResolvedServerOptions;
  readonly signIn: SignIn;
  readonly bulk: BulkQueue;
  readonly runs: ForegroundRuns;
  /** Tried one after another. */
  readonly identify: readonly Identify[];
  readonly limits: { readonly known: RateLimit; readonly unknown: RateLimit };
}

/** A handler, whatever its route. */
export type AnyHandler = (
  call: Call,
  input: { params: never; query: never; body: never },
) => Promise<unknown>;

/** A route with what serves it. */
export interface ServedRoute {
  readonly name: string;
  readonly route: Route;
  readonly handler: AnyHandler;
  /** Reads what a change is about; null: nothing does. */
  readonly reader: AnyHandler | null;
}

/**
 * Finds out who asks, before anything of the body is read.
 * @throws NightshiftError UNAUTHENTICATED, TOO_MANY_REQUESTS, ORIGIN_REFUSED, PERMISSION_DENIED for what is beyond a key's scopes
 */
export async function admitRequest(
  parts: PipelineParts,
  { route }: ServedRoute,
  request: FastifyRequest,
): Promise<Who> {
  const { options, limits } = parts;
  if (route.access === 'signature') {
    // As many as of somebody who is known: a shop that sends its day at once is no attack.
    limits.known.take(`by signature ${request.ip}`);
    return ANYBODY;
  }
  if (route.access === 'open') {
    limits.unknown.take(request.ip);
    refuseForeignOrigin(request, { origins: options.origins, needed: true });
    return ANYBODY;
  }
  const who = await signedIn(parts, request);
  if (route.changes) {
    const needed = who.signedInBy !== 'api-key';
    refuseForeignOrigin(request, { origins: options.origins, needed });
  }
  refuseUnlessOpenTo(route, who);
  const missing = route.verbs.find((verb) => who.scopes !== null && !who.scopes.has(verb));
  if (missing === undefined) return who;
  throw new NightshiftError('PERMISSION_DENIED', `The API key lacks the scope ${missing}.`, {
    details: { verb: missing },
  });
}

/**
 * Who asks, as one more request of his; of strangers the address is counted.
 * @throws NightshiftError UNAUTHENTICATED, TOO_MANY_REQUESTS
 */
export async function signedIn(parts: PipelineParts, request: FastifyRequest): Promise<Who> {
  const { limits } = parts;
  const who = await identified(parts, request).catch((error: unknown) => {
    if (isNightshiftError(error, 'UNAUTHENTICATED')) limits.unknown.take(request.ip);
    throw error;
  });
  if (who === null) {
    limits.unknown.take(request.ip);
    throw new NightshiftError('UNAUTHENTICATED', 'Nobody is signed in.');
  }
  limits.known.take(who.countedAs);
  return who;
}

/** Whoever uses an address that is open to all. */
const ANYBODY: Who = Object.freeze({
  user: '',
  signedInBy: 'host',
  scopes: new Set<string>(),
  company: null,
  needsSecondFactor: false,
  countedAs: '',
});

/** @throws NightshiftError PERMISSION_DENIED, SECOND_FACTOR_REQUIRED */
export function refuseUnlessOpenTo(
  { access, path }: Pick<Route, 'access' | 'path'>,
  { signedInBy, needsSecondFactor }: Who,
): void {
  if (access === 'people' && signedInBy !== 'session') {
    throw new NightshiftError(
      'PERMISSION_DENIED',
      'That is for people who have signed in here with a password.',
    );
  }
  if (needsSecondFactor && !path.startsWith('/me')) {
    throw new NightshiftError(
      'SECOND_FACTOR_REQUIRED',
      'Administrators sign in with an authenticator: set one up first.',
    );
  }
}

/** Who asks; null: nobody that is known, or a user who is gone. */
export async function identified(
  { platform, options, identify }: PipelineParts,
  request: FastifyRequest,
): Promise<Who | null> {
  for (const way of identify) {
    const who = await way(request);
    if (who === null) continue;
    await platform.directory.fresh();
    return isActive(platform, who.user, options.clock.now()) ? who : null;
  }
  return null;
}

/** Serves a request of somebody who was let in. */
export async function serveRequest(
  parts: PipelineParts,
  served: ServedRoute,
  {
    request,
    who,
    exchange,
  }: { readonly request: FastifyRequest; readonly who: Who; readonly exchange: Exchange },
  reply: FastifyReply,
): Promise<unknown> {
  const { platform, options, signIn, runs, bulk } = parts;
  const { route } = served;
  const { correlationId } = exchange;
  const { params, query, body } = request;
  const name = companyIn(params);
  const isSigned = route.access === 'signature';
  const raw = isSigned ? rawRequestOf(request) : null;
  const at = { name: name ?? '', correlationId };
  const given = isSigned
    ? intakeCaller(platform, params, at)
    : name === null
      ? null
      : await callerOf(platform, who, at);
  const input = checkedInput(route, { params, query, body: isSigned ? undefined : body });
  const ended = new AbortController();
  reply.raw.once('close', () => ended.abort());
  const now = options.clock.now();
  const version = route.etag === 'required' ? versionOf(request) : undefined;
  const call: Call = {
    ...{
      platform,
      who,
      signIn,
      runs,
      bulk,
      exchange,
      correlationId,
      now,
      version,
      raw,
      signal: ended.signal,
    },
    get caller() {
      return given ?? platform.as({ user: who.user, company: homeOf(platform, who), correlationId });
    },
  };
  if (route.csv && wantsCsv(request)) return fileOf(served, call, input, reply);
  const noted = workOf(route);
  const answering = () => answered(served, call, input as never);
  const work = () => noted.run(answering);
  const key = route.idempotent ? idempotencyKeyOf(request.headers['idempotency-key']) : undefined;
  const doing = () =>
    key === undefined
      ? work().then((made) => ({ answer: made, repeated: false }))
      : onlyOnce(platform, repeatable(served, call, input, key), work);
  const timed = { noted, isRepeatable: key !== undefined, work: doing };
  const { answer, repeated } = await (route.takesLong ? doing() : inTime(platform, options, timed));
  if (repeated) reply.header('idempotency-replayed', 'true');
  if (options.checkAnswers) route.answer?.parse(answer);
  reply.status(route.status);
  if (route.etag !== null) reply.header('etag', `"${versionIn(answer)}"`);
  return route.file ? sentAsFile(answer as FileAnswer, reply) : answer;
}

/** What a request does in the database. What the sign-in writes over connections of its own is not seen. */
function workOf({ changes, access }: Route): RequestWork {
  const noted = new RequestWork(changes);
  if (access === 'open' || access === 'people') noted.lasts();
  return noted;
}

function wantsCsv({ headers }: FastifyRequest): boolean {
  return /^\s*text\/csv\b/i.test(headers.accept ?? '');
}

/** A list as a file: whatever goes wrong with its first page is told as ever. */
async function fileOf(
  { name, route, handler }: ServedRoute,
  call: Call,
  input: CheckedInput,
  reply: FastifyReply,
): Promise<Readable> {
  const read = (after: object) => {
    const query = { ...(input.query as object), ...after, details: undefined, limit: CSV_PAGE_SIZE };
    return handler(call, { ...input, query } as never) as Promise<CsvPage>;
  };
  const first = await read({});
  const file = name.split('.')[0] ?? 'list';
  reply.header('content-disposition', `attachment; filename="${file}.csv"`).type('text/csv; charset=utf-8');
  return csvOf(first, columnsOf(route), (after) => read({ after }));
}

/** The fields of a row but the list of what may be done with it, and what is only there when it is asked for. */
function columnsOf({ answer }: Route): readonly string[] {
  const { items } = (answer as unknown as z.ZodObject<{ items: z.ZodArray<z.ZodObject> }>).shape;
  const columns = Object.entries(items.element.shape).filter(([, { def }]) => def.type !== 'optional');
  return columns.map(([column]) => column).filter((column) => column !== 'allowedActions');
}

function repeatable(
  { name, route }: ServedRoute,
  call: Call,
  input: CheckedInput,
  key: string,
): RepeatableRequest {
  const { platform, caller, now } = call;
  const userNo = platform.directory.user(caller.user).no;
  return { userNo, key, facts: [name, caller.company, input], now, status: route.status };
}

async function answered({ route, handler, reader }: ServedRoute, call: Call, input: never): Promise<unknown> {
  const { version } = call;
  if (route.etag !== 'required' || version === undefined || reader === null) return handler(call, input);
  await refuseStale(reader, call, input, version);
  try {
    return await handler(call, input);
  } catch (error) {
    // Between the look and the change somebody else was faster.
    if (isNightshiftError(error, 'CONFLICT')) await refuseStale(reader, call, input, version);
    throw error;
  }
}

async function refuseStale(reader: AnyHandler, call: Call, input: never, version: number): Promise<void> {
  const { params } = input as { params: never };
  const current = await reader(call, { params, query: {} as never, body: null as never });
  if (versionIn(current) !== version) throw new StaleVersion(current);
}

function versionIn(answer: unknown): number {
  return Number((answer as { version?: unknown } | null)?.version ?? 0);
}

/** @returns undefined: any version. @throws NightshiftError VERSION_REQUIRED, VALIDATION */
function versionOf({ headers }: FastifyRequest): number | undefined {
  const given = headers['if-match'];
  if (given === undefined) {
    throw new NightshiftError(
      'VERSION_REQUIRED',
      'A change names the version that it is based on, in If-Match.',
    );
  }
  if (given === '*') return undefined;
  const digits = /^"(\d{1,9})"$/.exec(given)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new RequestFault([{ pointer: 'If-Match', message: 'is an ETag of this server, such as "3"' }]);
}

function companyIn(params: unknown): string | null {
  const { company } = Object(params) as { company?: unknown };
  return typeof company === 'string' ? company : null;
}
