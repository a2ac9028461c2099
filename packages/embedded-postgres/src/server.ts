import { promises as fs } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { giveTo } from './access.ts';
import type { Binaries } from './binaries.ts';
import { deadlineIn, sleep } from './clock.ts';
import type { Attempt } from './connection.ts';
import { tryToConnect } from './connection.ts';
import { createDataDirectory, inspectDataDirectory, removeLeftovers, replaceFile } from './data-directory.ts';
import { EmbeddedPostgresError, errorCodeOf } from './errors.ts';
import { forgetKeeping } from './keep.ts';
import type { Configuration, StopMode } from './options.ts';
import type { Place } from './place.ts';
import { clearStaleFiles, mayBeAlive, readPostmasterFile } from './postmaster.ts';
import { CONFIGURATION_FILE, renderConfiguration } from './server-configuration.ts';
import { lastLines, rotateLog, runTool } from './tool.ts';

/** How long a server may take to be ready; after a crash it repairs its data first. */
export const START_TIMEOUT_S = 120;

/** How long a server may take to stop; it ends its connections and writes what is in memory. */
export const STOP_TIMEOUT_S = 60;

/** How long a process that may be our server, but does not answer, is waited for. */
export const SILENCE_MAX_MS = 10_000;

/** How long a start is repeated while backends of a killed server linger and hold its shared memory. */
export const LINGERING_MAX_MS = 20_000;

const POLL_MS = 50;

/** A server we are connected to. */
export type ConnectedServer = Extract<Attempt, { kind: 'connected' }>;

interface Refusal {
  readonly error: EmbeddedPostgresError;
  /** True when the next attempt may succeed without anybody doing something. */
  readonly passing: boolean;
}

/**
 * Connects to the server of the folder: the one that runs, or a new one. Makes the data folder when there is none.
 * Call it with the lock held.
 *
 * @throws EmbeddedPostgresError `PORT_IN_USE`, `INIT_FAILED`, `START_FAILED` and those of the data folder
 */
export async function adoptOrStart(
  place: Place,
  binaries: Binaries,
  configuration: Configuration,
): Promise<{ readonly connected: ConnectedServer; readonly adopted: boolean }> {
  const lingering = deadlineIn(LINGERING_MAX_MS);
  for (;;) {
    const running = await waitForServer(place);
    if (running !== null) return { connected: running, adopted: true };
    const refusal = await launch(place, binaries, configuration);
    if (refusal === null) {
      const connected = await waitForServer(place);
      if (connected !== null) return { connected, adopted: false };
      throw new EmbeddedPostgresError(
        'START_FAILED',
        `PostgreSQL started on ${place.dataDirectory} and went away at once. See ${place.logFile}.`,
        { path: place.logFile },
      );
    }
    if (!refusal.passing || lingering.passed()) throw refusal.error;
    await sleep(POLL_MS * 4);
  }
}

/**
 * Stops the server of the folder; false when none runs. Call it with the lock held.
 *
 * @throws EmbeddedPostgresError `STOP_FAILED`
 */
export async function stopServer(place: Place, binaries: Binaries, mode: StopMode): Promise<boolean> {
  await forgetKeeping(place);
  const file = await readPostmasterFile(place.dataDirectory);
  if (file === null) return false;
  const attempt = await tryToConnect(place, file);
  if (attempt.kind === 'connected') await attempt.client.end();
  // Whoever has the number of a dead server must not get its signal.
  if (attempt.kind === 'silent' && !(await mayBeAlive(file, place))) return false;
  const args = ['stop', '--wait', '--silent', `--mode=${mode}`, `--timeout=${STOP_TIMEOUT_S}`];
  const { succeeded, output } = await runTool(place, binaries.pgCtl, args, { PGDATA: place.dataDirectory });
  if (!succeeded && (await readPostmasterFile(place.dataDirectory)) !== null) {
    const logTail = lastLines(output);
    throw new EmbeddedPostgresError(
      'STOP_FAILED',
      `PostgreSQL on ${place.dataDirectory} (process ${file.pid}) did not stop within ${STOP_TIMEOUT_S} s. ` +
        `Stop it with the mode 'immediate'. Its last lines are:\n${logTail.join('\n')}`,
      { path: place.dataDirectory, logTail },
    );
  }
  if (place.socketDirectory !== null) await fs.rmdir(place.socketDirectory).catch(() => {});
  return true;
}

/**
 * The server that runs on the folder, or null. One that is starting is waited for: the process that started it may
 * have been killed meanwhile.
 */
async function waitForServer(place: Place): Promise<ConnectedServer | null> {
  const whileBusy = deadlineIn(START_TIMEOUT_S * 1000);
  const whileSilent = deadlineIn(SILENCE_MAX_MS);
  for (;;) {
    const file = await readPostmasterFile(place.dataDirectory);
    if (file === null) return null;
    const attempt = await tryToConnect(place, file);
    if (attempt.kind === 'connected') return attempt;
    if (attempt.kind === 'silent' && (whileSilent.passed() || !(await mayBeAlive(file, place)))) return null;
    if (whileBusy.passed()) return null;
    await sleep(POLL_MS);
  }
}

/** Starts a server where none runs; null when it is ready. */
async function launch(
  place: Place,
  binaries: Binaries,
  configuration: Configuration,
): Promise<Refusal | null> {
  const tcpPort = configuration.tcpPort === null ? null : await chooseTcpPort(configuration.tcpPort);
  if ((await inspectDataDirectory(place.dataDirectory, binaries.majorVersion)) === 'absent') {
    await createDataDirectory(place, binaries);
  }
  await removeLeftovers(place);
  const stale = await readPostmasterFile(place.dataDirectory);
  if (stale !== null && !(await mayBeAlive(stale, place))) await clearStaleFiles(place);
  const socketDirectory = await makeSocketDirectory(place);
  const settings = renderConfiguration(configuration, socketDirectory, tcpPort);
  await replaceFile(path.join(place.dataDirectory, CONFIGURATION_FILE), settings, place);
  await rotateLog(place.logFile);
  // The folder goes by the environment, because pg_ctl would hand an argument to a shell.
  const args = ['start', '--wait', '--silent', `--timeout=${START_TIMEOUT_S}`];
  const { succeeded, output } = await runTool(place, binaries.pgCtl, args, { PGDATA: place.dataDirectory });
  return succeeded ? null : refusalOf(place, configuration, tcpPort, output);
}

function refusalOf(
  place: Place,
  configuration: Configuration,
  tcpPort: number | null,
  output: string,
): Refusal {
  if (tcpPort !== null && /could not bind IPv4 address "127\.0\.0\.1": Address already in use/.test(output)) {
    return { error: portInUse(tcpPort), passing: configuration.tcpPort === 0 };
  }
  const logTail = lastLines(output);
  const error = new EmbeddedPostgresError(
    'START_FAILED',
    `PostgreSQL did not start on ${place.dataDirectory}. Correct what its last lines say (all are in ` +
      `${place.logFile}):\n${logTail.join('\n')}`,
    { path: place.logFile, logTail },
  );
  const passing = /pre-existing shared memory block|lock file "[^"]*" already exists/.test(output);
  return { error, passing };
}

/**
 * Makes the private folder of the socket and answers where it is. In a temporary folder somebody else may have taken
 * the name; then a new one is made, which others find in `postmaster.pid`.
 */
async function makeSocketDirectory(place: Place): Promise<string | null> {
  const wanted = place.socketDirectory;
  if (wanted === null) return null;
  const owner = place.account?.uid ?? process.getuid?.();
  try {
    await fs.mkdir(wanted, { mode: 0o700 });
    await giveTo(wanted, place.account);
    return wanted;
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  }
  const found = await fs.lstat(wanted);
  if (found.isDirectory() && found.uid === owner) {
    await fs.chmod(wanted, 0o700);
    return wanted;
  }
  const own = await fs.mkdtemp(`${wanted}-`);
  await giveTo(own, place.account);
  return own;
}

/** Finds a free port for 0; else complains early when the port is taken, before anything is made. */
async function chooseTcpPort(wanted: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (errorCodeOf(error) === 'EADDRINUSE') reject(portInUse(wanted));
      // The server will say what is wrong; it has another account, and so other rights than we.
      else resolve(wanted);
    });
    probe.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      probe.close(() => resolve(port));
    });
  });
}

function portInUse(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'PORT_IN_USE',
    `TCP port ${port} on 127.0.0.1 is in use. Name another tcpPort, 0 for any free one, or null for none.`,
    { field: 'tcpPort', port },
  );
}
