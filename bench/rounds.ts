import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Contestant } from './contestant.ts';
import type { BenchOptions } from './options.ts';
import { profileLines } from './profile.ts';
import type { Sample, Scenario } from './scenario.ts';
import type { ScratchPostgres } from './scratch-postgres.ts';
import { SYSTEM_NAMES } from './systems/registry.ts';

const PROFILE_LINES = 30;

/** All samples of one system in one scenario. */
export interface Series {
  readonly scenario: Scenario;
  readonly system: string;
  readonly samples: Sample[];
}

/** What the rounds gave. */
export interface RoundsResult {
  readonly series: readonly Series[];
  readonly systems: readonly Pick<Contestant, 'name' | 'options' | 'guarantee'>[];
}

/**
 * Runs all systems in turn, `rounds` times after a warm-up round; each round begins with another one. Never two at a
 * time: between its turns a system is stopped.
 */
export async function runRounds(postgres: ScratchPostgres, options: BenchOptions): Promise<RoundsResult> {
  const wanted = selected(options);
  const contestants = await startContestants(postgres, [...new Set(wanted.map(({ system }) => system))]);
  try {
    const series = wanted.map(({ scenario, system }) => ({ scenario, system, samples: [] as Sample[] }));
    if (options.profile !== null) await mkdir(options.profile, { recursive: true });
    for (let round = 0; round <= options.rounds; round++) {
      for (const { scenario, tasks } of options.scenarios) {
        const turn = series.filter((one) => one.scenario === scenario);
        for (const one of rotated(turn, round)) {
          const contestant = contestants.get(one.system) as Contestant;
          const profile = round === options.rounds ? profileFile(options, one) : null;
          const sample = await contestant.measure({ scenario, tasks, profile });
          tell(round, one, sample);
          if (profile !== null) await printProfile(profile);
          if (round > 0) one.samples.push(sample);
        }
      }
    }
    return { series, systems: [...contestants.values()] };
  } finally {
    await Promise.all([...contestants.values()].map((contestant) => contestant.end()));
  }
}

/** Which systems take part in which scenario. */
function selected({ scenarios, only }: BenchOptions): readonly { scenario: Scenario; system: string }[] {
  const all = scenarios.flatMap(({ scenario }) =>
    SYSTEM_NAMES.filter((name) => scenario === 'drain-one-row' || !name.includes('transactional')).map(
      (system) => ({ scenario, system }),
    ),
  );
  const matches = (name: string, names: readonly string[]) =>
    !names.some((part) => only.some((text) => part.includes(text))) ||
    only.some((text) => name.includes(text));
  const scenarioNames = scenarios.map(({ scenario }) => scenario);
  return all.filter(
    ({ scenario, system }) => matches(scenario, scenarioNames) && matches(system, SYSTEM_NAMES),
  );
}

async function startContestants(
  postgres: ScratchPostgres,
  names: readonly string[],
): Promise<ReadonlyMap<string, Contestant>> {
  const contestants = new Map<string, Contestant>();
  for (const system of names) {
    const url = await postgres.database(system.replaceAll(/\W/g, '_').toLowerCase());
    contestants.set(system, await Contestant.start({ system, url, postmaster: postgres.pid }));
  }
  return contestants;
}

/** The same list, beginning with another one. */
export function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function profileFile({ profile }: BenchOptions, { scenario, system }: Series): string | null {
  return profile === null
    ? null
    : path.resolve(profile, `${system.replaceAll(' ', '-')}-${scenario}.cpuprofile`);
}

/** Prints where the time went. */
export async function printProfile(file: string): Promise<void> {
  console.log(file);
  for (const line of profileLines(await readFile(file, 'utf8'), PROFILE_LINES)) console.log(line);
}

function tell(round: number, { scenario, system }: Series, { tasks, ms }: Sample): void {
  const name = round === 0 ? 'warm-up' : `round ${round}`;
  console.log(`${name}  ${scenario}  ${system}: ${Math.round((tasks / ms) * 1_000)} tasks/s`);
}
