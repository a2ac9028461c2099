import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseIntoClientConfig } from 'pg-connection-string';
import {
  answersCommit,
  MessageSplitter,
  type PostgresMessage,
  startupParameter,
} from './postgres-messages.ts';

/** What does not get through: from the clients, from the server, or both; and of which connections. */
export interface Partition {
  readonly toServer: boolean;
  readonly toClient: boolean;
  /** By the name of the application. */
  readonly of: RegExp;
}

/**
 * A TCP proxy in front of PostgreSQL that holds back what passes, as a network does that loses packets and is mended
 * later: nothing is cut, and in the end all of it arrives.
 */
export interface PartitionProxy {
  /** The URL given to `startPartitionProxy`, by way of the proxy. */
  readonly url: string;
  /** From now on this does not get through, also of connections that are still to come. */
  part(partition: Partition): void;
  /** What was held back arrives, and everything gets through again. */
  heal(): void;
  /**
   * Holds back the answer to the next COMMIT of a login that fits, and all that comes after it on that connection, for
   * ever. Resolves when the server has given that answer.
   */
  holdNextCommit(login: RegExp): Promise<void>;
  /** Cuts everything and stops listening. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Order {
  readonly login: RegExp;
  readonly done: () => void;
}

/** What all connections share. */
interface Weather {
  partition: Partition | null;
  orders: Order[];
}

/** @param url a database URL without TLS, by TCP */
export async function startPartitionProxy(url: string): Promise<PartitionProxy> {
  const { host, port } = parseIntoClientConfig(url);
  const weather: Weather = { partition: null, orders: [] };
  const links = new Set<Link>();
  const server = createServer((client) => {
    const link = new Link(client, connect(Number(port ?? 5432), host ?? 'localhost'), weather);
    links.add(link);
    client.once('close', () => link.clientLeft());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  const stop = async () => {
    for (const link of links) link.cut();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    url: through.href,
    part(partition) {
      weather.partition = partition;
    },
    heal() {
      weather.partition = null;
      for (const link of links) link.flush();
    },
    holdNextCommit: (login) => new Promise((done) => weather.orders.push({ login, done })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #weather: Weather;
  readonly #toServer: Buffer[] = [];
  readonly #toClient: Buffer[] = [];
  #login = '';
  #application = '';
  #isHeld = false;
  #clientLeft = false;

  constructor(client: Socket, server: Socket, weather: Weather) {
    this.#client = client;
    this.#server = server;
    this.#weather = weather;
    const asked = new MessageSplitter(true);
    const answered = new MessageSplitter(false);
    client.on('data', (chunk) => {
      for (const message of asked.push(chunk)) this.#ask(message);
    });
    server.on('data', (chunk) => {
      for (const message of answered.push(chunk)) this.#answer(message);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // the end of the connection follows
    }
    server.once('close', () => client.destroy());
  }

  /** The server learns of it when anything gets through to it. */
  clientLeft(): void {
    this.#clientLeft = true;
    this.flush();
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  /** Passes on what is not held back any more. */
  flush(): void {
    if (!this.#isParted('toServer')) {
      for (const bytes of this.#toServer.splice(0)) this.#server.write(bytes);
      if (this.#clientLeft) this.#server.destroySoon();
    }
    if (!this.#isHeld && !this.#isParted('toClient')) {
      for (const bytes of this.#toClient.splice(0)) this.#client.write(bytes);
    }
  }

  #ask(message: PostgresMessage): void {
    if (message.type === null) {
      this.#login = startupParameter(message.body, 'user');
      this.#application = startupParameter(message.body, 'application_name');
    }
    this.#toServer.push(message.bytes);
    this.flush();
  }

  #answer(message: PostgresMessage): void {
    if (!this.#isHeld && answersCommit(message)) this.#obey();
    this.#toClient.push(message.bytes);
    this.flush();
  }

  #obey(): void {
    const order = this.#weather.orders.find(({ login }) => login.test(this.#login));
    if (order === undefined) return;
    this.#weather.orders = this.#weather.orders.filter((other) => other !== order);
    this.#isHeld = true;
    order.done();
  }

  #isParted(direction: 'toServer' | 'toClient'): boolean {
    const { partition } = this.#weather;
    return partition?.[direction] === true && partition.of.test(this.#application);
  }
}
