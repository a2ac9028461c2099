import { WebSocket } from 'ws';
import { LIVE_PROTOCOL, type LiveEvent } from '../contract/live.ts';
import { until } from './condition.ts';

type Of<Type extends LiveEvent['type']> = Extract<LiveEvent, { type: Type }>;

/** How a test connects. */
export interface LiveClientOptions {
  readonly user?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  /** A connection to go on with. */
  readonly resume?: { readonly connection: string; readonly seen: number };
  /** Default: true; false says no hello. */
  readonly hello?: boolean;
}

/** A client of live updates that keeps all that it hears. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly events: LiveEvent[] = [];
  /** The code that it was closed with; null: it is open. */
  closedWith: number | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const event = JSON.parse(String(data)) as LiveEvent;
      if (event.type === 'ping') this.send({ type: 'pong', seen: 0 });
      this.events.push(event);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closedWith = code;
    });
  }

  /** Connects. @throws Error with the status when it is refused */
  static async connect(address: string, options: LiveClientOptions = {}): Promise<LiveClient> {
    const { user, headers, protocols = [LIVE_PROTOCOL], resume, hello = true } = options;
    const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/api/v1/live`, [...protocols], {
      headers: { origin: address, ...(user === undefined ? {} : { 'x-user': user }), ...headers },
    });
    const client = new LiveClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('unexpected-response', (_, { statusCode }) => reject(new Error(String(statusCode))));
      socket.once('error', reject);
    });
    if (hello) client.send({ type: 'hello', version: 1, ...(resume === undefined ? {} : { resume }) });
    if (hello) await client.event('welcome');
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first event of a type that fits, past or future. */
  event<Type extends LiveEvent['type']>(
    type: Type,
    fits: (event: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    return until(`a ${type} came`, () =>
      this.events.find((event): event is Of<Type> => event.type === type && fits(event as Of<Type>)),
    ) as Promise<Of<Type>>;
  }

  /** Its name. */
  get connection(): string {
    return (this.events.find(({ type }) => type === 'welcome') as Of<'welcome'>).connection;
  }

  /** Listens to a list of CRONUS, or to a row of it; resolves when it does. */
  async subscribe(id: string, list: string, more: object = {}): Promise<Of<'subscribed'>> {
    this.send({ type: 'subscribe', id, list, company: 'CRONUS', ...more });
    return this.event('subscribed', (event) => event.id === id);
  }

  /** Changes that a subscription was told. */
  changes(id: string): readonly Of<'change'>[] {
    return this.events.filter((event): event is Of<'change'> => event.type === 'change' && event.id === id);
  }

  closed(): Promise<number> {
    return until('it was closed', () => this.closedWith);
  }

  cut(): void {
    this.socket.terminate();
  }
}
