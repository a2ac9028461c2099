import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Account } from './access.ts';
import { canEnter, isRoot, realPathOfExisting, serverAccount } from './access.ts';
import { EmbeddedPostgresError, errorCodeOf } from './errors.ts';

/** Where root keeps the data and the binaries of projects that the server's account cannot enter. */
export const SHARED_DIRECTORY = '/var/lib/nightshift';

/**
 * The longest path in bytes of a socket file. Linux permits 107 and macOS 103; the smaller one is good for both.
 */
export const SOCKET_PATH_MAX_BYTES = 103;

/** Everything we keep for one data folder, and the account that the server runs as. */
export interface Place {
  /** The folder that was asked for, with symbolic links resolved. */
  readonly wantedDirectory: string;
  /** The folder that is used; differs from the wanted one when the server could not enter that. */
  readonly dataDirectory: string;
  /** Null when the server runs as ourselves. */
  readonly account: Account | null;
  /** What PostgreSQL and its tools write. */
  readonly logFile: string;
  /** See `lock.ts`. */
  readonly lockDirectory: string;
  /** Null where servers have no Unix sockets (Windows). */
  readonly socketDirectory: string | null;
  /** Where a copy of the binaries goes when the package itself cannot be used. */
  readonly binariesDirectory: string;
}

/** Finds out where things are for a data folder. Makes and changes nothing. */
export async function findPlace(
  wantedDirectory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Place> {
  const realWanted = await realPathOrComplain(wantedDirectory);
  const wantedAccount = await serverAccount(realWanted);
  const reachable = await canEnter(path.dirname(realWanted), wantedAccount);
  const dataDirectory = reachable ? realWanted : path.join(SHARED_DIRECTORY, nameFor(realWanted), 'postgres');
  const account = reachable ? wantedAccount : await serverAccount(dataDirectory);
  const socketDirectory = platform === 'win32' ? null : await findSocketDirectory(dataDirectory, account);
  return Object.freeze({
    wantedDirectory: realWanted,
    dataDirectory,
    account,
    logFile: `${dataDirectory}.log`,
    lockDirectory: `${dataDirectory}.lock`,
    socketDirectory,
    binariesDirectory: findBinariesDirectory(dataDirectory),
  });
}

/** A sentence when the data is not where it was asked for, else null. */
export function noticeAboutPlace(place: Place): string | null {
  if (place.dataDirectory === place.wantedDirectory || place.account === null) return null;
  return (
    `PostgreSQL does not run as root, and the user it runs as (uid ${place.account.uid}) cannot enter ` +
    `${path.dirname(place.wantedDirectory)}. The data is in ${place.dataDirectory} instead.`
  );
}

/** The socket file that PostgreSQL makes for this port. */
export function socketFile(socketDirectory: string, port: number): string {
  return path.join(socketDirectory, `.s.PGSQL.${port}`);
}

/** True when a shell takes no character of the path for its own, also between double quotes. */
export function isSafeForShell(folder: string): boolean {
  return !/["$`\\!]/.test(folder);
}

function findBinariesDirectory(dataDirectory: string): string {
  if (isRoot()) return path.join(SHARED_DIRECTORY, 'binaries');
  const beside = `${dataDirectory}.binaries`;
  return isSafeForShell(beside) ? beside : path.join(os.homedir(), '.cache', 'nightshift', 'binaries');
}

/** A readable name that no other folder has: the project's own name and a digest of the whole path. */
function nameFor(folder: string): string {
  const readable = folder
    .split(path.sep)
    .filter((part) => /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(part) && part !== 'postgres')
    .at(-1);
  return `${(readable ?? 'data').slice(0, 20)}-${digestOf(folder)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Beside the data when that path is short enough and can be written in a setting, else in the temporary folder. */
async function findSocketDirectory(dataDirectory: string, account: Account | null): Promise<string> {
  const beside = `${dataDirectory}.socket`;
  if (fits(beside)) return beside;
  const name = `nightshift-${process.getuid?.() ?? 0}-${digestOf(dataDirectory)}`;
  const inTemporary = path.join(await realPathOfExisting(os.tmpdir()), name);
  if (fits(inTemporary) && (await canEnter(path.dirname(inTemporary), account))) return inTemporary;
  return path.join('/tmp', name);
}

/** Commas and quotes separate the folders in `unix_socket_directories`. */
function fits(socketDirectory: string): boolean {
  const longest = socketFile(socketDirectory, 65_535);
  return Buffer.byteLength(longest) <= SOCKET_PATH_MAX_BYTES && !/[,"'\\]/.test(socketDirectory);
}

async function realPathOrComplain(folder: string): Promise<string> {
  try {
    const real = await realPathOfExisting(folder);
    const parent = await fs.stat(path.dirname(real)).catch(() => null);
    if (parent !== null && !parent.isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    return real;
  } catch (error) {
    throw new EmbeddedPostgresError(
      'DATA_FOLDER_NOT_USABLE',
      `The data folder ${folder} cannot be reached (${errorCodeOf(error) ?? 'unknown error'}). ` +
        'Correct the permissions or name another dataDirectory.',
      { field: 'dataDirectory', path: folder, cause: error },
    );
  }
}
