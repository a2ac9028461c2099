import { z } from 'zod';
import type { Verb } from './permissions.ts';

/** The methods of the interface. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What a route is declared with. */
export interface RouteDefinition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType | null,
  Answer extends z.ZodType | null,
> {
  readonly method: Method;
  /** Below `/api/v1`; parameters in braces. */
  readonly path: string;
  /** One sentence for the specification. */
  readonly summary: string;
  /** What the user must be allowed, by `permissions.ts`; empty: he must only be known. */
  readonly verbs: readonly Verb[];
  /** What it takes besides for some of what can be asked for, such as the verbs of many actions; each is asked for when it is. */
  readonly uses?: readonly Verb[];
  /**
   * `open`: nobody need be known. `people`: only somebody who is signed in himself, no API key. Default: `known`, everybody who
   * may do what the verbs say. `signature`: whoever has signed the body in the way that the address wants; its body is whatever he
   * sends, at most 1 MB.
   */
  readonly access?: 'open' | 'people' | 'known' | 'signature';
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  /** Status of a good answer. Default: 200; 204 without an answer. */
  readonly status?: 200 | 201 | 202 | 204;
  /**
   * `required`: a change of configuration names the version it is based on in `If-Match`. `given`: the answer carries its
   * version as `ETag`. Default: none.
   */
  readonly etag?: 'required' | 'given';
  /** Whether a repeat with the same `Idempotency-Key` gets the first answer. Default: false. */
  readonly idempotent?: boolean;
  /** Whether the list is also there as `text/csv`. Default: false. */
  readonly csv?: boolean;
  /** Whether it answers with a file, as `FileAnswer`. Default: false. */
  readonly file?: boolean;
  /** Whether it may take minutes: whoever asks waits until it is done. Default: false, an answer has its time. */
  readonly takesLong?: boolean;
}

/** One address of the interface: what goes in, what comes out, and what it takes. */
export interface Route<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType | null = z.ZodType | null,
  Answer extends z.ZodType | null = z.ZodType | null,
> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
  readonly uses: readonly Verb[];
  readonly access: 'open' | 'people' | 'known' | 'signature';
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer;
  readonly status: 200 | 201 | 202 | 204;
  readonly etag: 'required' | 'given' | null;
  readonly idempotent: boolean;
  readonly csv: boolean;
  readonly file: boolean;
  readonly takesLong: boolean;
  /** Whether it changes anything. */
  readonly changes: boolean;
}

/** A file, as an answer. */
export interface FileAnswer {
  readonly fileName: string;
  /** Its media type. */
  readonly contentType: string;
  readonly content: Uint8Array;
}

const NOTHING = z.strictObject({});

/** Declares a route. */
export function route<
  Params extends z.ZodObject = typeof NOTHING,
  Query extends z.ZodObject = typeof NOTHING,
  Body extends z.ZodType | null = null,
  Answer extends z.ZodType | null = null,
>(definition: RouteDefinition<Params, Query, Body, Answer>): Route<Params, Query, Body, Answer> {
  const { method, path, summary, verbs, params, query, body, answer } = definition;
  return Object.freeze({
    method,
    path,
    summary,
    verbs,
    uses: definition.uses ?? [],
    access: definition.access ?? 'known',
    params: params ?? (NOTHING as unknown as Params),
    query: query ?? (NOTHING as unknown as Query),
    body: body ?? (null as Body),
    answer: answer ?? (null as Answer),
    status: definition.status ?? (answer === undefined || answer === null ? 204 : 200),
    etag: definition.etag ?? null,
    idempotent: definition.idempotent ?? false,
    csv: definition.csv ?? false,
    file: definition.file ?? false,
    takesLong: definition.takesLong ?? false,
    changes: method !== 'GET',
  });
}

/** What a handler of a route is given. */
export interface RouteInput<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: R['body'] extends z.ZodType ? z.output<R['body']> : null;
}

/** What a handler of a route answers. */
export type RouteAnswer<R extends Route> = R['answer'] extends z.ZodType ? z.input<R['answer']> : undefined;
