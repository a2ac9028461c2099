import {
  type EmbeddedPostgresStatus,
  resetEmbeddedPostgres,
  type Server,
  startEmbeddedPostgres,
  statusOfEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '@nightshift/embedded-postgres';
import { NightshiftError } from '../foundation/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { withoutPasswords } from './printable-text.ts';
import { askYesOrNo } from './question.ts';
import { type DatabasePlace, VARIABLES } from './settings.ts';
import { listOf } from './showing.ts';
import { embeddedOptions } from './with-platform.ts';

const PORT_MAX = 65_535;

/** Starts the embedded PostgreSQL, or finds it running; it goes on when the command ends. */
export async function startDatabase(
  invocation: Invocation,
  options: { readonly port?: string },
): Promise<ExitCode> {
  const place = embeddedPlace(invocation);
  const tcpPort =
    options.port === undefined
      ? null
      : parseRange(options.port, 'tcpPort', { minimum: 0, maximum: PORT_MAX });
  invocation.notice('Starting PostgreSQL …');
  // Who starts a server by hand wants it to stay, also when somebody else uses it meanwhile.
  const server = await startEmbeddedPostgres({
    ...embeddedOptions(place),
    keep: true,
    ...(tcpPort === null ? {} : { tcpPort }),
    onNotice: (text) => invocation.notice(text),
  });
  const { adopted, dataDirectory, logFile } = server;
  const facts = { ...serverView(server), adopted, dataDirectory, logFile };
  invocation.answer(facts, () =>
    [
      `PostgreSQL ${server.version} ${adopted ? 'runs already' : 'runs'}, process ${server.pid}, data in ${dataDirectory}.`,
      withoutPasswords(server.url),
    ].join('\n'),
  );
  return EXIT.ok;
}

/** Stops the embedded PostgreSQL, whoever uses it. */
export async function stopDatabase(invocation: Invocation): Promise<ExitCode> {
  const place = embeddedPlace(invocation);
  const stopped = await stopEmbeddedPostgres(embeddedOptions(place));
  invocation.answer({ stopped }, () => (stopped ? 'PostgreSQL has stopped.' : 'No PostgreSQL ran.'));
  return EXIT.ok;
}

/** Tells whether the embedded PostgreSQL runs; the exit code says it too. */
export async function databaseStatus(invocation: Invocation): Promise<ExitCode> {
  const status = await statusOfEmbeddedPostgres(embeddedOptions(embeddedPlace(invocation)));
  const { state, server, pid, dataDirectory, initialised, logFile } = status;
  const facts = {
    state,
    pid,
    dataDirectory,
    initialised,
    logFile,
    ...(server === null ? {} : serverView(server)),
  };
  invocation.answer(facts, () => statusText(status));
  return state === 'running' ? EXIT.ok : EXIT.failed;
}

function statusText({
  state,
  server,
  pid,
  dataDirectory,
  initialised,
  logFile,
}: EmbeddedPostgresStatus): string {
  return listOf([
    ['State', state],
    ['Version', server?.version ?? null],
    ['Process', pid],
    ['URL', server === null ? null : withoutPasswords(server.url)],
    ['TCP port', server?.port ?? null],
    ['Data', initialised ? dataDirectory : `${dataDirectory} (none yet)`],
    ['Log', logFile],
  ]);
}

/** Prints the URL of the running embedded PostgreSQL, alone on its line, for other programs. */
export async function databaseUrl(
  invocation: Invocation,
  options: { readonly tcp?: boolean; readonly showPassword?: boolean },
): Promise<ExitCode> {
  const { server, dataDirectory } = await statusOfEmbeddedPostgres(
    embeddedOptions(embeddedPlace(invocation)),
  );
  if (server === null) {
    throw new NightshiftError(
      'DATABASE_UNAVAILABLE',
      `No PostgreSQL runs in ${dataDirectory}; "nightshift db start" starts one.`,
    );
  }
  const url = options.tcp === true ? server.tcpUrl : server.url;
  if (url === null) {
    throw new NightshiftError(
      'CONFLICT',
      'PostgreSQL runs without TCP; stop it, then "nightshift db start --port 0".',
    );
  }
  const shown = options.showPassword === true ? url : withoutPasswords(url);
  invocation.answer({ url: shown }, () => shown);
  return EXIT.ok;
}

/** Deletes the embedded PostgreSQL with all data, after asking. */
export async function resetDatabase(
  invocation: Invocation,
  options: { readonly yes?: boolean },
): Promise<ExitCode> {
  const place = embeddedPlace(invocation);
  const { dataDirectory, initialised } = await statusOfEmbeddedPostgres(embeddedOptions(place));
  if (initialised && options.yes !== true && !(await mayDelete(invocation, dataDirectory))) {
    invocation.answer({ deleted: false }, () => 'Nothing was deleted.');
    return EXIT.failed;
  }
  const deleted = await resetEmbeddedPostgres(embeddedOptions(place));
  invocation.answer({ deleted, dataDirectory }, () =>
    deleted ? `The data in ${dataDirectory} is deleted.` : `There was no data in ${dataDirectory}.`,
  );
  return EXIT.ok;
}

async function mayDelete({ surroundings }: Invocation, dataDirectory: string): Promise<boolean> {
  if (surroundings.input.interactive) {
    return askYesOrNo(surroundings, `Delete the database in ${dataDirectory}, with everything in it?`, false);
  }
  throw new NightshiftError(
    'VALIDATION',
    'Deleting a database is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}

/** `db` is about the embedded PostgreSQL only; a URL in the environment must not make anybody believe otherwise. */
function embeddedPlace(invocation: Invocation): DatabasePlace {
  const { settings, surroundings } = invocation;
  if (settings.database.kind === 'embedded') return settings.database;
  const variable = surroundings.environment[VARIABLES.databaseUrl];
  const source = variable === settings.database.url ? VARIABLES.databaseUrl : '--database-url';
  throw new NightshiftError(
    'VALIDATION',
    `The db commands are about the embedded PostgreSQL, and ${source} names another one; name the folder with --data.`,
    { field: 'database.url' },
  );
}

function serverView({ pid, version, url, port }: Server) {
  return { pid, version, url: withoutPasswords(url), port };
}
