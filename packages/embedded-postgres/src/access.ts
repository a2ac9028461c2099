import type { Stats } from 'node:fs';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { errorCodeOf, nullWhen } from './errors.ts';

/** The user and group that the server runs as. Supplementary groups are dropped, so they do not count. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`: PostgreSQL refuses to run as root, and this account exists without `useradd`. */
export const NOBODY: Account = Object.freeze({ uid: 65_534, gid: 65_534 });

const READ = 0o4;
const SEARCH = 0o1;

/** True when this process is root, for which PostgreSQL needs another account. False on Windows. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account the server must run as, or null for our own. Root runs the server as the owner of an existing data
 * folder (an ordinary user may have made it), else as `nobody`.
 */
export async function serverAccount(dataDirectory: string): Promise<Account | null> {
  if (!isRoot()) return null;
  const found = await nullWhen(['ENOENT', 'ENOTDIR'], fs.stat(dataDirectory));
  return found === null || found.uid === 0 ? NOBODY : { uid: found.uid, gid: found.gid };
}

/**
 * True when the account may reach `folder`: it needs search permission on the folder and on every ancestor.
 * Symbolic links are followed. Folders that do not exist yet are skipped, because we make them ourselves.
 */
export async function canEnter(folder: string, account: Account | null): Promise<boolean> {
  if (account === null) return true;
  let current = await realPathOfExisting(folder);
  for (;;) {
    const stats = await nullWhen(['ENOENT'], fs.stat(current));
    if (stats !== null && !allows(stats, account, SEARCH)) return false;
    const parent = path.dirname(current);
    if (parent === current) return true;
    current = parent;
  }
}

/** True when the account may read the file, or list and enter the folder; its ancestors are not looked at. */
export async function canRead(fileOrFolder: string, account: Account | null): Promise<boolean> {
  if (account === null) {
    return (
      (await nullWhen(['ENOENT', 'ENOTDIR', 'EACCES'], fs.access(fileOrFolder, constants.R_OK))) !== null
    );
  }
  const stats = await nullWhen(['ENOENT', 'ENOTDIR'], fs.stat(fileOrFolder));
  if (stats === null) return false;
  return allows(stats, account, stats.isDirectory() ? READ | SEARCH : READ);
}

/** The path with symbolic links resolved as far as it exists. */
export async function realPathOfExisting(wanted: string): Promise<string> {
  try {
    return await fs.realpath(wanted);
  } catch (error) {
    const parent = path.dirname(wanted);
    if (!['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '') || parent === wanted) throw error;
    return path.join(await realPathOfExisting(parent), path.basename(wanted));
  }
}

/** Gives a file or folder that we just made to the account; does not follow a symbolic link. */
export async function giveTo(fileOrFolder: string, account: Account | null): Promise<void> {
  if (account !== null) await fs.lchown(fileOrFolder, account.uid, account.gid);
}

/**
 * As {@link giveTo}, for what the server itself has no business with: where root works in the folder of an ordinary
 * user, that user must be able to go on later. `nobody` gets nothing, since any service may run as `nobody`.
 */
export async function giveToUser(fileOrFolder: string, account: Account | null): Promise<void> {
  if (account !== null && account.uid !== NOBODY.uid) await giveTo(fileOrFolder, account);
}

/**
 * Makes the folder and its missing ancestors. The new ones can be entered by everybody when the server has an account
 * of its own, whatever our umask is.
 */
export async function makeReachableFolder(folder: string, account: Account | null): Promise<void> {
  if ((await nullWhen(['ENOENT'], fs.stat(folder))) !== null) return;
  // Not `mkdir` with `recursive`: it never returns where nothing can be made, such as in `/proc`.
  await makeReachableFolder(path.dirname(folder), account);
  const made = await nullWhen(
    ['EEXIST'],
    fs.mkdir(folder).then(() => true),
  );
  if (made === true && account !== null) await fs.chmod(folder, 0o755);
}

/** Root is not meant here: its `account` is never uid 0. The first class that fits decides, as in the kernel. */
function allows(stats: Stats, account: Account, bits: number): boolean {
  const shift = stats.uid === account.uid ? 6 : stats.gid === account.gid ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}
