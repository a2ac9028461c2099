import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseIntoClientConfig } from 'pg-connection-string';
import {
  answersCommit,
  isCommit,
  MessageSplitter,
  type PostgresMessage,
  StatementWatch,
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
  /**
   * The same for the next statement whose text fits. With `after` that is once the server has carried out and committed
   * all that was sent with it; answers to what was sent before it have passed.
   */
  cutNextStatement(place: CutPlace, text: RegExp): Promise<void>;
  /** Cuts every connection. */
  cutAll(): void;
  /**
   * Every connection that is open now, of any login or of those that `login` fits, stays open and passes nothing any more:
   * half-open. New ones are as ever.
   */
  freezeAll(login?: RegExp): void;
  /** While true, new connections are cut at once: the server is not there. */
  refuse(refusing: boolean): void;
  /** Cuts everything and stops listening. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Order {
  readonly place: CutPlace;
  readonly login: RegExp;
  /** Null: a COMMIT. */
  readonly text: RegExp | null;
  readonly done: () => void;
}

/** What a client is about to do. */
interface Deed {
  readonly login: string;
  readonly text: string;
  readonly commits: boolean;
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
    const link = new Link(client, upstream(target), ({ login, text, commits }) => {
      const at = orders.findIndex(
        (order) => order.login.test(login) && (order.text === null ? commits : order.text.test(text)),
      );
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
      new Promise((resolve) => orders.push({ place, login, text: null, done: resolve })),
    cutNextStatement: (place, text) =>
      new Promise((resolve) => orders.push({ place, login: /^/, text, done: resolve })),
    cutAll() {
      for (const link of links) link.cut();
    },
    freezeAll(login = /^/) {
      for (const link of links) link.freeze(login);
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
  readonly #takeOrder: (deed: Deed) => Order | null;
  readonly #watch = new StatementWatch();
  /** Set while a COMMIT is under way whose answer the client must not get. */
  #cutting: Order | null = null;
  /** How often the server was and has been asked to say that it is ready: once for all that is sent together. */
  #asked = 0;
  #ready = 0;
  /** Before which of these the answer to the statement comes that the client must not get. */
  #cutAtReady = 0;

  #login = '';

  constructor(client: Socket, server: Socket, takeOrder: (deed: Deed) => Order | null) {
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

  freeze(login: RegExp): void {
    if (!login.test(this.#login)) return;
    this.#client.pause();
    this.#server.pause();
  }

  #ask(message: PostgresMessage): void {
    if (this.#client.destroyed) return;
    if (message.type === null) this.#login = startupParameter(message.body, 'user');
    const text = this.#watch.executes(message);
    if (text !== null && this.#cutting === null) {
      this.#cutting = this.#takeOrder({ login: this.#login, text, commits: isCommit(text) });
      this.#cutAtReady = this.#asked + 1;
    }
    if (message.type === 'Q' || message.type === 'S') this.#asked++;
    if (this.#cutting?.place === 'before') {
      this.#finishCut();
      return;
    }
    this.#server.write(message.bytes);
  }

  #answer(message: PostgresMessage): void {
    // The first one ends the login, which nobody has asked for in this way.
    const readyBefore = this.#ready;
    if (message.type === 'Z') this.#ready++;
    const order = this.#cutting;
    if (order === null) this.#client.write(message.bytes);
    else if (order.text === null) {
      if (answersCommit(message)) this.#finishCut();
    } else if (readyBefore < this.#cutAtReady) this.#client.write(message.bytes);
    else if (this.#ready > this.#cutAtReady) this.#finishCut();
  }

  #finishCut(): void {
    const order = this.#cutting;
    this.#cutting = null;
    this.cut();
    order?.done();
  }
}
