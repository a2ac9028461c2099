import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { loadApplication } from './application-module.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ns-app-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

const APPLICATION = "export default { name: 'here', codeunits: [], migrations: [] };";
const invalid = (message: RegExp) =>
  expect.objectContaining({
    code: 'APPLICATION_INVALID',
    field: 'app',
    message: expect.stringMatching(message),
  });

test('loads a file, counted from the working directory, with or without a dot', async () => {
  const folder = await folderWith({ 'sub/app.mjs': APPLICATION });
  for (const specifier of ['./sub/app.mjs', 'sub/app.mjs', path.join(folder, 'sub/app.mjs')]) {
    const { application, applicationModule } = await loadApplication(specifier, folder);
    expect(application.name).toBe('here');
    expect(applicationModule.href).toBe(pathToFileURL(path.join(folder, 'sub/app.mjs')).href);
  }
});

test('loads a package that is installed there', async () => {
  const folder = await folderWith({
    'node_modules/orders/package.json': '{"name":"orders","type":"module","exports":"./app.js"}',
    'node_modules/orders/app.js': APPLICATION,
  });
  expect((await loadApplication('orders', folder)).application.name).toBe('here');
});

test('says what is wrong', async () => {
  const folder = await folderWith({
    'none.mjs': 'export const name = 1;',
    'other.mjs': 'export default { name: 5 };',
    'null.mjs': 'export default null;',
    'throws.mjs': "throw new Error('boom');",
    'undefined.mjs': 'throw undefined;',
    'syntax.mjs': 'export default {',
  });
  const load = (specifier: string) => loadApplication(specifier, folder);
  await expect(load('./missing.ts')).rejects.toThrow(invalid(/^There is no file .*missing\.ts\.$/));
  await expect(load('missing')).rejects.toThrow(invalid(/neither a file nor a package "missing"/));
  await expect(load('.')).rejects.toThrow(invalid(/is a folder/));
  await expect(load('none.mjs')).rejects.toThrow(invalid(/no default export/));
  await expect(load('other.mjs')).rejects.toThrow(invalid(/is not an application/));
  await expect(load('null.mjs')).rejects.toThrow(invalid(/is not an application/));
  await expect(load('throws.mjs')).rejects.toThrow(invalid(/failed while it was loaded: boom/));
  await expect(load('undefined.mjs')).rejects.toThrow(invalid(/failed while it was loaded/));
  await expect(load('syntax.mjs')).rejects.toThrow(invalid(/failed while it was loaded/));
});
