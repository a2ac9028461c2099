import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ChaosProxy, startChaosProxy } from './chaos-proxy.ts';
import { until } from './condition.ts';
import { MessageSplitter, texts } from './postgres-messages.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query('create table note (text text primary key)');
});
afterAll(() => database.drop());

async function proxied(): Promise<{ proxy: ChaosProxy; client: pg.Client }> {
  const proxy = await startChaosProxy(database.tcpUrl);
  const client = await clientOf(proxy);
  onTestFinished(() => proxy.stop());
  return { proxy, client };
}

async function clientOf(proxy: ChaosProxy): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: proxy.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function notes(like: string): Promise<number> {
  return (await database.query('select from note where starts_with(text, $1)', [like])).length;
}

const LOST = /Connection terminated|ECONNRESET/;

describe('the chaos proxy', () => {
  it('passes everything on while it has no orders, over TCP with a password', async () => {
    const { proxy, client } = await proxied();
    expect(new URL(proxy.url).password).not.toBe('');
    const long = 'x'.repeat(3_000_000);
    const answer = await client.query('select $1::text as echo, inet_server_addr() is not null as tcp', [
      long,
    ]);
    expect(answer.rows).toEqual([{ echo: long, tcp: true }]);
    expect(proxy.connections).toBe(1);
    await client.end();
    await until('the proxy has no connections', () => proxy.connections === 0);
  });

  const commits: readonly (readonly [string, pg.QueryConfig])[] = [
    ['the simple protocol', { text: 'commit' }],
    ['the extended protocol', { text: 'COMMIT', values: [], queryMode: 'extended' } as pg.QueryConfig],
    ['a prepared statement', { name: 'finish', text: ' ; End', values: [] }],
  ];
  for (const [index, [protocol, commit]] of commits.entries()) {
    it(`cuts after a COMMIT by ${protocol}: it took effect and nobody knows`, async () => {
      const { proxy, client } = await proxied();
      await client.query('begin');
      await client.query('insert into note values ($1)', [`after ${index}`]);
      const cut = proxy.cutNextCommit('after');
      await expect(client.query(commit)).rejects.toThrow(LOST);
      await cut;
      expect(await notes(`after ${index}`)).toBe(1);
    });

    it(`cuts before a COMMIT by ${protocol}: it never reached the server`, async () => {
      const { proxy, client } = await proxied();
      await client.query('begin');
      await client.query('insert into note values ($1)', [`before ${index}`]);
      const cut = proxy.cutNextCommit('before');
      await expect(client.query(commit)).rejects.toThrow(LOST);
      await cut;
      await until('its backend is gone', async () => (await backends(client)) === 0);
      expect(await notes(`before ${index}`)).toBe(0);
    });
  }

  it('is not fooled by the word in a value or in another statement', async () => {
    const { proxy, client } = await proxied();
    const cut = proxy.cutNextCommit('after');
    await client.query('select $1::text', ['commit']);
    await client.query("select 'commit' as commit /* commit */");
    expect(proxy.connections).toBe(1);
    await client.query('begin');
    await expect(client.query('commit')).rejects.toThrow(LOST);
    await cut;
  });

  it('cuts only the connection that commits, and only once for each order', async () => {
    const { proxy, client } = await proxied();
    const bystander = await clientOf(proxy);
    const cut = proxy.cutNextCommit('after');
    await client.query('begin');
    await expect(client.query('commit')).rejects.toThrow(LOST);
    await cut;
    await bystander.query('begin');
    await expect(bystander.query('commit')).resolves.toMatchObject({ command: 'COMMIT' });
    await bystander.end();
  });

  it('cuts only commits of the login that is meant', async () => {
    const { proxy, client } = await proxied();
    const never = proxy.cutNextCommit('before', /^somebody$/);
    const cut = proxy.cutNextCommit('before', /^postgres$/);
    await client.query('begin');
    await expect(client.query('commit')).rejects.toThrow(LOST);
    await cut;
    const again = await clientOf(proxy);
    await again.query('begin');
    await again.query('commit');
    await again.end();
    expect(await Promise.race([never, 'still waiting'])).toBe('still waiting');
  });

  it('freezes connections: nothing comes, and nobody says so; new ones work', async () => {
    const { proxy, client } = await proxied();
    await client.query('select 1');
    proxy.freezeAll();
    let answered = false;
    const asked = client.query('select 1').then(
      () => {
        answered = true;
      },
      () => undefined,
    );
    const fresh = await clientOf(proxy);
    for (let n = 0; n < 20; n++) await fresh.query('select 1');
    expect(answered).toBe(false);
    expect(proxy.connections).toBe(2);
    await fresh.end();
    await client.end(); // destroys the socket, since a query is under way
    await asked;
    expect(answered).toBe(false);
  });

  it('cuts all connections, and refuses new ones while it is told to', async () => {
    const { proxy, client } = await proxied();
    proxy.refuse(true);
    const asleep = client.query('select pg_sleep(60)');
    proxy.cutAll();
    await expect(asleep).rejects.toThrow(LOST);
    await expect(clientOf(proxy)).rejects.toThrow(LOST);
    proxy.refuse(false);
    const again = await clientOf(proxy);
    await expect(again.query('select 1 as one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await again.end();
  });
});

describe('messages', () => {
  it('are found however the stream is cut', () => {
    const startup = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);
    const query = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 11]), Buffer.from('commit\0')]);
    const stream = Buffer.concat([startup, query, query]);
    for (let size = 1; size <= stream.length; size++) {
      const splitter = new MessageSplitter(true);
      const found = [];
      for (let at = 0; at < stream.length; at += size)
        found.push(...splitter.push(stream.subarray(at, at + size)));
      expect(found.map(({ type, body }) => [type, texts(body, 1)[0]])).toEqual([
        [null, ''],
        ['Q', 'commit'],
        ['Q', 'commit'],
      ]);
    }
  });
});

async function backends(client: pg.Client): Promise<number> {
  const pid = (client as pg.Client & { readonly processID: number }).processID;
  return (await database.query('select from pg_stat_activity where pid = $1', [pid])).length;
}
