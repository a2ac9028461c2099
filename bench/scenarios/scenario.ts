import type { Table } from '../report.ts';
import type { ScratchPostgres } from '../scratch-postgres.ts';
import { LIMIT_NAMES } from '../systems/bare-sql.ts';
import { OURS, PEERS } from '../systems/registry.ts';

/** What a scenario is run with. */
export interface World {
  /** A server of its own. */
  readonly postgres: ScratchPostgres;
  /** Measured rounds, after one that is not counted. */
  readonly rounds: number;
  /** Tasks of every measurement; null for each one's own number. */
  readonly tasks: number | null;
  /** Only names that contain one of these; empty for all. */
  readonly only: readonly string[];
  /** Folder for CPU profiles; null for none. */
  readonly profile: string | null;
}

/** What a scenario gave: for people, and every single figure. */
export interface Outcome {
  readonly tables: readonly Table[];
  readonly figures: unknown;
}

/** Something that `npm run bench -- <name>` measures. */
export interface BenchScenario {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** Measured rounds when nothing is said. */
  readonly rounds: number;
  /** About how long it takes at its own sizes on two cores. */
  readonly seconds: number;
  run(world: World): Promise<Outcome>;
}

const SYSTEM_NAMES: readonly string[] = [OURS, ...PEERS, 'pg-boss transactional', ...LIMIT_NAMES];

/** Which of the systems are wanted: all, unless `--only` names at least one system. */
export function wantedSystems(systems: readonly string[], only: readonly string[]): readonly string[] {
  const texts = only.filter((text) => SYSTEM_NAMES.some((name) => matches(name, text)));
  if (texts.length === 0) return systems;
  return systems.filter((name) => texts.some((text) => matches(name, text)));
}

/** Which parts of a scenario are wanted: all, unless `--only` names at least one of them. */
export function wantedParts(parts: readonly string[], only: readonly string[]): readonly string[] {
  const wanted = parts.filter((part) => only.some((text) => matches(part, text)));
  return wanted.length === 0 ? parts : wanted;
}

function matches(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}
