import { once } from 'node:events';
import net from 'node:net';

/** Bytes of a message's type and length. */
const HEAD = 5;
const STARTUP_HEAD = 4;

/** What goes over the wire to a PostgreSQL: how often each statement was executed. */
export interface WireCounter {
  /** The same database, by way of the counter. */
  readonly url: string;
  /** Executions so far by the text of their statement. */
  readonly executed: ReadonlyMap<string, number>;
  /** Forgets what it has counted. */
  reset(): void;
  close(): Promise<void>;
}

/** Stands between a program and its PostgreSQL. */
export async function countOnWire(url: string): Promise<WireCounter> {
  const executed = new Map<string, number>();
  const target = new URL(url);
  const socketFolder = target.searchParams.get('host');
  const port = Number(target.port || '5432');
  const where =
    socketFolder === null ? { host: target.hostname, port } : { path: `${socketFolder}/.s.PGSQL.${port}` };
  const open = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const backend = net.connect(where);
    const read = readerOf((text) => executed.set(text, (executed.get(text) ?? 0) + 1));
    client.on('data', read);
    client.pipe(backend).pipe(client);
    for (const socket of [client, backend]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        backend.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.searchParams.delete('host');
  const own = new URL(target);
  own.hostname = '127.0.0.1';
  own.port = String((server.address() as net.AddressInfo).port);
  return {
    url: own.href,
    executed,
    reset: () => executed.clear(),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Takes what one client sends, in whatever pieces, and tells the text of each statement that it executes. */
function readerOf(tell: (text: string) => void): (piece: Buffer) => void {
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  const take = (type: string, body: Buffer) => {
    const [first = '', second = ''] = body.toString('latin1').split('\0', 2);
    if (type === 'P') statements.set(first, second);
    else if (type === 'B') portals.set(first, statements.get(second) ?? second);
    else if (type === 'E') tell(portals.get(first) ?? '?');
    else if (type === 'Q') tell(first);
  };
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (;;) {
      const head = begun ? HEAD : STARTUP_HEAD;
      if (rest.length < head) return;
      const size = rest.readInt32BE(head - STARTUP_HEAD) + (head - STARTUP_HEAD);
      if (rest.length < size) return;
      if (begun) take(String.fromCharCode(rest[0] ?? 0), rest.subarray(HEAD, size));
      begun = true;
      rest = rest.subarray(size);
    }
  };
}
