import { expect, test } from 'vitest';
import { connect, makeDataDirectory, startChild } from './fixtures/setup.ts';
import { startEmbeddedPostgres, statusOfEmbeddedPostgres } from './index.ts';

test('four processes that start at once share one server; the last that leaves stops it', async () => {
  const dataDirectory = await makeDataDirectory();
  const children = [1, 2, 3, 4].map(() => startChild({ dataDirectory }));
  const servers = await Promise.all(children.map((child) => child.next()));
  expect(new Set(servers.map((server) => server['pid'])).size).toBe(1);
  expect(servers.filter((server) => server['adopted'] === false)).toHaveLength(1);
  expect(await Promise.all(children.map((child) => child.ask('query')))).toEqual(
    children.map(() => ({ answer: 42 })),
  );

  const answers = await Promise.all(children.map((child) => child.ask('release')));
  expect(answers.filter((answer) => answer['stopped'] === true)).toHaveLength(1);
  expect((await statusOfEmbeddedPostgres({ dataDirectory })).state).toBe('stopped');
});

test('calls at once in one process share one server', async () => {
  const dataDirectory = await makeDataDirectory();
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => startEmbeddedPostgres({ dataDirectory })));
  expect([a!.adopted, b!.adopted, c!.adopted].filter((adopted) => !adopted)).toHaveLength(1);
  const stopped = await Promise.all([a!.release(), b!.release(), c!.release()]);
  expect(stopped.filter(Boolean)).toHaveLength(1);
  expect((await statusOfEmbeddedPostgres({ dataDirectory })).state).toBe('stopped');
});

test('release leaves the server to others who are connected', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  const other = await connect(server.url);
  expect(await server.release()).toBe(false);
  expect(await server.release()).toBe(false);
  expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }]);

  const again = await startEmbeddedPostgres({ dataDirectory });
  expect(again.adopted).toBe(true);
  await other.end();
  expect(await again.release()).toBe(true);
  expect((await statusOfEmbeddedPostgres({ dataDirectory })).state).toBe('stopped');
});

test('stop does not care who is connected', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory });
  await connect(server.url);
  const child = startChild({ dataDirectory });
  expect((await child.next())['adopted']).toBe(true);
  expect(await server.stop()).toBe(true);
  expect(await server.stop()).toBe(false);
  expect(await child.ask('release')).toEqual({ stopped: false });
});

test('a user that leaves while another comes: the new one has a server that runs', async () => {
  const dataDirectory = await makeDataDirectory();
  let present = await startEmbeddedPostgres({ dataDirectory });
  for (let round = 0; round < 5; round += 1) {
    const [, next] = await Promise.all([present.release(), startEmbeddedPostgres({ dataDirectory })]);
    expect((await statusOfEmbeddedPostgres({ dataDirectory })).server?.pid).toBe(next.pid);
    present = next;
  }
});

test('an open handle does not keep its process alive', async () => {
  const dataDirectory = await makeDataDirectory();
  const child = startChild({ dataDirectory });
  await child.next();
  const exited = new Promise((resolve) => child.process.once('exit', resolve));
  child.process.stdin?.end();
  expect(await exited).toBe(0);
});
