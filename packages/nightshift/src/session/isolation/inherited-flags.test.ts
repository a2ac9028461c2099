import { expect, it } from 'vitest';
import { inheritedFlags } from './inherited-flags.ts';

it('flags that find and read modules are kept, with their values', () => {
  const flags = ['--import=tsx', '-r', './hook.js', '--conditions', 'development', '--enable-source-maps'];
  expect(inheritedFlags(flags, false)).toEqual(flags);
});

it('flags of the process itself are not: inspector, secrets from files, memory, code', () => {
  const flags = [
    '--inspect-brk=0',
    '--env-file=.env',
    '--max-old-space-size=100',
    '--expose-gc',
    '--title',
    'x',
  ];
  expect(inheritedFlags(flags, false)).toEqual([]);
});

it('from sources, imports of this package resolve to sources; once', () => {
  const condition = '--conditions=nightshift-source';
  expect(inheritedFlags([], true)).toEqual([condition]);
  expect(inheritedFlags([condition], true)).toEqual([condition]);
  expect(inheritedFlags(['-C', 'nightshift-source'], true)).toEqual(['-C', 'nightshift-source']);
});
