import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseIntoClientConfig } from 'pg-connection-string';
import {
  answersCommit,
  CommitWatch,
  MessageSplitter,
  type PostgresMessage,
  startupParameter,
} from './postgres-messages.ts';

/**
 * Where a connection is cut at its next COMMIT. `before`: the server never gets it. `after`: the server has carried it
 * out, and the client never learns. In both cases the client sees nothing but the end of its connection.
 */
export type CutPlace = 'before' | 'after';

/** A TCP proxy in front of PostgreSQL that breaks connections at the moments that matter. */
export interface ChaosProxy {
  /** The URL given to `startChaosProxy`, by way of the proxy. */
  readonly url: string;
  /** Connections that are open now. */
  readonly connections: number;
  /**
   * Cuts the connection that commits next, of any login or of one that `login` fits. Resolves when it is cut; with
   * `after` that is once the server has answered.
   */
  cutNextCommit(place: CutPlace, login?: RegExp): Promise<void>;
  /** Cuts every connection. */
  cutAll(): void;
  /** Every connection that is open now stays open and passes nothing any more: half-open. New ones are as ever. */
  freezeAll(): void;
  /** While true, new connections are cut at once: the server is not there. */
  refuse(refusing: boolean): void;
  /** Cuts everything and stops listening. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Order {
  readonly place: CutPlace;
  readonly login: RegExp;
  readonly done: () => void;
}

/** @param url a database URL without TLS; by TCP, or by a Unix socket as `?host=/folder` */
export async function startChaosProxy(url: string): Promise<ChaosProxy> {
  const { host, port } = parseIntoClientConfig(url);
  const target = { host: host ?? 'localhost', port: Number(port ?? 5432) };
  const links = new Set<Link>();
  const orders: Order[] = [];
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const link = new Link(client, upstream(target), (login) => {
      const at = orders.findIndex((order) => order.login.test(login));
      return at === -1 ? null : (orders.splice(at, 1)[0] ?? null);
    });
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    for (const link of links) link.cut();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    url: throughPort(url, (server.address() as AddressInfo).port),
    get connections() {
      return links.size;
    },
    cutNextCommit: (place, login = /^/) =>
      new Promise((resolve) => orders.push({ place, login, done: resolve })),
    cutAll() {
      for (const link of links) link.cut();
    },
    freezeAll() {
      for (const link of links) link.freeze();
    },
    refuse(wanted) {
      refusing = wanted;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function upstream({ host, port }: { readonly host: string; readonly port: number }): Socket {
  return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
}

function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.searchParams.delete('host');
  through.hostname = '127.0.0.1';
  through.port = String(port);
  return through.href;
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #takeOrder: (login: string) => Order | null;
  readonly #watch = new CommitWatch();
  /** Set while a COMMIT is under way whose answer the client must not get. */
  #cutting: Order | null = null;

  #login = '';

  constructor(client: Socket, server: Socket, takeOrder: (login: string) => Order | null) {
    this.#client = client;
    this.#server = server;
    this.#takeOrder = takeOrder;
    const toServer = new MessageSplitter(true);
    const toClient = new MessageSplitter(false);
    client.on('data', (chunk) => {
      for (const message of toServer.push(chunk)) this.#ask(message);
    });
    server.on('data', (chunk) => {
      for (const message of toClient.push(chunk)) this.#answer(message);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  freeze(): void {
    this.#client.pause();
    this.#server.pause();
  }

  #ask(message: PostgresMessage): void {
    if (this.#client.destroyed) return;
    if (message.type === null) this.#login = startupParameter(message.body, 'user');
    if (this.#watch.sees(message)) this.#cutting ??= this.#takeOrder(this.#login);
    if (this.#cutting?.place === 'before') {
      this.#finishCut();
      return;
    }
    this.#server.write(message.bytes);
  }

  #answer(message: PostgresMessage): void {
    if (this.#cutting === null) this.#client.write(message.bytes);
    else if (answersCommit(message)) this.#finishCut();
  }

  #finishCut(): void {
    const order = this.#cutting;
    this.#cutting = null;
    this.cut();
    order?.done();
  }
}
