import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { resetEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/condition.ts';
import { ADMIN } from '../testing/test-platform.ts';
import { createPlatform, type Platform } from './platform.ts';

async function started(dataDirectory: string, environment?: string): Promise<Platform> {
  const platform = await createPlatform({
    database: { dataDirectory },
    ...(environment === undefined ? {} : { environment }),
  });
  onTestFinished(() => platform.stop());
  await platform.start();
  return platform;
}

async function scratch(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ns-held-'));
  await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
  onTestFinished(async () => {
    for (const name of ['first', 'moved', 'copied'])
      await resetEmbeddedPostgres({ dataDirectory: path.join(folder, name) });
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

test('an embedded PostgreSQL is held where it was moved or copied to, unless it has a name', async () => {
  const folder = await scratch();
  const [first, moved, copied] = ['first', 'moved', 'copied'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const before = await started(first);
  expect(before.instance.held).toBeNull();
  expect(await before.environment.show(before.as(ADMIN))).toMatchObject({
    name: before.embedded?.dataDirectory,
  });
  await before.stop();
  const again = await started(first);
  expect(again.instance.held).toBeNull();
  await again.stop();

  await rename(first, moved);
  const there = await started(moved);
  expect(there.instance.held).toMatch(/first".*moved".*was moved or copied/);
  await there.environment.release(there.as(ADMIN), { name: 'shop' });
  await until('it is held by the new name', () => there.instance.held?.includes('"shop"') === true);
  await there.stop();

  const named = await started(moved, 'shop');
  expect(named.instance.held).toBeNull();
  await named.stop();
  // A physical copy: all identifiers are those of its origin.
  await promisify(execFile)('cp', ['-a', moved, copied]); // with its owner
  const copy = await started(copied, 'shop');
  expect(copy.instance.held).toBeNull(); // nothing tells it from a move that was announced by the name
  await copy.stop();
  const other = await started(copied);
  expect(other.instance.held).toMatch(/"shop".*copied"/);
  await other.stop();
}, 60_000);
