import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeDataDirectory, query } from './fixtures/setup.ts';
import { startEmbeddedPostgres } from './index.ts';

test('port 0 picks a free port, where the password is needed', async () => {
  const dataDirectory = await makeDataDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory, tcpPort: 0 });
  expect(server.port).toBeGreaterThan(0);
  const who = 'select inet_server_addr() is not null as tcp';
  expect(await query(server.tcpUrl!, who)).toEqual([{ tcp: true }]);
  expect(await query(server.url, who)).toEqual([{ tcp: false }]);
  const wrong = new URL(server.tcpUrl!);
  wrong.password = 'wrong';
  await expect(query(wrong.href, who)).rejects.toMatchObject({ code: '28P01' });
});

test('a port in use is named, and nothing is left running', async () => {
  const dataDirectory = await makeDataDirectory();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    squatter.close();
  });
  const { port } = squatter.address() as AddressInfo;
  await expect(startEmbeddedPostgres({ dataDirectory, tcpPort: port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    field: 'tcpPort',
    details: { port },
    message: expect.stringContaining(String(port)),
  });
  expect((await startEmbeddedPostgres({ dataDirectory })).adopted).toBe(false);
});

test('a server with TCP can be had by an adopting user as well', async () => {
  const dataDirectory = await makeDataDirectory();
  const first = await startEmbeddedPostgres({ dataDirectory, tcpPort: 0 });
  const second = await startEmbeddedPostgres({ dataDirectory });
  expect(second).toMatchObject({ adopted: true, tcpUrl: first.tcpUrl, port: first.port });
});
