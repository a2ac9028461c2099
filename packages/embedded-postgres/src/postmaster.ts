import { promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { nullWhen } from './errors.ts';
import type { Place } from './place.ts';
import { findProcess, ownerOf, workingDirectoryOf } from './process-life.ts';

/** What a server writes into `postmaster.pid`; the later lines are missing while it starts. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | null;
  /** Null when the server has no Unix socket. */
  readonly socketDirectory: string | null;
  /** The address of the TCP listener; null when TCP is off. */
  readonly listenAddress: string | null;
}

const FILE_NAME = 'postmaster.pid';

/** Reads the file; null when there is none. It says only that a server *was* here; see {@link mayBeAlive}. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | null> {
  const text = await nullWhen(
    ['ENOENT', 'ENOTDIR'],
    fs.readFile(path.join(dataDirectory, FILE_NAME), 'utf8'),
  );
  if (text === null) return null;
  const [pid = '', , , port = '', socketDirectory = '', listenAddress = ''] = text
    .split('\n')
    .map((l) => l.trim());
  return {
    // A file of a server that was killed while writing may be empty; 0 is nobody's number.
    pid: Math.abs(Number.parseInt(pid, 10)) || 0,
    port: Number.parseInt(port, 10) || null,
    socketDirectory: socketDirectory === '' ? null : socketDirectory,
    listenAddress: listenAddress === '' ? null : listenAddress === '*' ? '127.0.0.1' : listenAddress,
  };
}

/**
 * False when it is certain that the process in the file is not this folder's server: it is dead, or its number now
 * belongs to another program, user or data folder. True is no proof; that takes a connection.
 */
export async function mayBeAlive(file: PostmasterFile, place: Place): Promise<boolean> {
  if (file.pid === 0) return false;
  const found = await findProcess(file.pid);
  if (found === null) return false;
  if (found.name !== null && found.name !== 'postgres') return false;
  const owner = await ownerOf(file.pid);
  const wantedOwner = place.account?.uid ?? process.getuid?.();
  if (owner !== null && wantedOwner !== undefined && owner !== wantedOwner) return false;
  const folder = await workingDirectoryOf(file.pid);
  return folder === null || folder === place.dataDirectory;
}

/**
 * Removes what a dead server left behind. PostgreSQL mostly sees by itself that the file is stale, but not when the
 * number belongs to a zombie or to another process of the same user. Only after {@link mayBeAlive} said no; the
 * server's shared memory, which it finds by the data folder, still guards against backends that live on.
 */
export async function clearStaleFiles(place: Place): Promise<void> {
  await fs.rm(path.join(place.dataDirectory, FILE_NAME), { force: true });
  if (place.socketDirectory === null) return;
  const names = (await nullWhen(['ENOENT'], fs.readdir(place.socketDirectory))) ?? [];
  for (const name of names.filter((entry) => entry.startsWith('.s.PGSQL.'))) {
    await fs.rm(path.join(place.socketDirectory, name), { force: true });
  }
}
