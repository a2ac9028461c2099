import { promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { canEnter, canRead, realPathOfExisting } from './access.ts';
import { makeScratch } from './fixtures/setup.ts';

const STRANGER = { uid: 65_533, gid: 65_533 };

async function makeFolder(mode: number): Promise<string> {
  const folder = path.join(await makeScratch(), 'a');
  await fs.mkdir(folder);
  await fs.chmod(folder, mode);
  return folder;
}

test('a stranger needs search permission on every ancestor', async () => {
  const folder = await makeFolder(0o755);
  const inner = path.join(folder, 'b', 'c');
  await fs.mkdir(inner, { recursive: true });
  expect(await canEnter(inner, STRANGER)).toBe(true);
  expect(await canEnter(path.join(inner, 'not', 'there'), STRANGER)).toBe(true);
  for (const mode of [0o700, 0o770, 0o754, 0o745 & 0o774]) {
    await fs.chmod(folder, mode);
    expect(await canEnter(inner, STRANGER)).toBe(false);
  }
  await fs.chmod(folder, 0o711);
  expect(await canEnter(inner, STRANGER)).toBe(true);
  expect(await canRead(folder, STRANGER)).toBe(false);
  expect(await canRead(inner, STRANGER)).toBe(true);
  expect(await canRead(path.join(inner, 'not'), STRANGER)).toBe(false);
});

test('owner and group have bits of their own, and the first class that fits decides', async () => {
  const folder = await makeFolder(0o071);
  const { uid, gid } = await fs.stat(folder);
  expect(await canEnter(folder, { uid, gid })).toBe(false);
  expect(await canEnter(folder, { uid: uid + 1, gid })).toBe(true);
  await fs.chmod(folder, 0o705);
  expect(await canEnter(folder, { uid: uid + 1, gid })).toBe(false);
  expect(await canEnter(folder, { uid, gid })).toBe(true);
  await fs.chmod(folder, 0o755);
});

test('a symbolic link leads to the permissions of its target', async () => {
  const secret = path.join(await makeFolder(0o700), 'b');
  await fs.mkdir(secret);
  const link = path.join(await makeScratch(), 'link');
  await fs.symlink(secret, link);
  expect(await canEnter(link, STRANGER)).toBe(false);
  expect(await realPathOfExisting(path.join(link, 'new'))).toBe(path.join(secret, 'new'));
});

test('without an account of its own, the server is us', async () => {
  const folder = await makeFolder(0o700);
  expect(await canEnter(folder, null)).toBe(true);
  expect(await canRead(folder, null)).toBe(true);
  await fs.chmod(folder, 0o000);
  expect(await canRead(folder, null)).toBe(process.getuid?.() === 0);
  await fs.chmod(folder, 0o755);
});
