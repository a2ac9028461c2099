import os from 'node:os';
import process from 'node:process';
import { CHILD_ARGUMENT, serveSystem } from './child.ts';
import type { BenchOptions } from './options.ts';
import { tell } from './progress.ts';

// Side-by-side measurements; see docs/performance.md.

/** They end the measurement, and PostgreSQL with it. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function main(args: readonly string[]): Promise<void> {
  // A child needs none of these, and its memory is measured.
  const { minutes, parseOptions } = await import('./options.ts');
  const { readFigures } = await import('./figures-file.ts');
  const options = parseOptions(args);
  const held = options.resume && options.json !== null ? await readFigures(options.json) : {};
  const wanted = options.scenarios.filter(({ name }) => !(name in held));
  const seconds = wanted.reduce((sum, scenario) => sum + scenario.seconds, 0);
  const names = wanted.map(({ name }) => name).join(', ') || 'nothing left';
  tell(`${names}: about ${minutes(seconds)} at the sizes that are not said otherwise`);
  const failed: string[] = [];
  for (const scenario of wanted) {
    tell(`${scenario.name}: ${scenario.about}`);
    try {
      await run(scenario, options);
    } catch (error) {
      // The others are measured all the same.
      tell(`${scenario.name} failed: ${textOf(error)}`);
      failed.push(scenario.name);
    }
  }
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
}

async function run(scenario: BenchOptions['scenarios'][number], options: BenchOptions): Promise<void> {
  const { environmentOf, printed } = await import('./report.ts');
  const { startScratchPostgres } = await import('./scratch-postgres.ts');
  const { writeFigures } = await import('./figures-file.ts');
  const loadBefore = os.loadavg()[0] ?? 0;
  const begun = performance.now();
  const { tasks, only, profile } = options;
  const rounds = options.rounds ?? scenario.rounds;
  const postgres = await startScratchPostgres();
  const stop = () => void postgres.end().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    const { tables, figures } = await scenario.run({ postgres, rounds, tasks, only, profile });
    const environment = environmentOf(postgres, loadBefore);
    for (const table of tables) console.log(printed(table, options.markdown));
    const facts = Object.entries(environment).map(([key, value]) => `${key}: ${value}`);
    console.log(`\n${scenario.name}, ${rounds} rounds; ${facts.join('; ')}`);
    if (options.json === null) return;
    await writeFigures(options.json, scenario.name, { environment, rounds, tables, figures });
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    await postgres.end();
    tell(`${scenario.name}: took ${Math.round((performance.now() - begun) / 1_000)} s`);
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env['DEBUG'] === undefined ? error.message : (error.stack ?? error.message);
}

const [first, ...rest] = process.argv.slice(2);
if (first === CHILD_ARGUMENT) {
  await serveSystem(rest[0] ?? '');
} else {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(textOf(error));
    const { message, code } = error as NodeJS.ErrnoException;
    if (message?.startsWith('Say what') || code?.startsWith('ERR_PARSE_ARGS')) {
      console.error((await import('./options.ts')).USAGE);
    }
    process.exitCode = 1;
  }
}
