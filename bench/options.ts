import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios/registry.ts';
import type { BenchScenario } from './scenarios/scenario.ts';

const ROUNDS_MAX = 100;
const TASKS_MAX = 1_000_000;
const ALL = 'all';

/** How the program is called, for one who called it otherwise. */
export const USAGE = `usage: npm run bench -- all|<scenario>... [options]
${SCENARIOS.map(({ name, about, seconds }) => `  ${name.padEnd(10)} ${about} (about ${minutes(seconds)})`).join('\n')}
  --rounds <n>       measured rounds after one warm-up round (each scenario has its own number)
  --tasks <n>        tasks of every measurement (each scenario has its own number)
  --only <a,b>       only systems or parts whose name contains one of these
  --json <file>      write every figure to a file; scenarios that it holds already stay in it
  --resume           leave out scenarios that the file holds already
  --markdown         print tables in Markdown
  --profile <folder> write CPU profiles of the measured stretches and print their summary`;

/** A checked command line. */
export interface BenchOptions {
  readonly scenarios: readonly BenchScenario[];
  /** Null for each scenario's own. */
  readonly rounds: number | null;
  readonly tasks: number | null;
  readonly only: readonly string[];
  readonly json: string | null;
  readonly resume: boolean;
  readonly markdown: boolean;
  readonly profile: string | null;
}

/** Reads the command line. @throws Error with a sentence for the person */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      tasks: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'string' },
      resume: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  if (values.resume && values.json === undefined) throw new Error('--resume needs --json <file>.');
  return {
    scenarios: scenariosOf(positionals),
    rounds: values.rounds === undefined ? null : numberOf('rounds', values.rounds, ROUNDS_MAX),
    tasks: values.tasks === undefined ? null : numberOf('tasks', values.tasks, TASKS_MAX),
    only: values.only?.split(',').filter((part) => part !== '') ?? [],
    json: values.json ?? null,
    resume: values.resume,
    markdown: values.markdown,
    profile: values.profile ?? null,
  };
}

function scenariosOf(names: readonly string[]): readonly BenchScenario[] {
  const unknown = names.find((name) => name !== ALL && !SCENARIOS.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`Say what to measure: there is no scenario ${unknown}.`);
  if (names.length === 0) throw new Error('Say what to measure.');
  return names.includes(ALL) ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

/** "3 minutes", "40 seconds". */
export function minutes(seconds: number): string {
  return seconds < 60 ? `${seconds} seconds` : `${Math.round(seconds / 6) / 10} minutes`;
}

function numberOf(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  throw new Error(`--${name} is a whole number from 1 to ${maximum}.`);
}
