import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { makeScratch, SOURCE_DIRECTORY } from './fixtures/setup.ts';
import { withLock } from './lock.ts';

async function makeLock(): Promise<string> {
  return path.join(await makeScratch(), 'lock');
}

test('one at a time, in this process', async () => {
  const lock = await makeLock();
  let inside = 0;
  let most = 0;
  async function visit(): Promise<void> {
    inside += 1;
    most = Math.max(most, inside);
    await fs.readdir(lock);
    inside -= 1;
  }
  await Promise.all(Array.from({ length: 8 }, () => withLock(lock, visit)));
  expect(most).toBe(1);
  expect((await fs.readdir(lock)).sort()).toEqual(['8', '8.released']);
});

test('a failure of the work is passed on and frees the lock', async () => {
  const lock = await makeLock();
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(lock, async () => 'free')).toBe('free');
});

test('a living holder is respected, a killed one is not; many successors are one at a time', async () => {
  const lock = await makeLock();
  const program = `
    import { withLock } from ${JSON.stringify(path.join(SOURCE_DIRECTORY, 'lock.ts'))};
    await withLock(${JSON.stringify(lock)}, () => {
      console.log('held');
      return new Promise((resolve) => process.stdin.once('end', resolve).resume());
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(holder.stdout, 'data');
  await expect(withLock(lock, async () => {}, 50)).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: expect.stringContaining(`Process ${holder.pid} `),
  });

  holder.kill('SIGKILL');
  await once(holder, 'exit');
  let inside = 0;
  const counts = await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(lock, async () => {
        inside += 1;
        const seen = inside;
        await fs.readdir(lock);
        inside -= 1;
        return seen;
      }),
    ),
  );
  expect(counts).toEqual(Array.from({ length: 8 }, () => 1));
});

test.skipIf(process.platform !== 'linux')(
  'a number that was given to another process does not hold',
  async () => {
    const lock = await makeLock();
    await fs.mkdir(lock);
    await fs.writeFile(path.join(lock, '5'), `${process.pid} 1\n`);
    expect(await withLock(lock, async () => 'mine', 100)).toBe('mine');
  },
);

test('a holder that never signed, or is far too old, does not hold', async () => {
  const lock = await makeLock();
  await fs.mkdir(lock);
  const past = new Date(0);
  for (const text of ['', `${process.pid} -\n`]) {
    await fs.writeFile(path.join(lock, '5000'), text);
    await expect(withLock(lock, async () => {}, 0)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await fs.utimes(path.join(lock, '5000'), past, past);
    expect(await withLock(lock, async () => 'mine', 100)).toBe('mine');
    await fs.rm(lock, { recursive: true });
    await fs.mkdir(lock);
  }
});
