import { LIVE_LISTS, type LiveRequest } from '../../contract/live.ts';
import { NightshiftError } from '../../foundation/index.ts';
import { callerOf } from '../company-caller.ts';
import { problemOf } from '../problem.ts';
import type { LiveConnection } from './live-connection.ts';
import { LivePages } from './live-pages.ts';
import type { LiveParts } from './live-parts.ts';
import { demandToHear, type SubscribeRequest, Subscription } from './subscription.ts';

/** Subscriptions of one connection. */
const SUBSCRIPTIONS_MAX = 100;

/** What a client may ask once it is known. */
export type TabRequest = Exclude<LiveRequest, { type: 'hello' | 'pong' }>;

/** The server's side of a tab: does what it asks. */
export class LiveTab {
  readonly connection: LiveConnection;
  readonly #parts: LiveParts;
  readonly #subscriptions = new Map<string, () => void>();
  readonly #pages: LivePages;
  /** Requests that take a while are worked on in their order. */
  #queue: Promise<void> = Promise.resolve();

  constructor(connection: LiveConnection, parts: LiveParts) {
    this.connection = connection;
    this.#parts = parts;
    this.#pages = new LivePages(connection, parts);
  }

  /** Does what was asked; what is refused is told. */
  take(request: TabRequest): void {
    if (request.type === 'answer') this.#answer(request);
    else
      this.#queue = this.#queue
        .then(() => this.#take(request))
        .catch((error) => this.#refuse(request, error));
  }

  /** Resolves when all that was asked so far is done. */
  get idle(): Promise<void> {
    return this.#queue;
  }

  /** Its socket is gone: whoever comes back subscribes anew, and finds his pages for a while. */
  unsubscribe(): void {
    void this.#pages.cut();
    for (const end of this.#subscriptions.values()) end();
    this.#subscriptions.clear();
  }

  async #take(request: Exclude<TabRequest, { type: 'answer' }>): Promise<void> {
    switch (request.type) {
      case 'subscribe':
        await this.#subscribe(request);
        return;
      case 'unsubscribe':
        this.#drop(request.id);
        return;
      default:
        await this.#pages.take(request);
    }
  }

  #answer({ type, dialog, value }: Extract<TabRequest, { type: 'answer' }>): void {
    if (this.#parts.runs.answer(this.connection, dialog, value)) return;
    const error = new NightshiftError('NOT_FOUND', 'There is no such question, or it is over.');
    this.#refuse({ type, dialog, value }, error);
  }

  async #subscribe(request: SubscribeRequest): Promise<void> {
    const { platform, feed } = this.#parts;
    const { connection } = this;
    const { who, socket } = connection;
    this.#drop(request.id);
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX)
      throw new NightshiftError(
        'TOO_MANY_REQUESTS',
        `A connection has ${SUBSCRIPTIONS_MAX} subscriptions at most.`,
      );
    refuseBeyondScopes(request, connection);
    const caller = await callerOf(platform, who, { name: request.company, correlationId: connection.id });
    await demandToHear(caller, request);
    // Meanwhile it may have been cut; then it subscribes again.
    if (connection.socket !== socket || socket === null) return;
    const subscription = new Subscription(request, caller, { connection, feed }, () =>
      this.#drop(request.id),
    );
    this.#subscriptions.set(request.id, feed.add(subscription));
  }

  #drop(id: string): void {
    this.#subscriptions.get(id)?.();
    this.#subscriptions.delete(id);
  }

  #refuse(request: TabRequest, error: unknown): void {
    const { code, detail: message } = problemOf(error, this.connection.id);
    this.connection.send({ type: 'refused', of: request.type, id: subjectOf(request), code, message });
  }
}

function refuseBeyondScopes({ list }: SubscribeRequest, { who }: LiveConnection): void {
  const verb = LIVE_LISTS[list];
  if (who.scopes === null || who.scopes.has(verb)) return;
  throw new NightshiftError('PERMISSION_DENIED', `The API key lacks the scope ${verb}.`, {
    details: { verb },
  });
}

function subjectOf(request: TabRequest): string {
  if ('id' in request) return request.id;
  if ('dialog' in request) return request.dialog;
  return 'task' in request ? request.task : request.page;
}
