import { existsSync, promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connect, makeDataDirectory, makeScratch, query } from './fixtures/setup.ts';
import {
  resetEmbeddedPostgres,
  startEmbeddedPostgres,
  statusOfEmbeddedPostgres,
  stopEmbeddedPostgres,
} from './index.ts';

test('a fresh folder gets a server that pg can reach by the URL', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });

  expect(server).toMatchObject({ adopted: false, port: null, tcpUrl: null, dataDirectory });
  expect(server.version).toMatch(/^18\.\d+$/);
  const rows = await query(
    server.url,
    `select current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale,
            datcollate as collation, current_setting('fsync') as fsync, current_setting('timezone') as zone,
            upper('é') as upper
       from pg_database where datname = current_database()`,
  );
  expect(rows).toEqual([
    {
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
      collation: 'C',
      fsync: 'on',
      zone: 'UTC',
      upper: 'É',
    },
  ]);
  expect((await fs.stat(dataDirectory)).mode & 0o777).toBe(0o700);
  expect((await fs.stat(server.socketDirectory!)).mode & 0o777).toBe(0o700);
  expect((await fs.stat(server.logFile)).mode & 0o777).toBe(0o600);
  expect(new URL(server.url).pathname).toBe('/postgres');
  expect(await server.stop()).toBe(true);
  expect(existsSync(server.socketDirectory!)).toBe(false);
});

test('a running server is adopted, and its data survives a stop', async () => {
  const dataDirectory = await makeDataDirectory();
  const notices: string[] = [];
  const first = await startEmbeddedPostgres({ dataDirectory });
  await query(first.url, 'create table kept (id int)');
  const second = await startEmbeddedPostgres({ dataDirectory, onNotice: (text) => notices.push(text) });
  expect(second).toMatchObject({ adopted: true, pid: first.pid, url: first.url });
  expect(notices).toEqual([]);

  expect(await stopEmbeddedPostgres({ dataDirectory })).toBe(true);
  expect(await stopEmbeddedPostgres({ dataDirectory })).toBe(false);
  expect(await second.release()).toBe(false);
  const third = await startEmbeddedPostgres({ dataDirectory });
  expect(third.adopted).toBe(false);
  expect(await query(third.url, 'select * from kept')).toEqual([]);
});

test('settings reach the server; others at adoption are told', async () => {
  const dataDirectory = await makeDataDirectory();
  const notices: string[] = [];
  const settings = { work_mem: '7MB', 'app.word': "it's \\ fine" };
  const server = await startEmbeddedPostgres({ dataDirectory, settings });
  expect(
    await query(server.url, `select current_setting('work_mem') as m, current_setting('app.word') as w`),
  ).toEqual([{ m: '7MB', w: "it's \\ fine" }]);
  await startEmbeddedPostgres({ dataDirectory, tcpPort: 0, onNotice: (text) => notices.push(text) });
  expect(notices).toEqual([
    expect.stringContaining('already runs without TCP'),
    expect.stringContaining('other settings'),
  ]);
});

test('a setting that PostgreSQL refuses fails with its words', async () => {
  const dataDirectory = await makeDataDirectory();
  await expect(
    startEmbeddedPostgres({ dataDirectory, settings: { work_mem: 'much' } }),
  ).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('invalid value for parameter "work_mem": "much"'),
    details: { logTail: expect.arrayContaining([expect.stringContaining('work_mem')]) },
  });
  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(server.adopted).toBe(false);
});

test('status tells what is there and changes nothing', async () => {
  const dataDirectory = await makeDataDirectory();
  expect(await statusOfEmbeddedPostgres({ dataDirectory })).toMatchObject({
    state: 'stopped',
    initialised: false,
  });
  expect(await fs.readdir(path.dirname(dataDirectory))).toEqual([]);
  const server = await startEmbeddedPostgres({ dataDirectory });
  expect(await statusOfEmbeddedPostgres({ dataDirectory })).toEqual({
    state: 'running',
    pid: server.pid,
    initialised: true,
    dataDirectory,
    logFile: server.logFile,
    server: expect.objectContaining({ url: server.url, version: server.version, port: null }),
  });
  await server.stop({ mode: 'immediate' });
  expect(await statusOfEmbeddedPostgres({ dataDirectory })).toMatchObject({
    state: 'stopped',
    initialised: true,
  });
});

test('reset stops the server and deletes what is ours, and nothing else', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  await connect(server.url);
  expect(await resetEmbeddedPostgres({ dataDirectory })).toBe(true);
  expect(await fs.readdir(path.dirname(dataDirectory))).toEqual(['postgres.lock']);
  expect(await resetEmbeddedPostgres({ dataDirectory })).toBe(false);

  const foreign = path.join(await makeScratch(), 'data');
  await fs.mkdir(path.join(foreign, 'global'), { recursive: true });
  await fs.writeFile(path.join(foreign, 'PG_VERSION'), '18\n');
  await expect(resetEmbeddedPostgres({ dataDirectory: foreign })).rejects.toMatchObject({
    code: 'DATA_FOLDER_FOREIGN',
  });
  expect(await fs.readdir(foreign)).toEqual(['PG_VERSION', 'global']);
});

test.each([
  ['of another major version', { PG_VERSION: '16\n', 'global/pg_control': '' }, 'DATA_FOLDER_VERSION'],
  ['of another program', { PG_VERSION: '18\n', 'global/pg_control': '' }, 'DATA_FOLDER_FOREIGN'],
  ['with other files', { 'letter.txt': 'dear' }, 'DATA_FOLDER_NOT_EMPTY'],
])('a folder %s is refused and stays as it is', async (_what, files, code) => {
  const dataDirectory = await makeDataDirectory();
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(dataDirectory, name)), { recursive: true });
    await fs.writeFile(path.join(dataDirectory, name), text);
  }
  const before = await fs.readdir(path.dirname(dataDirectory), { recursive: true });
  const failure = startEmbeddedPostgres({ dataDirectory });
  await expect(failure).rejects.toMatchObject({ code, field: 'dataDirectory' });
  if (code === 'DATA_FOLDER_VERSION') {
    await expect(failure).rejects.toMatchObject({
      message: expect.stringContaining(dataDirectory),
      details: { foundVersion: '16', neededVersion: '18', path: dataDirectory },
    });
  }
  expect(await fs.readdir(path.dirname(dataDirectory), { recursive: true })).toEqual(before);
});

test('a path that is a file is refused', async () => {
  const file = path.join(await makeScratch(), 'file');
  await fs.writeFile(file, '');
  for (const dataDirectory of [file, path.join(file, 'postgres')]) {
    await expect(startEmbeddedPostgres({ dataDirectory })).rejects.toMatchObject({
      code: 'DATA_FOLDER_NOT_USABLE',
    });
  }
});

test('an empty folder is used, and paths may be long and odd', async () => {
  const odd = path.join(
    await makeDataDirectory(),
    `a "b" $HOME \`c\`, d'e ü \\ ${'long'.repeat(20)}`,
    'postgres',
  );
  await fs.mkdir(odd, { recursive: true });
  const server = await startEmbeddedPostgres({ dataDirectory: odd });
  try {
    expect(server.dataDirectory).toBe(odd);
    expect(Buffer.byteLength(server.socketDirectory!)).toBeLessThan(85);
    expect((await fs.stat(server.socketDirectory!)).mode & 0o777).toBe(0o700);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    await server.stop({ mode: 'immediate' });
  }
  expect(existsSync(server.socketDirectory!)).toBe(false);
});

test('a folder that cannot be made or written is named', async () => {
  for (const dataDirectory of ['/proc/nightshift/postgres', '/dev/null/postgres']) {
    await expect(startEmbeddedPostgres({ dataDirectory })).rejects.toMatchObject({
      code: 'DATA_FOLDER_NOT_USABLE',
      message: expect.stringContaining(path.dirname(dataDirectory)),
    });
  }
});
