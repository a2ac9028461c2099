import { OPERATIONS, type Operations, type Problem } from './types.ts';

/** How a client reaches its server. */
export interface ClientOptions {
  /** Where the server is, such as `https://jobs.example`. Default: where the page is from. */
  readonly url?: string;
  /** An API key, `ns_…`. Default: none; a browser sends its cookie. */
  readonly key?: string;
  /** Default: that of the surroundings. */
  readonly fetch?: typeof fetch;
}

/** What a call may carry besides what its operation takes. */
export interface CallOptions {
  /** The `version` that a change is based on. Default: any. */
  readonly version?: number;
  /** A repeat with the same key has no second effect. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

type Empty = Readonly<Record<string, never>>;
type Part<Name extends string, Value> = Value extends null
  ? object
  : Empty extends Value
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };

/** What an operation takes. */
export type CallInput<Name extends keyof Operations> = Part<'params', Operations[Name]['params']> &
  Part<'query', Operations[Name]['query']> &
  Part<'body', Operations[Name]['body']> &
  CallOptions;

/** Operations that answer with pages. */
type Paged = {
  [Name in keyof Operations]: Operations[Name]['answer'] extends { page: { next: string | null } }
    ? Name
    : never;
}[keyof Operations];

/** Operations that answer with a file. */
type Filed = {
  [Name in keyof Operations]: Operations[Name]['answer'] extends Blob ? Name : never;
}[keyof Operations];

/** A file, as a server has answered it. */
export interface AnsweredFile {
  readonly name: string;
  readonly content: Blob;
}

type ItemOf<Name extends Paged> = Operations[Name]['answer'] extends { items: readonly (infer Item)[] }
  ? Item
  : never;

/** Calls the operations of a server by their names. */
export interface NightshiftClient {
  /**
   * Calls an operation.
   * @throws ApiProblem when the server refuses; what `fetch` throws when it cannot be reached
   */
  call<Name extends keyof Operations>(
    name: Name,
    ...input: object extends CallInput<Name> ? [input?: CallInput<Name>] : [input: CallInput<Name>]
  ): Promise<Operations[Name]['answer']>;
  /** All rows of a list, page by page. @throws ApiProblem as `call` */
  all<Name extends Paged>(name: Name, input: CallInput<Name>): AsyncGenerator<ItemOf<Name>>;
  /** A list as a file for spreadsheets, at most 100,000 rows; not every list is there as one. @throws ApiProblem as `call` */
  csv<Name extends Paged>(name: Name, input: CallInput<Name>): Promise<Blob>;
  /** An answer that is a file, with the name that the server gives it. @throws ApiProblem as `call` */
  file<Name extends Filed>(name: Name, input: CallInput<Name>): Promise<AnsweredFile>;
}

/** That the server refused: decide by `code`. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

interface LooseInput extends CallOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Makes a client. */
export function createClient(options: ClientOptions = {}): NightshiftClient {
  const { url = '', key, fetch: send = fetch } = options;
  const base = url.replace(/\/+$/, '');
  const call = async (name: keyof Operations, input: LooseInput = {}): Promise<unknown> => {
    const { method, path, versioned } = OPERATIONS[name];
    const changes = method !== 'GET';
    const { version, idempotencyKey, signal, body } = input;
    const answer = await send(`${base}${addressOf(path, input)}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(changes ? { 'content-type': 'application/json' } : {}),
        ...(versioned ? { 'if-match': version === undefined ? '*' : `"${version}"` } : {}),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(changes ? { body: JSON.stringify(body ?? {}) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    return contentOf(answer);
  };
  async function* all(name: keyof Operations, input: LooseInput): AsyncGenerator<unknown> {
    let after: string | null = null;
    do {
      const query: Record<string, unknown> = { ...input.query, ...(after === null ? {} : { after }) };
      const page = (await call(name, { ...input, query })) as {
        items: unknown[];
        page: { next: string | null };
      };
      yield* page.items;
      after = page.page.next;
    } while (after !== null);
  }
  const fetched = async (name: keyof Operations, input: LooseInput, accept: string): Promise<Response> => {
    const answer = await send(`${base}${addressOf(OPERATIONS[name].path, input)}`, {
      headers: { accept, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    });
    if (!answer.ok) await contentOf(answer);
    return answer;
  };
  const csv = async (name: keyof Operations, input: LooseInput): Promise<Blob> =>
    (await fetched(name, input, 'text/csv')).blob();
  const file = async (name: keyof Operations, input: LooseInput): Promise<AnsweredFile> => {
    const answer = await fetched(name, input, '*/*');
    return { name: fileNameIn(answer), content: await answer.blob() };
  };
  return { call, all, csv, file } as unknown as NightshiftClient;
}

function addressOf(path: string, { params = {}, query = {} }: LooseInput): string {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  );
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString();
  return search === '' ? place : `${place}?${search}`;
}

/** By the form of RFC 6266 that holds any name. */
function fileNameIn({ headers }: Response): string {
  const name = /filename\*=UTF-8''([^;]+)/i.exec(headers.get('content-disposition') ?? '')?.[1];
  return name === undefined ? 'file' : decodeURIComponent(name);
}

async function contentOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (answer.ok) return text === '' ? undefined : JSON.parse(text);
  throw new ApiProblem(problemIn(text, answer));
}

/** Something between may have answered, which knows nothing of problems. */
function problemIn(text: string, { status, statusText }: Response): Problem {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === 'string') return problem;
  } catch {
    // Told below.
  }
  const title = statusText === '' ? `Status ${status}` : statusText;
  return { type: 'about:blank', title, status, detail: title, code: 'UNKNOWN', correlationId: '' };
}
