import { readFile } from 'node:fs/promises';

const RESIDENT = /^VmRSS:\s+(\d+) kB/m;

/** What a process holds in memory, in megabytes; null when it is gone, or on a system that does not tell. */
export async function residentMemory(processId: number): Promise<number | null> {
  try {
    const match = RESIDENT.exec(await readFile(`/proc/${processId}/status`, 'utf8'));
    return match === null ? null : Number(match[1]) / 1024;
  } catch {
    return null;
  }
}
