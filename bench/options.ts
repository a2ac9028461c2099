import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';

const ROUNDS_DEFAULT = 5;
const ROUNDS_MAX = 100;
const TASKS_MAX = 1_000_000;
const SESSIONS_DEFAULT = 10_000;

/** How many tasks a scenario has when nothing is said. */
const TASKS_DEFAULT: Readonly<Record<Scenario, number>> = {
  'drain-no-op': 20_000,
  'drain-one-row': 5_000,
  'enqueue-one-by-one': 5_000,
  'enqueue-groups': 20_000,
};

export const USAGE = `usage: npm run bench -- drain|enqueue|sessions|memory [options]
  --rounds <n>       measured rounds after one warm-up round (${ROUNDS_DEFAULT})
  --tasks <n>        tasks in every scenario (no-op and groups 20000, one row and one by one 5000);
                     of sessions: how many run in a row (10000)
  --only <a,b>       only systems or scenarios whose name contains one of these
  --json <file>      write every figure to a file
  --profile <folder> write CPU profiles of the measured stretches and print their summary`;

const COMMANDS = ['drain', 'enqueue', 'sessions', 'memory'] as const;
type Command = (typeof COMMANDS)[number];

/** A checked command line. */
export interface BenchOptions {
  readonly command: Command;
  readonly rounds: number;
  readonly scenarios: readonly { readonly scenario: Scenario; readonly tasks: number }[];
  /** Sessions in a row. */
  readonly sessions: number;
  readonly only: readonly string[];
  readonly json: string | null;
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
      profile: { type: 'string' },
    },
  });
  const command = COMMANDS.find((name) => name === positionals[0]);
  if (positionals.length !== 1 || command === undefined) {
    throw new Error('Say what to measure: drain, enqueue, sessions or memory.');
  }
  const tasks = values.tasks === undefined ? null : numberOf('tasks', values.tasks, TASKS_MAX);
  const names: readonly Scenario[] =
    command === 'drain' ? ['drain-no-op', 'drain-one-row'] : ['enqueue-one-by-one', 'enqueue-groups'];
  return {
    command,
    rounds: values.rounds === undefined ? ROUNDS_DEFAULT : numberOf('rounds', values.rounds, ROUNDS_MAX),
    scenarios: names.map((scenario) => ({ scenario, tasks: tasks ?? TASKS_DEFAULT[scenario] })),
    sessions: tasks ?? SESSIONS_DEFAULT,
    only: values.only?.split(',').filter((part) => part !== '') ?? [],
    json: values.json ?? null,
    profile: values.profile ?? null,
  };
}

function numberOf(name: string, text: string, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  throw new Error(`--${name} is a whole number from 1 to ${maximum}.`);
}
