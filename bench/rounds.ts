import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { profileLines } from './profile.ts';
import { tell } from './progress.ts';

const PROFILE_LINES = 30;

/** What is measured once in every round. */
export interface Turn<T> {
  readonly name: string;
  /** Measures once; writes a CPU profile of the measured stretch to `profile` unless that is null. */
  measure(profile: string | null): Promise<T>;
  /** One sample in few words. */
  show(sample: T): string;
}

/** How many rounds, and where CPU profiles of the last one go; null for none. */
export interface RoundsOptions {
  readonly rounds: number;
  readonly profile: string | null;
}

/**
 * Measures all turns in every round, `rounds` times after a warm-up round that is not counted; each round begins with
 * another turn. Never two at a time. Returns the samples of the turns, in their order.
 */
export async function inRounds<T>(
  turns: readonly Turn<T>[],
  { rounds, profile }: RoundsOptions,
): Promise<readonly (readonly T[])[]> {
  const samples = new Map(turns.map((turn) => [turn, [] as T[]]));
  if (profile !== null) await mkdir(profile, { recursive: true });
  for (let round = 0; round <= rounds; round++) {
    for (const turn of rotated(turns, round)) {
      const file = profile !== null && round === rounds ? fileIn(profile, turn.name) : null;
      const sample = await turn.measure(file);
      tell(`${round === 0 ? 'warm-up' : `round ${round}`}  ${turn.name}: ${turn.show(sample)}`);
      if (file !== null) await printProfile(file);
      if (round > 0) samples.get(turn)?.push(sample);
    }
  }
  return turns.map((turn) => samples.get(turn) ?? []);
}

/** The same list, beginning with another one. */
function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function fileIn(folder: string, name: string): string {
  return path.resolve(folder, `${name.replaceAll(/\W+/g, '-')}.cpuprofile`);
}

async function printProfile(file: string): Promise<void> {
  console.log(file);
  for (const line of profileLines(await readFile(file, 'utf8'), PROFILE_LINES)) console.log(line);
}
