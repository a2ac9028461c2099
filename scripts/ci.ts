// Runs all checks and all tests, goes on after a failure, and closes with "N passed, N failed".
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runStep, type Step, type StepResult } from './run-step.ts';
import { repositoryRoot } from './source-files.ts';
import { type Count, countTests, type FailedFile, failedFiles } from './test-count.ts';

/** How many of the quick checks run side by side; each is small, and the machines have two cores. */
const CHECKS_AT_ONCE = 2;
/** More files of tests than this that fail are no accident. */
const FILES_AGAIN_MAX = 3;

function tool(name: string, ...rest: string[]): Step['command'] {
  return [path.join(repositoryRoot, 'node_modules', '.bin', name), ...rest];
}

function script(file: string, ...rest: string[]): Step['command'] {
  return [process.execPath, '--conditions=nightshift-source', path.join(repositoryRoot, file), ...rest];
}

function isThere(file: string): boolean {
  return existsSync(path.join(repositoryRoot, file));
}

/** Checks that only read the sources; they run side by side. */
const READING: readonly Step[] = [
  {
    name: 'format and lint',
    command: tool('biome', 'check', '--error-on-warnings', '--max-diagnostics=none', '.'),
  },
  { name: 'types', command: tool('tsc', '--noEmit', '-p', 'tsconfig.json') },
  { name: 'types of the web client', command: tool('tsc', '--noEmit', '-p', 'packages/web/tsconfig.json') },
  {
    name: 'types of the customer card',
    command: tool('tsc', '--noEmit', '-p', 'examples/customer-card/page/tsconfig.json'),
  },
  { name: 'floors', command: script('scripts/check-floors.ts') },
  { name: 'habits', command: script('scripts/check-habits.ts') },
  { name: 'openapi.json', command: script('scripts/openapi.ts', '--check') },
  { name: 'client types', command: script('scripts/client-types.ts', '--check') },
  { name: 'unused code', command: tool('knip', '--no-progress', '--no-config-hints') },
];

/**
 * The tests of pure rules, once more with every line and branch counted (vitest.config.ts says of which files). Counting in all
 * tests would slow them all.
 */
const COVERAGE: Step = {
  name: 'coverage of pure rules',
  command: script(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--coverage',
    ...[
      'cron',
      'date-formula',
      'describe-schedule',
      'recurrence',
      'rerun-delay',
      'run-once',
      'schedule.test',
    ].map((name) => `packages/nightshift/src/job-queue/${name}`),
    'packages/nightshift/src/job-queue/transitions',
    'packages/nightshift/src/task-scheduler/retry-policy',
    'packages/nightshift/src/database/sqlstate',
    'packages/nightshift/src/session/statement-guard',
  ),
};

const BUILD: Step = { name: 'build', command: script('scripts/build.ts') };
const COMMAND_LINE = 'packages/nightshift/dist/cli/main.js';
const SCHEMA_DUMP = 'scripts/dump-schema.ts';

function tell(result: StepResult): void {
  if (!result.passed && result.output !== '') console.log(`\n${result.output.trimEnd()}\n`);
  console.log(`${result.passed ? 'passed' : 'FAILED'}  ${result.name} (${result.seconds.toFixed(1)} s)`);
}

/** Runs steps side by side, a few at a time; each tells its result in one piece, so that nothing is mixed. */
async function runAll(steps: readonly Step[], atOnce: number): Promise<StepResult[]> {
  const waiting = [...steps];
  const results: StepResult[] = [];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const result = await runStep(step);
      tell(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** `npm test`, by the npm that runs us; that one needs the Node it came with. */
function npmTest(...rest: string[]): Step['command'] {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const command: Step['command'] = npm === undefined ? ['npm'] : [node ?? process.execPath, npm];
  return [...command, '--silent', 'test', '--', ...rest];
}

interface TestRun {
  readonly count: Count;
  readonly failed: readonly FailedFile[];
}

async function testRun(name: string, ...rest: string[]): Promise<TestRun> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nightshift-ci-'));
  const file = path.join(folder, 'tests.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const result = await runStep({ name, command: npmTest(...reporters, ...rest), live: true });
  tell(result);
  const report = existsSync(file) ? readFileSync(file, 'utf8') : null;
  rmSync(folder, { recursive: true, force: true });
  return { count: countTests(report, result.passed), failed: report === null ? [] : failedFiles(report) };
}

/**
 * Many tests wait for real leases, kills and restarts, beside each other on two cores. A few files that fail are run once more,
 * alone: what passes then is told as unsteady, and is a defect of the test, but does not refuse the change.
 */
async function runTests(): Promise<Count> {
  const { count, failed } = await testRun('tests');
  if (count.failed === 0 || failed.length === 0 || failed.length > FILES_AGAIN_MAX) return count;
  const files = failed.map(({ file }) => path.relative(repositoryRoot, file));
  const again = await testRun('tests that failed, alone', '--maxWorkers=1', ...files);
  if (again.count.failed > 0 || again.count.passed === 0) return count;
  for (const { file, tests } of failed)
    console.log(`UNSTEADY  ${path.relative(repositoryRoot, file)}: ${tests.join('; ')}`);
  return { passed: count.passed + count.failed, failed: 0 };
}

async function main(): Promise<void> {
  const results = await runAll(READING, CHECKS_AT_ONCE);
  results.push(...(await runAll([BUILD, { name: 'sizes', command: script('scripts/check-sizes.ts') }], 1)));
  if (isThere(COMMAND_LINE)) {
    const start: Step = {
      name: 'built command line',
      command: [process.execPath, COMMAND_LINE, '--version'],
    };
    results.push(...(await runAll([start], 1)));
  }
  if (isThere(SCHEMA_DUMP)) {
    results.push(...(await runAll([{ name: 'schema.sql', command: script(SCHEMA_DUMP, '--check') }], 1)));
  }
  results.push(...(await runAll([COVERAGE], 1)));
  const tests = await runTests();
  const passed = results.filter((result) => result.passed).length;
  const failed = results.length - passed + tests.failed;
  for (const result of results.filter((each) => !each.passed)) console.log(`FAILED  ${result.name}`);
  console.log(`${passed + tests.passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
