import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { giveTo, giveToUser, makeReachableFolder } from './access.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, errorCodeOf, nullWhen } from './errors.ts';
import type { Place } from './place.ts';
import { CONFIGURATION_FILE } from './server-configuration.ts';
import { lastLines, runTool } from './tool.ts';

/** The superuser of every server we make. */
export const SUPERUSER = 'postgres';

/** A file in the data folder that says the folder is ours, and keeps the password. */
export const MARKER_FILE = 'nightshift.json';

const REFUSALS = ['EACCES', 'EDQUOT', 'EINVAL', 'ELOOP', 'ENOSPC', 'EPERM', 'EROFS'];
const MADE_BY = '@nightshift/embedded-postgres';
const PASSWORD_BYTES = 24;

/** What we keep in the marker file. */
export interface Marker {
  readonly madeBy: string;
  /** Password of {@link SUPERUSER} over TCP; the socket needs none, as its folder is private. */
  readonly password: string;
}

/**
 * What is in the folder: `absent` (or empty), or `ours` and ready to be started. Changes nothing.
 *
 * @throws EmbeddedPostgresError `DATA_FOLDER_VERSION`, `DATA_FOLDER_NOT_EMPTY`, `DATA_FOLDER_FOREIGN`,
 *   `DATA_FOLDER_NOT_USABLE`
 */
export async function inspectDataDirectory(
  dataDirectory: string,
  majorVersion: string | null,
): Promise<'absent' | 'ours'> {
  const entries = await listFolder(dataDirectory);
  if (entries.length === 0) return 'absent';
  const names = entries.map((entry) => entry.name);
  if (!names.includes('PG_VERSION') || !names.includes('global')) {
    throw new EmbeddedPostgresError(
      'DATA_FOLDER_NOT_EMPTY',
      `${dataDirectory} holds files, but no PostgreSQL data. Name another dataDirectory, or empty this one.`,
      { field: 'dataDirectory', path: dataDirectory },
    );
  }
  const found = (await fs.readFile(path.join(dataDirectory, 'PG_VERSION'), 'utf8')).trim();
  if (majorVersion !== null && found !== majorVersion) {
    throw new EmbeddedPostgresError(
      'DATA_FOLDER_VERSION',
      `${dataDirectory} belongs to PostgreSQL ${found}, but PostgreSQL ${majorVersion} is bundled. ` +
        `Name another dataDirectory, or move the data with pg_dump of version ${found}. Nothing was changed.`,
      { field: 'dataDirectory', path: dataDirectory, foundVersion: found, neededVersion: majorVersion },
    );
  }
  if (!names.includes(MARKER_FILE)) {
    throw new EmbeddedPostgresError(
      'DATA_FOLDER_FOREIGN',
      `${dataDirectory} is a PostgreSQL data folder which another program made. ` +
        'Name another dataDirectory, or start that server yourself and give its URL.',
      { field: 'dataDirectory', path: dataDirectory },
    );
  }
  return 'ours';
}

/** The marker of a folder that is ours. */
export async function readMarker(dataDirectory: string): Promise<Marker> {
  return JSON.parse(await fs.readFile(path.join(dataDirectory, MARKER_FILE), 'utf8'));
}

/**
 * Makes a new data folder. It grows beside its place and is renamed when complete, so a folder at its place is never
 * half done, whenever we are killed. Call it with the lock held.
 *
 * @throws EmbeddedPostgresError `INIT_FAILED`, `DATA_FOLDER_NOT_USABLE`
 */
export async function createDataDirectory(place: Place, binaries: Binaries): Promise<void> {
  await removeLeftovers(place);
  const half = await fs.mkdtemp(`${place.dataDirectory}.init-`);
  const passwordFile = `${half}.password`;
  const marker: Marker = { madeBy: MADE_BY, password: randomBytes(PASSWORD_BYTES).toString('base64url') };
  try {
    await fs.chmod(half, 0o700);
    await giveTo(half, place.account).catch((error: unknown) => {
      // Some shared folders of virtual machines have no owners.
      throw notUsable(half, error);
    });
    await fs.writeFile(passwordFile, marker.password, { mode: 0o600, flag: 'wx' });
    await giveTo(passwordFile, place.account);
    await runInitdb(place, binaries, half, passwordFile);
    await fs.appendFile(
      path.join(half, 'postgresql.conf'),
      `\ninclude_if_exists = '${CONFIGURATION_FILE}'\n`,
    );
    await replaceFile(path.join(half, MARKER_FILE), `${JSON.stringify(marker, null, 2)}\n`, place);
    await moveIntoPlace(half, place.dataDirectory);
  } finally {
    await fs.rm(passwordFile, { force: true });
    await fs.rm(half, FOLDER);
  }
}

/** A process that was killed may still be writing its last file while its folder is removed. */
const FOLDER = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

/** Removes what a killed predecessor left beside the data folder. Call it with the lock held. */
export async function removeLeftovers(place: Place): Promise<void> {
  const parent = path.dirname(place.dataDirectory);
  const prefix = `${path.basename(place.dataDirectory)}.`;
  for (const name of await fs.readdir(parent)) {
    if (!name.startsWith(prefix) || !/^(init|trash)-\w{6}(\.password)?$/.test(name.slice(prefix.length)))
      continue;
    await fs.rm(path.join(parent, name), FOLDER);
  }
}

/** Deletes a folder that is ours. It gets another name first, so that it is never half there. */
export async function deleteDataDirectory(place: Place): Promise<void> {
  const trash = await fs.mkdtemp(`${place.dataDirectory}.trash-`);
  await fs.rename(place.dataDirectory, path.join(trash, 'postgres'));
  await fs.rm(trash, FOLDER);
}

/** Makes the folder that holds the data folder, its log and its lock. */
export async function makeParent(place: Place): Promise<void> {
  const parent = path.dirname(place.dataDirectory);
  try {
    await makeReachableFolder(parent, place.account);
    const isNew = (await fs.mkdir(place.lockDirectory, { recursive: true })) !== undefined;
    if (isNew) await giveToUser(place.lockDirectory, place.account);
  } catch (error) {
    throw notUsable(parent, error);
  }
}

/** Writes a file of the server at once; as a new file, so that no link which lies there is followed. */
export async function replaceFile(file: string, text: string, place: Place): Promise<void> {
  const fresh = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await fs.writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
  await giveTo(fresh, place.account);
  await fs.rename(fresh, file);
}

async function runInitdb(
  place: Place,
  binaries: Binaries,
  folder: string,
  passwordFile: string,
): Promise<void> {
  // Syncing to disk is left on: it costs 40 ms here, and later checkpoints would not make up for it.
  const { succeeded, output } = await runTool(place, binaries.initdb, [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-instructions',
  ]);
  if (succeeded) return;
  const logTail = lastLines(output);
  throw new EmbeddedPostgresError(
    'INIT_FAILED',
    `PostgreSQL could not make its data folder ${place.dataDirectory}. Its last lines are:\n${logTail.join('\n')}`,
    { path: place.dataDirectory, logTail },
  );
}

async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    // An empty folder may be there; a rename replaces it everywhere but on Windows.
    if (process.platform === 'win32') await nullWhen(['ENOENT'], fs.rmdir(to));
    await fs.rename(from, to);
  } catch (error) {
    if (!['EBUSY', 'EXDEV'].includes(errorCodeOf(error) ?? '')) throw error;
    throw new EmbeddedPostgresError(
      'DATA_FOLDER_NOT_USABLE',
      `${to} is a mount point, which cannot be replaced. Name a folder inside it as dataDirectory.`,
      { field: 'dataDirectory', path: to, cause: error },
    );
  }
}

async function listFolder(folder: string): Promise<readonly Dirent[]> {
  try {
    return (await nullWhen(['ENOENT'], fs.readdir(folder, { withFileTypes: true }))) ?? [];
  } catch (error) {
    throw notUsable(folder, error);
  }
}

/**
 * Runs `work` and turns what the file system refuses (no permission, read-only, full) into an error of ours.
 *
 * @throws EmbeddedPostgresError `DATA_FOLDER_NOT_USABLE`
 */
export async function explainRefusals<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!REFUSALS.includes(errorCodeOf(error) ?? '')) throw error;
    throw notUsable(place.dataDirectory, error);
  }
}

function notUsable(folder: string, error: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'DATA_FOLDER_NOT_USABLE',
    `${folder} cannot be used (${error instanceof Error ? error.message : String(error)}). ` +
      'Correct its permissions, make room, or name another dataDirectory.',
    { field: 'dataDirectory', path: folder, cause: error },
  );
}
