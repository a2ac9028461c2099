import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isRoot, NOBODY } from './access.ts';
import { makeScratch } from './fixtures/setup.ts';
import { findPlace, noticeAboutPlace, SHARED_DIRECTORY, SOCKET_PATH_MAX_BYTES, socketFile } from './place.ts';

test('everything lies beside the data', async () => {
  const data = path.join(await makeScratch(), 'postgres');
  const place = await findPlace(data);
  expect(place).toMatchObject({
    wantedDirectory: data,
    dataDirectory: data,
    account: isRoot() ? NOBODY : null,
    logFile: `${data}.log`,
    lockDirectory: `${data}.lock`,
    socketDirectory: `${data}.socket`,
  });
  expect(noticeAboutPlace(place)).toBe(null);
  expect((await findPlace(data, 'win32')).socketDirectory).toBe(null);
});

test.each([
  ['is long', 'x'.repeat(60)],
  ['is long in bytes', 'é'.repeat(40)],
  ['has a comma', 'a,b'],
])('the socket has a short folder of its own when the path %s', async (_why, name) => {
  const scratch = await makeScratch();
  const one = await findPlace(path.join(scratch, name, 'postgres'));
  const two = await findPlace(path.join(scratch, name, 'postgres2'));
  expect(one.socketDirectory).toMatch(/\/nightshift-\d+-[0-9a-f]{16}$/);
  expect(one.socketDirectory).not.toBe(two.socketDirectory);
  expect(Buffer.byteLength(socketFile(one.socketDirectory!, 65_535))).toBeLessThanOrEqual(
    SOCKET_PATH_MAX_BYTES,
  );
});

test.runIf(isRoot())('root only: folders that nobody cannot enter have their place elsewhere', async () => {
  const shop = path.join(await makeScratch(), 'shop');
  await fs.mkdir(shop, { mode: 0o700 });
  const one = await findPlace(path.join(shop, '.nightshift', 'postgres'));
  const two = await findPlace(path.join(shop, '.nightshift', 'other'));
  expect(one.dataDirectory).toMatch(new RegExp(`^${SHARED_DIRECTORY}/shop-[0-9a-f]{16}/postgres$`));
  expect(two.dataDirectory).not.toBe(one.dataDirectory);
  expect(noticeAboutPlace(one)).toContain(one.dataDirectory);
  expect(await findPlace(path.join(shop, '.nightshift', 'postgres'))).toEqual(one);
});

test.runIf(isRoot())('root only: the server runs as the owner of an existing folder', async () => {
  const data = path.join(await makeScratch(), 'postgres');
  await fs.mkdir(data);
  expect((await findPlace(data)).account).toEqual(NOBODY);
  await fs.chown(data, 1234, 1235);
  expect((await findPlace(data)).account).toEqual({ uid: 1234, gid: 1235 });
});
