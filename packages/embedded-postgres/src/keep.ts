import fs from 'node:fs/promises';
import type { Place } from './place.ts';

/** Beside the log: while it is there, the last user leaves the server running. */
function markerOf(place: Place): string {
  return `${place.logFile}.keep`;
}

/** Lets the server run on when its last user leaves, until somebody stops it. */
export async function keepServer(place: Place): Promise<void> {
  await fs.writeFile(markerOf(place), '');
}

/** Whether somebody wanted the server to run on. */
export async function isKept(place: Place): Promise<boolean> {
  return fs.access(markerOf(place)).then(
    () => true,
    () => false,
  );
}

/** The server was stopped: the next one ends with its last user again. */
export async function forgetKeeping(place: Place): Promise<void> {
  await fs.rm(markerOf(place), { force: true });
}
