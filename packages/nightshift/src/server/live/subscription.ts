import { LIVE_LISTS, type LiveEvent, type LiveRequest } from '../../contract/live.ts';
import type { Reach } from '../../contract/permissions.ts';
import { NightshiftError } from '../../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../../session/index.ts';
import type { ListChange } from './list-look.ts';
import type { LiveConnection } from './live-connection.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Listener } from './live-listener.ts';
import { ROW_READERS } from './row-readers.ts';

/** What a client wants to hear of. */
export type SubscribeRequest = Extract<LiveRequest, { type: 'subscribe' }>;

/** What a subscription is told. */
type Told = Extract<LiveEvent, { type: 'subscribed' | 'change' | 'ended' }>;

/** What somebody may hear of a list now. A right that reaches only what is his own is told apart. */
async function reachNow(caller: Caller, list: SubscribeRequest['list']): Promise<Reach | null> {
  const door = doorOf(caller);
  const authority = door.service(AUTHORITY);
  const actor = actorOf(door);
  const verb = LIVE_LISTS[list];
  const wish = { kind: 'list', id: null, name: list };
  try {
    if (await authority.may(actor, verb, { ...wish, isOwn: false })) return 'any';
    return (await authority.may(actor, verb, wish)) ? 'own' : null;
  } catch {
    return null; // he is no more
  }
}

/**
 * Lets somebody hear of a list or a row, or refuses it as reading it would be; refusals are in the audit log.
 * @throws NightshiftError PERMISSION_DENIED; what reading the row throws
 */
export async function demandToHear(caller: Caller, { list, row }: SubscribeRequest): Promise<void> {
  const door = doorOf(caller);
  const wish = { kind: 'list', id: null, name: list };
  if (row === undefined) await door.service(AUTHORITY).demand(actorOf(door), LIVE_LISTS[list], wish);
  else await ROW_READERS[list](caller, row);
}

/** What a client hears of a list or of a row. */
export class Subscription implements Listener {
  readonly list: SubscribeRequest['list'];
  readonly companyNo: number;
  readonly row: string | null;
  readonly since: string | null;
  readonly #id: string;
  readonly #caller: Caller;
  readonly #connection: LiveConnection;
  readonly #feed: LiveFeed;
  readonly #onEnd: () => void;
  /** What could not be sent. */
  #waiting: Told[] = [];

  constructor(
    { id, list, row, since }: SubscribeRequest,
    caller: Caller,
    { connection, feed }: { readonly connection: LiveConnection; readonly feed: LiveFeed },
    onEnd: () => void,
  ) {
    this.#id = id;
    this.list = list;
    this.row = row ?? null;
    this.since = since ?? null;
    this.#caller = caller;
    this.companyNo = doorOf(caller).company.no;
    this.#connection = connection;
    this.#feed = feed;
    this.#onEnd = onEnd;
  }

  reach(): Promise<Reach | null> {
    return reachNow(this.#caller, this.list);
  }

  begin(position: string, reset: boolean): void {
    this.#send({ type: 'subscribed', id: this.#id, position, reset });
  }

  async hear(position: string, change: ListChange, reach: Reach): Promise<void> {
    if (reach === 'own' && this.row !== null && !(await this.#mayStillRead(change))) return;
    const isHidden = reach === 'own' && this.row === null;
    const rows = isHidden ? null : change.rows === null ? null : [...change.rows];
    this.#send({ type: 'change', id: this.#id, position, rows, removed: change.removed });
  }

  catchUp(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#send(event);
  }

  end(): void {
    this.#over('PERMISSION_DENIED', 'The right to see that is gone.');
  }

  /** A row that is his own may have become another's. */
  async #mayStillRead({ removed }: ListChange): Promise<boolean> {
    if (removed) return true;
    try {
      await ROW_READERS[this.list](this.#caller, this.row ?? '');
      return true;
    } catch (error) {
      // A database that does not answer says nothing about rights.
      if (!(error instanceof NightshiftError) || error.status >= 500) return true;
      this.#over(error.code, error.message);
      return false;
    }
  }

  #over(code: string, message: string): void {
    this.#onEnd();
    this.#send({ type: 'ended', id: this.#id, code, message });
  }

  /** What a slow reader cannot take now is kept as one change. */
  #send(event: Told): void {
    if (this.#waiting.length === 0 && this.#connection.send(event)) return;
    const last = this.#waiting.at(-1);
    if (last?.type === 'change' && event.type === 'change') {
      this.#waiting.pop();
      this.#waiting.push({ ...event, rows: null, removed: true });
    } else this.#waiting.push(event);
    if (!this.#connection.ended.aborted) this.#feed.fellBehind(this);
  }
}
