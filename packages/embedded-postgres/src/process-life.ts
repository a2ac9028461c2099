import { promises as fs } from 'node:fs';
import process from 'node:process';
import { errorCodeOf } from './errors.ts';

/** What the kernel says about a living process. Only Linux tells more than that it lives. */
export interface LivingProcess {
  /** The program's name, at most 15 characters; null when unknown. */
  readonly name: string | null;
  /** Differs when the number was given to a new process; null when unknown. */
  readonly startMark: string | null;
}

/**
 * Looks a process up; null when there is none. A zombie counts as dead: it holds its number, and `kill(pid, 0)`
 * succeeds on it, but it will never do anything again.
 */
export async function findProcess(pid: number): Promise<LivingProcess | null> {
  if (process.platform !== 'linux') return answersToSignal(pid) ? { name: null, startMark: null } : null;
  const line = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // Under `hidepid` the processes of others cannot be seen, but they can still be asked.
  if (line === null) return answersToSignal(pid) ? { name: null, startMark: null } : null;
  const nameEnd = line.lastIndexOf(')');
  // The name may hold blanks and brackets, so the fields are counted from its end: state is the first, start the 20th.
  const fields = line.slice(nameEnd + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return { name: line.slice(line.indexOf('(') + 1, nameEnd), startMark: fields[19] ?? null };
}

/** The current working directory of a process, or null when it may not or cannot be known. */
export async function workingDirectoryOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  return await fs.readlink(`/proc/${pid}/cwd`).catch(() => null);
}

/** The user a process runs as, or null when it cannot be known. */
export async function ownerOf(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const stats = await fs.stat(`/proc/${pid}`).catch(() => null);
  return stats?.uid ?? null;
}

function answersToSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}
