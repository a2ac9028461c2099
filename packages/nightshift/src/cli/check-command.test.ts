import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { run } from './fixtures/test-terminal.ts';

const FIXTURES = path.join(import.meta.dirname, 'check', 'fixtures');
const ROOT = path.resolve(import.meta.dirname, '../../../..');
const check = (...words: string[]) => run(['check', ...words], { workingDirectory: FIXTURES });

test('a clean application is exit code 0', async () => {
  const ran = await check('./clean.ts');
  expect(ran.err).toBe('');
  expect(ran.out).toBe(
    'Post (clean.ts:3)\n  ok\nEmpty (clean.ts:16)\n  ok\n2 codeunits in 1 file: 0 dialogs, 0 risky, 0 unknown.',
  );
  expect(ran.exitCode).toBe(0);
});

test('dialogs are exit code 1, with file, line and the way there', async () => {
  const { out, exitCode } = await check('cyclic-imports.ts');
  expect(exitCode).toBe(1);
  expect(out).toContain(
    '  dialog   parts/pong.ts:6  session.confirm raises CALLBACK_NOT_ALLOWED in the background.\n' +
      '           onRun cyclic-imports.ts:5 → ping parts/ping.ts:5 → pong parts/pong.ts:6\n',
  );
  expect(out).toContain('1 codeunit in 3 files: 1 dialog, 0 risky, 0 unknown.');
});

test('risky questions are exit code 1, with what is written and what to do', async () => {
  const { out, exitCode } = await check('risky-in-helpers.ts');
  expect(exitCode).toBe(1);
  expect(out).toContain('collect the decision before, pass it as data');
  expect(out).toContain('write risky-in-helpers.ts:17  insert into name (name) values ($1)');
});

test('what cannot be followed is exit code 0, with --strict 1', async () => {
  const lax = await check('declared-in-all-ways.ts', '--json');
  expect(JSON.parse(lax.out)).toMatchObject({ risky: 0, unknown: 0 });
  const ran = await run(['check', '--app', './parts/lookups-only.ts'], { workingDirectory: FIXTURES });
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain("which codeunit `session.run(lookUp('x'))` runs cannot be told");
  const strict = await run(['check', '--app', './parts/lookups-only.ts', '--strict'], {
    workingDirectory: FIXTURES,
  });
  expect(strict.exitCode).toBe(1);
});

test('--json answers counts, codeunits with findings, chains and writes, and files', async () => {
  const { out } = await check('risky-in-helpers.ts', '--json');
  const place = { file: 'risky-in-helpers.ts', line: expect.any(Number), column: expect.any(Number) };
  const finding = {
    ...place,
    kind: 'risky',
    member: 'confirm',
    message: expect.any(String),
    chain: [
      { ...place, name: 'onRun' },
      { ...place, name: 'confirmed' },
    ],
    writes: [{ ...place, what: 'insert into name (name) values ($1)', possible: false }],
  };
  expect(JSON.parse(out)).toEqual({
    dialogs: 0,
    risky: 2,
    unknown: 0,
    codeunits: [
      { ...place, objectType: 'codeunit', name: 'Post', findings: [finding] },
      {
        ...place,
        objectType: 'codeunit',
        name: 'Again',
        findings: [expect.objectContaining({ kind: 'risky' })],
      },
    ],
    findings: [],
    files: ['risky-in-helpers.ts'],
  });
});

test('a report is checked as a codeunit is', async () => {
  const { out, exitCode } = await check('reports.ts');
  expect(exitCode).toBe(1);
  expect(out).toContain('Clean (reports.ts:11)\n  ok\n');
  expect(out).toContain('1 codeunit and 3 reports in 1 file: 3 dialogs, 0 risky, 0 unknown.');
  const { codeunits } = JSON.parse((await check('reports.ts', '--json')).out);
  expect(codeunits[0]).toMatchObject({ name: 'Asking', objectType: 'report' });
});

test('a missing module, a folder and no module at all are bad input', async () => {
  for (const words of [['./nope.ts'], ['.'], []]) {
    const ran = await check(...words, '--json');
    expect(ran.exitCode).toBe(2);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { field: 'app' } });
    expect(ran.out).toBe('');
  }
});

test('the order-sync example has nothing to hide', async () => {
  const ran = await run(['check', 'examples/order-sync/app.ts', '--strict'], { workingDirectory: ROOT });
  expect(ran.out).toMatch(/^4 codeunits and \d+ reports? in \d+ files: 0 dialogs, 0 risky, 0 unknown\.$/m);
  expect(ran.exitCode).toBe(0);
});

test('the process itself prints nothing else, no warning either', () => {
  const main = path.join(import.meta.dirname, 'main.ts');
  const ran = spawnSync(
    process.execPath,
    ['--conditions=nightshift-source', main, 'check', 'all-dialogs.ts'],
    {
      cwd: FIXTURES,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    },
  );
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toContain('7 dialogs, 0 risky, 0 unknown.');
  expect(ran.status).toBe(1);
});
