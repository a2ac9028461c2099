import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import tests from '../../vitest.config.ts';

const { test: _, ...shared } = tests;

export default mergeConfig(
  shared,
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      include: ['packages/web/tests/screenshots.ts'],
      globalSetup: ['packages/nightshift/src/testing/global-setup.ts'],
      pool: 'forks',
      execArgv: ['--conditions=nightshift-source'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
    },
  }),
);
