import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from './source-files.ts';

// The house rules that biome checks, tried with code that breaks them. Biome reads real files, so the
// snippets are laid out in a scratch folder, each at a path where its rule has to hold or has an exception.

const SRC = 'packages/nightshift/src';

/** [what it shows, path, text, what biome must say about it] */
const BROKEN: readonly [string, string, string, RegExp][] = [
  ['the present, as a number', `${SRC}/session/a1.ts`, 'export const at = Date.now();', /Date\.now/],
  ['the present, as a date', `${SRC}/session/a2.ts`, 'export const at = new Date();', /Ask the clock/],
  ['the present, as a text', `${SRC}/session/a3.ts`, 'export const at = Date();', /Ask the clock/],
  ['the present, taken apart', `${SRC}/session/a4.ts`, 'export const { now } = Date;', /Date\.now/],
  ['a stopwatch', `${SRC}/session/a5.ts`, 'export const at = performance.now();', /performance/],
  ['a stopwatch of the process', `${SRC}/session/a6.ts`, 'export const at = process.hrtime();', /hrtime/],
  ['a timer', `${SRC}/session/a7.ts`, 'setTimeout(() => undefined, 1);', /setTimeout/],
  ['a repeated timer', `${SRC}/session/a8.ts`, 'setInterval(() => undefined, 1);', /setInterval/],
  ['a deferred call', `${SRC}/session/a9.ts`, 'setImmediate(() => undefined);', /setImmediate/],
  [
    'a timer by its long name',
    `${SRC}/session/b1.ts`,
    'globalThis.setTimeout(() => undefined, 1);',
    /setTimeout/,
  ],
  [
    'an imported timer',
    `${SRC}/session/b2.ts`,
    "export { setTimeout } from 'node:timers/promises';",
    /noRestrictedImports/,
  ],
  ['a timer in a test', `${SRC}/session/b3.test.ts`, 'setTimeout(() => undefined, 1);', /setTimeout/],
  ['a sleeping test', `${SRC}/session/b4.test.ts`, 'await systemClock.sleep(5, signal);', /sleeping test/],
  ['a dice', `${SRC}/session/c1.ts`, 'export const dice = Math.random();', /foundation\/ids/],
  ['an id', `${SRC}/session/c2.ts`, 'export const id = crypto.randomUUID();', /foundation\/ids/],
  [
    'imported chance',
    `${SRC}/session/c3.ts`,
    "import { randomBytes } from 'node:crypto';\nexport const bytes = randomBytes(4);",
    /foundation\/ids/,
  ],
  ['SQL with a value in it', `${SRC}/a.sql.ts`, 'await db.query(`select ${id}`, []);', /not put together/],
  ['SQL joined by plus', `${SRC}/b.sql.ts`, "await db.query('select ' + id);", /not put together/],
  [
    'typed SQL with a value in it',
    `${SRC}/c.sql.ts`,
    'await db.query<Row>(`select ${id}`);',
    /not put together/,
  ],
  [
    'configured SQL with a value',
    `${SRC}/d.sql.ts`,
    'await db.query({ text: `select ${id}` });',
    /not put together/,
  ],
  [
    'an example that glues SQL',
    'examples/a/src/a.ts',
    'await session.db.query(`select ${id}`);',
    /not put together/,
  ],
  ['select outside its place', `${SRC}/session/e1.ts`, 'export const q = `\n  select a from b`;', /sql\.ts/],
  [
    'insert outside its place',
    `${SRC}/session/e2.ts`,
    "export const q = 'INSERT INTO a values ($1)';",
    /sql\.ts/,
  ],
  ['update outside its place', `${SRC}/session/e3.ts`, "export const q = 'update a set b = 1';", /sql\.ts/],
  ['delete outside its place', `${SRC}/session/e4.ts`, 'export const q = "delete from a";', /sql\.ts/],
  [
    'with outside its place',
    `${SRC}/session/e5.ts`,
    'export const q = `with a as (select 1) select 2`;',
    /sql\.ts/,
  ],
  [
    'a call outside its place',
    `${SRC}/session/e6.ts`,
    "export const q = 'select pg_notify($1, $2)';",
    /sql\.ts/,
  ],
  ['DDL outside its place', `${SRC}/session/e7.ts`, "export const q = 'create role a';", /sql\.ts/],
  ['a long file', `${SRC}/session/f1.ts`, 'export const a = 1;\n'.repeat(301), /noExcessiveLinesPerFile/],
  [
    'a long test',
    `${SRC}/session/f2.test.ts`,
    'export const a = 1;\n'.repeat(501),
    /noExcessiveLinesPerFile/,
  ],
  [
    'a long function',
    `${SRC}/session/f3.ts`,
    `export function long(): void {\n${'  work();\n'.repeat(61)}}`,
    /noExcessiveLinesPerFunction/,
  ],
  [
    'five parameters',
    `${SRC}/session/f4.ts`,
    'export const f = (a, b, c, d, e) => [a, b, c, d, e];',
    /useMaxParams/,
  ],
  ['any', `${SRC}/session/g1.ts`, 'export const a: any = 1;', /noExplicitAny/],
  ['a default export', `${SRC}/session/g2.ts`, 'export default 1;', /noDefaultExport/],
  ['an open door', `${SRC}/session/index.ts`, "export * from './session.ts';", /noReExportAll/],
  ['a name in capitals', `${SRC}/session/SomeThing.ts`, 'export const a = 1;', /useFilenamingConvention/],
  ['a forgotten await', `${SRC}/session/g3.ts`, 'async function f() {}\nf();', /noFloatingPromises/],
];

/** [what it shows, path, text]: near misses and exceptions that biome must let pass. */
const SOUND: readonly [string, string, string][] = [
  ['the clock itself', `${SRC}/foundation/clock.ts`, 'export const at = [new Date(), Date.now()];'],
  [
    'the source of ids',
    `${SRC}/foundation/ids.ts`,
    'export const dice = [Math.random(), crypto.randomUUID()];',
  ],
  ['a simulator', 'examples/a/src/simulator.ts', 'setTimeout(() => undefined, 1);'],
  ['an instant that was given', `${SRC}/session/h1.ts`, 'export const at = (ms: number) => new Date(ms);'],
  [
    'SQL in its place',
    `${SRC}/session/session.sql.ts`,
    'await db.query(`select a from b where c = $1`, [id]);',
  ],
  [
    'values made by hand',
    `${SRC}/session/values.sql.ts`,
    "await db.query('select $1', [`${a}-${b}`, a + b]);",
  ],
  [
    'a quoted identifier',
    `${SRC}/session/quoted.sql.ts`,
    'await client.query(`listen ${client.escapeIdentifier(channel)}`);',
  ],
  ['SQL in a test', `${SRC}/session/h2.test.ts`, 'await db.query(`select a from b`);'],
  [
    'prose',
    `${SRC}/session/h3.ts`,
    "export const t = ['Select a company', 'Update the row', 'With care', 'Delete it'];",
  ],
  ['a test of 500 lines', `${SRC}/session/h4.test.ts`, 'work();\n'.repeat(499)],
];

const folder = mkdtempSync(path.join(tmpdir(), 'nightshift-lint-'));
const said = new Map<string, string>();

/** Biome's findings as lines of `rule message`, by file. */
async function lintAll(): Promise<void> {
  const biome = path.join(repositoryRoot, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['lint', '--reporter=github', '--max-diagnostics=none', '--vcs-enabled=false', '.'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [biome, ...options], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
  for (const [, rule, file, message] of output.matchAll(/^::\w+ title=([^,]+),file=([^,]+),.*?::(.*)$/gm)) {
    const name = path.relative(folder, path.resolve(folder, file ?? ''));
    said.set(name, `${said.get(name) ?? ''}${rule} ${message}\n`);
  }
}

beforeAll(async () => {
  for (const name of ['biome.json', 'scripts/lint']) {
    cpSync(path.join(repositoryRoot, name), path.join(folder, name), { recursive: true });
  }
  for (const [, file, text] of [...BROKEN, ...SOUND]) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${text}\n`);
  }
  await lintAll();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('biome finds', () => {
  it.each(BROKEN)('%s', (_, file, _text, complaint) => {
    expect(said.get(file) ?? '').toMatch(complaint);
  });
});

describe('biome lets pass', () => {
  const houseRules = /plugin|noRestricted|noJsRestricted|noExcessive/;

  it.each(SOUND)('%s', (_, file) => {
    expect(said.get(file) ?? '').not.toMatch(houseRules);
  });
});
