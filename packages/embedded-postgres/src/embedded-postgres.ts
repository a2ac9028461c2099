import { promises as fs } from 'node:fs';
import type { Client } from 'pg';
import type { BinariesPackage } from './binaries.ts';
import { findBinariesPackage, prepareBinaries } from './binaries.ts';
import { deadlineIn, sleep } from './clock.ts';
import type { Server } from './connection.ts';
import { isAlone, keepProcessAlive, letProcessEnd, tryToConnect } from './connection.ts';
import { deleteDataDirectory, explainRefusals, inspectDataDirectory, makeParent } from './data-directory.ts';
import { isKept, keepServer } from './keep.ts';
import { withLock } from './lock.ts';
import type { Configuration, DataDirectoryOptions, StartOptions, StopMode, StopOptions } from './options.ts';
import { parseOptions } from './options.ts';
import type { Place } from './place.ts';
import { findPlace, noticeAboutPlace } from './place.ts';
import { mayBeAlive, readPostmasterFile } from './postmaster.ts';
import type { ConnectedServer } from './server.ts';
import { adoptOrStart, stopServer } from './server.ts';
import { hasOtherSettings } from './server-configuration.ts';

/** How long the last user waits for connections that are about to go, its own among them. */
const ALONE_WAIT_MS = 500;
const ALONE_LOOK_MS = 20;

/** A server that is ready, and our share in it. */
export interface EmbeddedPostgres extends Server {
  /** Where the data really is; may differ from the folder asked for, see `onNotice`. */
  readonly dataDirectory: string;
  /** What PostgreSQL writes. */
  readonly logFile: string;
  /** True when the server ran already. */
  readonly adopted: boolean;
  /**
   * Says that we are done. The last user stops the server: it stays while anybody else is connected. Close your own
   * connections first. Answers true when it stopped the server; a second call has the same answer as the first.
   */
  release(): Promise<boolean>;
  /** Stops the server, whoever uses it; false when it did not run any more. Mode `fast` unless told. */
  stop(options?: { readonly mode?: StopMode }): Promise<boolean>;
}

/** What `statusOfEmbeddedPostgres` finds. */
export interface EmbeddedPostgresStatus {
  /** `starting` is a server that answers but is not ready: it starts, repairs its data, or stops. */
  readonly state: 'running' | 'starting' | 'stopped';
  /** Null unless the server is running. */
  readonly server: Server | null;
  /** The server's process; null when stopped. */
  readonly pid: number | null;
  /** Where the data really is, or would be. */
  readonly dataDirectory: string;
  /** False when there is no data yet. */
  readonly initialised: boolean;
  /** What PostgreSQL writes. */
  readonly logFile: string;
}

/**
 * Gives a server on the data folder: the one that runs there, else a new one, with a new data folder if needed.
 * Processes that do this at once all get the same server. It lives on when this process ends without `release()`.
 *
 * @throws EmbeddedPostgresError with any code but `STOP_FAILED`
 */
export async function startEmbeddedPostgres(options: StartOptions = {}): Promise<EmbeddedPostgres> {
  const configuration = parseOptions(options);
  const { place, found } = await locate(configuration);
  // Before anything is made: a folder that is not ours stays as it is.
  await inspectDataDirectory(place.dataDirectory, found.majorVersion);
  await makeParent(place);
  const { connected, adopted } = await explainRefusals(place, async () => {
    const binaries = await prepareBinaries(found, place);
    return await withLock(place.lockDirectory, () => adoptOrStart(place, binaries, configuration));
  });
  if (adopted) await noticeAboutAdoption(configuration, place, connected.server);
  if (configuration.keep) await keepServer(place);
  return createHandle(place, found, connected, adopted);
}

/**
 * Stops the server on the data folder, whoever uses it; false when none runs.
 *
 * @throws EmbeddedPostgresError `OPTION_INVALID`, `STOP_FAILED`, `LOCK_TIMEOUT` and those about the binaries
 */
export async function stopEmbeddedPostgres(options: StopOptions = {}): Promise<boolean> {
  const configuration = parseOptions(options);
  const { place, found } = await locate(configuration);
  return await stopLocked(place, found, configuration.mode);
}

/**
 * Looks whether a server runs on the data folder. Changes and waits for nothing.
 *
 * @throws EmbeddedPostgresError `OPTION_INVALID`, and those of a data folder that is not ours
 */
export async function statusOfEmbeddedPostgres(
  options: DataDirectoryOptions = {},
): Promise<EmbeddedPostgresStatus> {
  const place = await findPlace(parseOptions(options).dataDirectory);
  const initialised = (await inspectDataDirectory(place.dataDirectory, null)) === 'ours';
  const known = { dataDirectory: place.dataDirectory, logFile: place.logFile, initialised };
  const file = await readPostmasterFile(place.dataDirectory);
  const stopped = { ...known, state: 'stopped', server: null, pid: null } as const;
  if (file === null) return stopped;
  const attempt = await tryToConnect(place, file);
  if (attempt.kind === 'connected') {
    await attempt.client.end();
    return { ...known, state: 'running', server: attempt.server, pid: file.pid };
  }
  if (attempt.kind === 'silent' && !(await mayBeAlive(file, place))) return stopped;
  return { ...known, state: 'starting', server: null, pid: file.pid };
}

/**
 * Stops the server at once and deletes its data, log and socket; false when there was no data.
 *
 * @throws EmbeddedPostgresError `DATA_FOLDER_FOREIGN` or `DATA_FOLDER_NOT_EMPTY` when we did not make the folder
 */
export async function resetEmbeddedPostgres(options: DataDirectoryOptions = {}): Promise<boolean> {
  const { place, found } = await locate(parseOptions(options));
  if ((await inspectDataDirectory(place.dataDirectory, null)) === 'absent') return false;
  const binaries = await prepareBinaries(found, place);
  return await withLock(place.lockDirectory, async () => {
    // Another process may have been faster.
    if ((await inspectDataDirectory(place.dataDirectory, null)) === 'absent') return false;
    await stopServer(place, binaries, 'immediate');
    await deleteDataDirectory(place);
    for (const rest of [place.logFile, `${place.logFile}.1`, place.socketDirectory]) {
      if (rest !== null) await fs.rm(rest, { recursive: true, force: true });
    }
    return true;
  });
}

async function locate(configuration: Configuration): Promise<{ place: Place; found: BinariesPackage }> {
  const found = await findBinariesPackage();
  const place = await findPlace(configuration.dataDirectory);
  const notice = noticeAboutPlace(place);
  if (notice !== null) configuration.onNotice(notice);
  return { place, found };
}

async function stopLocked(place: Place, found: BinariesPackage, mode: StopMode): Promise<boolean> {
  if ((await inspectDataDirectory(place.dataDirectory, null)) === 'absent') return false;
  return await explainRefusals(place, async () => {
    const binaries = await prepareBinaries(found, place);
    return await withLock(place.lockDirectory, () => stopServer(place, binaries, mode));
  });
}

function createHandle(
  place: Place,
  found: BinariesPackage,
  connected: ConnectedServer,
  adopted: boolean,
): EmbeddedPostgres {
  // The open connection shows others that the server is in use; it must not keep our process alive.
  letProcessEnd(connected.client);
  let released: Promise<boolean> | undefined;
  return Object.freeze({
    ...connected.server,
    dataDirectory: place.dataDirectory,
    logFile: place.logFile,
    adopted,
    release() {
      released ??= releaseServer(place, found, connected);
      return released;
    },
    async stop(options: { readonly mode?: StopMode } = {}) {
      const { mode } = parseOptions(options);
      keepProcessAlive(connected.client);
      await connected.client.end().catch(() => {});
      return await stopLocked(place, found, mode);
    },
  });
}

/** Under the lock, so that of two users who leave at once the second sees that the first is gone. */
async function releaseServer(
  place: Place,
  found: BinariesPackage,
  connected: ConnectedServer,
): Promise<boolean> {
  keepProcessAlive(connected.client);
  const binaries = await prepareBinaries(found, place);
  return await withLock(place.lockDirectory, async () => {
    const alone = !(await isKept(place)) && (await becomesAlone(connected.client));
    await connected.client.end().catch(() => {});
    return alone && (await stopServer(place, binaries, 'fast'));
  });
}

/** Connections that we have just closed are seen by the server a moment later. */
async function becomesAlone(client: Client): Promise<boolean> {
  const patience = deadlineIn(ALONE_WAIT_MS);
  for (;;) {
    // When our connection is gone the server was stopped; one that runs now has other users than us.
    const alone = await isAlone(client).catch(() => null);
    if (alone === null) return false;
    if (alone || patience.passed()) return alone;
    await sleep(ALONE_LOOK_MS);
  }
}

async function noticeAboutAdoption(
  configuration: Configuration,
  place: Place,
  server: Server,
): Promise<void> {
  const { tcpPort } = configuration;
  if (tcpPort !== null && (server.port === null || (tcpPort !== 0 && tcpPort !== server.port))) {
    const present = server.port === null ? 'without TCP' : `on TCP port ${server.port}`;
    configuration.onNotice(`PostgreSQL already runs ${present}; stop it to have TCP port ${tcpPort}.`);
  }
  if (await hasOtherSettings(configuration, place)) {
    configuration.onNotice('PostgreSQL already runs with other settings; stop it to have the new ones.');
  }
}
