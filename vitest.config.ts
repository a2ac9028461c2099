import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Lets a test import the TypeScript sources of the workspace's packages, not their builds. */
const SOURCE_CONDITIONS = ['nightshift-source', 'node', 'default'];

/** The global setup is loaded without those conditions, and nothing may be built yet. */
const SOURCES = {
  '@nightshift/embedded-postgres': fileURLToPath(
    new URL('packages/embedded-postgres/src/index.ts', import.meta.url),
  ),
  // Before the package itself, whose name they begin with.
  'nightshift/kysely': fileURLToPath(new URL('packages/nightshift/src/kysely.ts', import.meta.url)),
  'nightshift/drizzle': fileURLToPath(new URL('packages/nightshift/src/drizzle.ts', import.meta.url)),
  'nightshift/server': fileURLToPath(new URL('packages/nightshift/src/server.ts', import.meta.url)),
  nightshift: fileURLToPath(new URL('packages/nightshift/src/index.ts', import.meta.url)),
};

/** Pure rules: no input or output, so every line and branch of them is tested. Others are judged by their tests. */
const PURE_RULES = [
  'packages/nightshift/src/job-queue/{schedule,date-formula,recurrence*,wall-clock,describe-schedule,rerun-delay,run-window,transitions}.ts',
  'packages/nightshift/src/job-queue/job-queue-entry.ts',
  'packages/nightshift/src/task-scheduler/retry-policy.ts',
  'packages/nightshift/src/database/sqlstate.ts',
  'packages/nightshift/src/session/statement-guard.ts',
];

const GLOBAL_SETUP = 'packages/nightshift/src/testing/global-setup.ts';

export default defineConfig({
  resolve: { conditions: SOURCE_CONDITIONS, alias: SOURCES },
  ssr: { resolve: { conditions: SOURCE_CONDITIONS } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'scripts/**/*.test.ts',
      'packages/web/tests/**/*.test.ts',
    ],
    globalSetup: existsSync(new URL(GLOBAL_SETUP, import.meta.url)) ? [GLOBAL_SETUP] : [],
    pool: 'forks',
    // Nothing of ours lives at the top of a module but constants, so files share a worker and what it has loaded.
    isolate: false,
    // Most tests wait, for PostgreSQL or for a lease to run out, so three make good use of two cores.
    maxWorkers: 3,
    execArgv: ['--conditions=nightshift-source'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: PURE_RULES,
      exclude: ['**/*.test.ts'],
      thresholds: { 100: true },
      reporter: ['text'],
    },
  },
});
