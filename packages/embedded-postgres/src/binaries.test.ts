import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isRoot } from './access.ts';
import type { BinariesPackage } from './binaries.ts';
import { findBinariesPackage, prepareBinaries } from './binaries.ts';
import { makeScratch } from './fixtures/setup.ts';
import { findPlace, type Place } from './place.ts';

/** A package as npm leaves it without scripts: no links. */
async function makePackage(): Promise<{ found: BinariesPackage; place: Place }> {
  const scratch = await makeScratch();
  const root = path.join(scratch, 'package');
  for (const folder of ['native/bin', 'native/lib', 'native/share/postgresql']) {
    await fs.mkdir(path.join(root, folder), { recursive: true });
  }
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    await fs.writeFile(path.join(root, 'native/bin', name), '', { mode: 0o755 });
  }
  await fs.writeFile(path.join(root, 'native/lib/libx.so.6.18'), 'x');
  const links = ['libx.so', 'libx.so.6'].map((name) => ({
    source: 'native/lib/libx.so.6.18',
    target: `native/lib/${name}`,
  }));
  await fs.writeFile(path.join(root, 'native/pg-symlinks.json'), JSON.stringify(links));
  const place = await findPlace(path.join(scratch, 'postgres'));
  return {
    found: { root, version: '18.4.0', majorVersion: '18' },
    place: { ...place, binariesDirectory: path.join(scratch, 'copies') },
  };
}

test('missing links are made, by several at once', async () => {
  const { found, place } = await makePackage();
  const all = await Promise.all([1, 2, 3, 4].map(() => prepareBinaries(found, place)));
  expect(all[0]).toEqual({
    initdb: path.join(found.root, 'native/bin/initdb'),
    pgCtl: path.join(found.root, 'native/bin/pg_ctl'),
    majorVersion: '18',
  });
  expect(await fs.readlink(path.join(found.root, 'native/lib/libx.so.6'))).toBe('libx.so.6.18');
  expect(await fs.readFile(path.join(found.root, 'native/lib/libx.so'), 'utf8')).toBe('x');
});

async function expectCopy(found: BinariesPackage, place: Place): Promise<void> {
  const all = await Promise.all([1, 2, 3].map(() => prepareBinaries(found, place)));
  const copy = path.join(place.binariesDirectory, 'package-18.4.0');
  for (const binaries of all) expect(binaries.pgCtl).toBe(path.join(copy, 'native/bin/pg_ctl'));
  expect(await fs.readdir(place.binariesDirectory)).toEqual(['package-18.4.0']);
  expect(await fs.readlink(path.join(copy, 'native/lib/libx.so.6'))).toBe('libx.so.6.18');
  expect((await fs.stat(path.join(copy, 'native/bin/postgres'))).mode & 0o777).toBe(0o755);
}

test.runIf(isRoot())('root only: a package that nobody cannot read is copied', async () => {
  for (const [name, mode] of [
    ['.', 0o700],
    ['native/share', 0o700],
    ['native/bin/postgres', 0o700],
  ] as const) {
    const { found, place } = await makePackage();
    await fs.chmod(path.join(found.root, name), mode);
    await expectCopy(found, place);
  }
});

test.skipIf(isRoot())(
  'not as root, who may write anywhere: a package we cannot write is copied',
  async () => {
    const { found, place } = await makePackage();
    await fs.chmod(path.join(found.root, 'native/lib'), 0o555);
    await expectCopy(found, place);
    await fs.chmod(path.join(found.root, 'native/lib'), 0o755);
  },
);

test('a package whose path a shell would misread is copied', async () => {
  const { found, place } = await makePackage();
  const root = path.join(path.dirname(found.root), '$HOME', 'package');
  await fs.mkdir(path.dirname(root));
  await fs.rename(found.root, root);
  await expectCopy({ ...found, root }, place);
});

test('a copy has links of its own, and those that lead nowhere are made anew', async () => {
  const { found, place } = await makePackage();
  const root = path.join(path.dirname(found.root), '$HOME', 'package');
  await fs.mkdir(path.dirname(root));
  await fs.rename(found.root, root);
  // As copying a project makes them of links that were relative.
  for (const name of ['libx.so', 'libx.so.6'])
    await fs.symlink(path.join(root, 'native/lib/libx.so.6.18'), path.join(root, 'native/lib', name));
  await expectCopy({ ...found, root }, place);
  const link = path.join(place.binariesDirectory, 'package-18.4.0/native/lib/libx.so.6');
  await fs.rm(link);
  await fs.symlink('/project/that/is/gone/libx.so.6.18', link);
  await expectCopy({ ...found, root }, place);
  expect(await fs.readFile(link, 'utf8')).toBe('x');
});

test('the package of this machine is found; machines without one are told so', async () => {
  expect(await findBinariesPackage()).toMatchObject({ majorVersion: '18' });
  await expect(findBinariesPackage('linux', 's390x')).rejects.toMatchObject({ code: 'UNSUPPORTED_PLATFORM' });
  await expect(findBinariesPackage('aix', 'x64')).rejects.toMatchObject({ code: 'UNSUPPORTED_PLATFORM' });
  const absent = process.platform === 'darwin' ? 'linux' : 'darwin';
  await expect(findBinariesPackage(absent, 'x64')).rejects.toMatchObject({ code: 'BINARIES_MISSING' });
});

test.runIf(isRoot())('root only: copies that were never finished are removed after a while', async () => {
  const { found, place } = await makePackage();
  const abandoned = path.join(place.binariesDirectory, 'package-18.4.0.copy-abcdef');
  await fs.mkdir(abandoned, { recursive: true });
  await fs.utimes(abandoned, new Date(0), new Date(0));
  await fs.chmod(found.root, 0o700);
  await expectCopy(found, place);
});
