import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { CHILD_ARGUMENT, serveSystem } from './child.ts';
import { measureMemory } from './memory.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { environmentOf, summarise, tables } from './report.ts';
import { runRounds } from './rounds.ts';
import { type ScratchPostgres, startScratchPostgres } from './scratch-postgres.ts';
import { measureSessions } from './sessions.ts';

// Side-by-side measurements; see docs/performance.md.

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const postgres = await startScratchPostgres();
  try {
    if (options.command === 'memory') await writeJson(options, await measureMemory(postgres));
    else if (options.command === 'sessions')
      await writeJson(options, await measureSessions(postgres, options));
    else await compare(postgres, options);
  } finally {
    await postgres.end();
  }
}

async function compare(postgres: ScratchPostgres, options: BenchOptions): Promise<void> {
  const loadBefore = os.loadavg()[0] ?? 0;
  const result = await runRounds(postgres, options);
  const environment = environmentOf(postgres.version, loadBefore);
  const summaries = summarise(result);
  const systems = result.systems.map(({ name, options: chosen, guarantee }) => ({
    name,
    options: chosen,
    guarantee,
  }));
  console.log(tables(summaries, new Map(options.scenarios.map(({ scenario, tasks }) => [scenario, tasks]))));
  console.log('');
  for (const { name, options: chosen, guarantee } of systems)
    console.log(`${name}: ${chosen}\n  ${guarantee}`);
  console.log(
    `\n${Object.entries(environment)
      .map(([key, value]) => `${key}: ${value}`)
      .join('; ')}`,
  );
  await writeJson(options, {
    environment,
    rounds: options.rounds,
    systems,
    summaries,
    series: result.series,
  });
}

async function writeJson({ json }: BenchOptions, content: unknown): Promise<void> {
  if (json === null) return;
  await mkdir(path.dirname(path.resolve(json)), { recursive: true });
  await writeFile(json, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`written: ${json}`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === CHILD_ARGUMENT) {
  await serveSystem(rest[0] ?? '');
} else {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    console.error(process.env['DEBUG'] === undefined ? message : error);
    if (message?.startsWith('Say what') || code?.startsWith('ERR_PARSE_ARGS')) console.error(USAGE);
    process.exitCode = 1;
  }
}
