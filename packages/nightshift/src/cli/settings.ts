import path from 'node:path';
import { addressOf } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Surroundings } from './surroundings.ts';

/** The options that every command takes, as the command line gives them. */
export interface GlobalOptions {
  readonly databaseUrl?: string;
  readonly data?: string;
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly app?: string;
  readonly user?: string;
  readonly company?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Which database a command works on. */
export type DatabasePlace =
  | { readonly kind: 'url'; readonly url: string }
  /** Null: the launcher's default folder in the working directory. */
  | { readonly kind: 'embedded'; readonly dataDirectory: string | null };

/** The server that a command is carried out by, and where the API key is. */
export interface ServerPlace {
  readonly url: string;
  /** Null: nobody said it. */
  readonly key: { readonly value: string } | { readonly file: string } | null;
}

/** The options of every command, complete: from the command line, else from the environment, else by default. */
export interface Settings {
  readonly database: DatabasePlace;
  /** Null: the command works on the database itself. */
  readonly server: ServerPlace | null;
  readonly app: string | null;
  /** What the database is meant to be; null when nobody says it. */
  readonly environment: string | null;
  /** Who enforces table rights, for those commands that set a database up; null when nobody says it. */
  readonly enforcement: string | null;
  readonly user: string;
  readonly company: string;
  /** Which of the two the command line names itself: what a list is narrowed to. */
  readonly named: { readonly user: string | null; readonly company: string | null };
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Who acts, and where, when nothing is said. */
export const IDENTITY_DEFAULT = Object.freeze({ user: 'ADMIN', company: 'CRONUS' });

/** Names of the environment variables. */
export const VARIABLES = Object.freeze({
  databaseUrl: 'NIGHTSHIFT_DATABASE_URL',
  data: 'NIGHTSHIFT_DATA',
  url: 'NIGHTSHIFT_URL',
  apiKey: 'NIGHTSHIFT_API_KEY',
  oidcSecret: 'NIGHTSHIFT_OIDC_CLIENT_SECRET',
  app: 'NIGHTSHIFT_APP',
  environment: 'NIGHTSHIFT_ENVIRONMENT',
  enforcement: 'NIGHTSHIFT_ENFORCEMENT',
  verbose: 'NIGHTSHIFT_VERBOSE',
});

/**
 * Completes the options once. What the command line says goes before the environment, also across kinds: `--data` beats
 * a database URL in the environment.
 * @throws NightshiftError VALIDATION
 */
export function settingsOf(given: GlobalOptions, surroundings: Surroundings): Settings {
  const { environment, workingDirectory } = surroundings;
  const variable = (name: string) => (environment[name] === '' ? undefined : environment[name]);
  const server = serverOf(given, variable);
  if (server !== null) refuseLocal(given);
  return Object.freeze({
    server,
    database: placeOf(given, workingDirectory, {
      databaseUrl: variable(VARIABLES.databaseUrl),
      data: variable(VARIABLES.data),
    }),
    app: given.app ?? variable(VARIABLES.app) ?? null,
    environment: variable(VARIABLES.environment) ?? null,
    enforcement: variable(VARIABLES.enforcement) ?? null,
    user: given.user ?? IDENTITY_DEFAULT.user,
    company: given.company ?? IDENTITY_DEFAULT.company,
    named: { user: given.user ?? null, company: given.company ?? null },
    json: given.json === true,
    verbose: wantsStacks(given.verbose === true, environment),
  });
}

/** Whether errors are told with their stacks. */
export function wantsStacks(
  verbose: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return verbose || !['', '0', 'false', undefined].includes(environment[VARIABLES.verbose]);
}

/** A server of the environment counts only where the command line names no database. */
function serverOf(
  { url, apiKeyFile, databaseUrl, data }: GlobalOptions,
  variable: (name: string) => string | undefined,
): ServerPlace | null {
  const isDatabaseNamed = databaseUrl !== undefined || data !== undefined;
  const wanted = url ?? (isDatabaseNamed ? undefined : variable(VARIABLES.url));
  if (wanted === undefined) return null;
  const value = variable(VARIABLES.apiKey);
  const fromEnvironment = value === undefined ? null : { value };
  return {
    url: checkedServer(wanted),
    key: apiKeyFile === undefined ? fromEnvironment : { file: apiKeyFile },
  };
}

/** @throws NightshiftError VALIDATION for what a server says by itself */
function refuseLocal({ databaseUrl, data, app, user }: GlobalOptions): void {
  const given = { '--database-url': databaseUrl, '--data': data, '--app': app, '--user': user };
  const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (option === undefined) return;
  throw new NightshiftError(
    'VALIDATION',
    `With --url there is no ${option}: the server has its database and its application, and the API key says who acts.`,
    { field: 'url' },
  );
}

/** An API key is not sent in the clear but to this machine. @throws NightshiftError VALIDATION */
function checkedServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isHttp || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new NightshiftError('VALIDATION', 'The address of a server has the form https://jobs.example.', {
      field: 'url',
    });
  }
  if (url.protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) return text;
  throw new NightshiftError(
    'VALIDATION',
    'To another machine the API key goes over TLS only: the address begins with https.',
    { field: 'url' },
  );
}

function placeOf(
  given: GlobalOptions,
  workingDirectory: string,
  fromEnvironment:
    | Pick<GlobalOptions, 'databaseUrl' | 'data'>
    | { databaseUrl?: string | undefined; data?: string | undefined },
): DatabasePlace {
  if (given.databaseUrl !== undefined && given.data !== undefined) {
    throw new NightshiftError('VALIDATION', 'Give either --database-url or --data.', {
      field: 'database.url',
    });
  }
  const url = given.databaseUrl ?? (given.data === undefined ? fromEnvironment.databaseUrl : undefined);
  if (url !== undefined) return { kind: 'url', url: checkedUrl(url) };
  const data = given.data ?? fromEnvironment.data;
  return {
    kind: 'embedded',
    dataDirectory: data === undefined ? null : path.resolve(workingDirectory, data),
  };
}

function checkedUrl(url: string): string {
  try {
    if (!/^postgres(ql)?:\/\//.test(url)) throw new TypeError('another scheme');
    addressOf(url);
    return url;
  } catch {
    // Without the cause: its text holds the whole URL, and with it the password.
    throw new NightshiftError(
      'VALIDATION',
      'The database URL has the form postgresql://user:password@host:5432/database.',
      { field: 'database.url' },
    );
  }
}
