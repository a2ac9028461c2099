import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkApplication } from './check-application.ts';

/** A folder with files; answers the path of its `app.ts`. */
function applicationWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ns-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return path.join(folder, 'app.ts');
}

const NIGHTSHIFT = "import { codeunit, defineApp } from 'nightshift';\n";
const invalid = (message: RegExp, line?: number) =>
  expect.objectContaining({
    code: 'APPLICATION_INVALID',
    field: 'app',
    message: expect.stringMatching(message),
    ...(line === undefined ? {} : { details: expect.objectContaining({ line }) }),
  });

test.each([
  ['an enum', '\nenum Color { Red }', /app\.ts:2: TypeScript enum is not supported/, 2],
  ['a namespace', '\n\nnamespace N { export const a = 1; }', /app\.ts:3: TypeScript namespace/, 3],
  [
    'a parameter property',
    'class A {\n constructor(private a: number) {}\n}',
    /app\.ts:2: .*parameter prop/,
    2,
  ],
  ['JSX', 'const a = 1;\nconst b = <div/>;', /app\.ts:2: /, 2],
  ['a mistake', 'const a = 1;\nlet a = ;', /app\.ts:2: Expression expected/, 2],
  ['an end too early', 'export default {\n', /app\.ts:\d: /, undefined],
  ['what only JavaScript refuses', 'const a = 1;\nconst a = 2;', /app\.ts:2: .*already been declared/, 2],
])('%s is told with file and line', (_what, text, message, line) => {
  expect(() => checkApplication(applicationWith({ 'app.ts': text }))).toThrow(invalid(message, line));
});

test('a missing file is told where it is imported, also when the import is far away', () => {
  const file = applicationWith({
    'app.ts': "import './far.ts';\nexport default 1;",
    'far.ts': "\n\nexport { a } from './gone.ts';",
  });
  expect(() => checkApplication(file)).toThrow(invalid(/far\.ts:3: There is no file .*gone\.ts/, 3));
  expect(() => checkApplication(path.join(path.dirname(file), 'no.ts'))).toThrow(invalid(/no\.ts cannot be/));
});

test('a module without a default export is no application, another one cannot be followed', () => {
  expect(() => checkApplication(applicationWith({ 'app.ts': 'export const a = 1;' }))).toThrow(
    invalid(/no default export/),
  );
  const { findings } = checkApplication(applicationWith({ 'app.ts': 'export default JSON.parse("1");' }));
  expect(findings).toMatchObject([
    { kind: 'unknown', line: 1, message: expect.stringContaining('defineApp') },
  ]);
});

test('nothing of the application is run', () => {
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}process.exit(3);\nthrow new Error('run');\nexport default defineApp({ name: 'a', codeunits: [codeunit({ name: 'A', onRun: (session) => session.confirm('x') })] });`,
  });
  expect(checkApplication(file).codeunits).toMatchObject([
    { name: 'A', findings: [{ kind: 'dialog', line: 4 }] },
  ]);
});

test('JavaScript, other endings and files that are no code are read as they are meant', () => {
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}import data from './data.json' with { type: 'json' };
import { ask } from './ask.js';
import { show } from './pages/index.ts';
import { link } from './link.mjs';
export default defineApp({ name: data.name, codeunits: [codeunit({ name: 'A', onRun: async (session) => {
  await ask(session); await show(session); await link(session);
} })] });`,
    'data.json': '{ "name": "a" }',
    'ask.ts': "export const ask = (session: any) => session.confirm('x');",
    'pages/index.ts': "\uFEFFexport const show = (session: any) => session.runPage('x');",
    'link.mjs': "#!/usr/bin/env node\r\nexport const link = (session) => session.hyperlink('x');",
  });
  const { codeunits, files } = checkApplication(file);
  expect(
    codeunits[0]?.findings.map(({ file: at, line, member }) => `${path.basename(at)}:${line} ${member}`),
  ).toEqual(['ask.ts:1 confirm', 'index.ts:1 runPage', 'link.mjs:2 hyperlink']);
  expect(files).toHaveLength(4);
});

test('the chain leads from onRun to the dialog, with the place in each function', () => {
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}import { post } from './post.ts';
export default defineApp({ name: 'a', codeunits: [codeunit({ name: 'A',
  onRun: (session) => post({ session }),
})] });`,
    'post.ts': `export async function post(context: any) {
  for (const order of context.orders) {
    await context.session.savepoint(() => ask(context.session, order));
  }
}
const ask = async (session: any, text: string) => session.confirm(text);`,
  });
  const [finding] = checkApplication(file).codeunits[0]?.findings ?? [];
  expect(finding?.chain.map(({ name, file: at, line }) => `${name} ${path.basename(at)}:${line}`)).toEqual([
    'onRun app.ts:4',
    'post post.ts:3',
    '(callback) post.ts:3',
    'ask post.ts:6',
  ]);
});

test('a name or an onRun that only exists at run time is told, not dropped', () => {
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}import lib from 'lib';
const definition = lib.define();
export default defineApp({ name: 'a', codeunits: [
  codeunit({ name: lib.name, onRun: (session) => session.confirm('x') }),
  codeunit({ name: 'B', onRun: lib.run }),
  codeunit(definition),
  lib.unit,
] });`,
  });
  const { codeunits, findings } = checkApplication(file);
  expect(codeunits.map((one) => one.findings.map(({ kind }) => kind))).toEqual([
    ['dialog'],
    ['unknown'],
    ['unknown'],
  ]);
  expect(codeunits[1]?.findings[0]?.message).toContain('the package "lib"');
  expect(findings).toMatchObject([
    { kind: 'unknown', message: expect.stringContaining('the package "lib"') },
  ]);
});

test('many ways to the same place are followed in short time', () => {
  const functions = Array.from(
    { length: 24 },
    (_, n) =>
      `async function f${n}({ session, n }: any) { await f${n + 1}({ session, n }); await f${n + 1}({ session, n: 1 }); }`,
  );
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}${functions.join('\n')}
async function f24({ session }: any) { await session.confirm('x'); }
export default defineApp({ name: 'a', codeunits: [codeunit({ name: 'A', onRun: (session) => f0({ session, n: 0 }) })] });`,
  });
  expect(checkApplication(file).codeunits[0]?.findings).toMatchObject([
    { kind: 'dialog', member: 'confirm' },
  ]);
});

test('what is too deep to be followed is told', () => {
  const functions = Array.from({ length: 400 }, (_, n) => `function f${n}(s: any) { return f${n + 1}(s); }`);
  const file = applicationWith({
    'app.ts': `${NIGHTSHIFT}${functions.join('\n')}
const f400 = (s: any) => s.confirm('x');
export default defineApp({ name: 'a', codeunits: [codeunit({ name: 'A', onRun: (session) => f0(session) })] });`,
  });
  const { codeunits } = checkApplication(file);
  expect(codeunits[0]?.findings).toMatchObject([
    { kind: 'unknown', message: expect.stringContaining('too large') },
  ]);
  const deep = applicationWith({ 'app.ts': "import './deep.mjs';", 'deep.mjs': '['.repeat(50_000) });
  expect(() => checkApplication(deep)).toThrow(invalid(/deep\.mjs:1: /, 1));
});
