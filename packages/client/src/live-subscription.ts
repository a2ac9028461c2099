import type { LinkListener, LiveLink } from './live-link.ts';
import type { LiveChange, LiveEvent, LiveList, LiveRow } from './live-messages.ts';

/** What somebody wants to hear of. */
export interface LiveTopic {
  readonly list: LiveList;
  readonly company: string;
  /** Only the row of this id, number or code. Default: the whole list. */
  readonly row?: string;
}

/** Why a subscription is over, or was refused. */
export interface LiveEnd {
  /** The code of an error, such as `PERMISSION_DENIED`. */
  readonly code: string;
  readonly message: string;
}

/** Who is told. */
export interface TopicListener {
  readonly onChange: (change: LiveChange) => void;
  readonly onEnd: (end: LiveEnd) => void;
}

/** That everything may have changed. */
const ANYTHING: LiveChange = Object.freeze({ rows: null, removed: true });

/** One subscription: made again on each connection, from where it was. What comes while it is held is told as one. */
export class LiveSubscription implements LinkListener {
  readonly #id: string;
  readonly #topic: LiveTopic;
  readonly #link: LiveLink;
  readonly #listener: TopicListener;
  #position: string | null = null;
  #isHeld = false;
  #held: LiveChange | null = null;
  #isOver = false;

  constructor(id: string, topic: LiveTopic, link: LiveLink, listener: TopicListener) {
    this.#id = id;
    this.#topic = topic;
    this.#link = link;
    this.#listener = listener;
  }

  onWelcome(): void {
    if (this.#isOver) return;
    const since = this.#position === null ? {} : { since: this.#position };
    this.#link.send({ type: 'subscribe', id: this.#id, ...this.#topic, ...since });
  }

  onEvent(event: LiveEvent): void {
    if (event['id'] !== this.#id || this.#isOver) return;
    if (event.type === 'subscribed' || event.type === 'change') {
      this.#position = String(event['position']);
      if (event.type === 'change') this.#tell(changeOf(event));
      else if (event['reset'] === true) this.#tell(ANYTHING);
    } else if (event.type === 'ended' || (event.type === 'refused' && event['of'] === 'subscribe')) {
      this.#isOver = true;
      this.#listener.onEnd({ code: String(event['code']), message: String(event['message']) });
    }
  }

  /** Nobody tells what happens, so that everything may have. */
  poll(): void {
    if (!this.#isOver) this.#tell(ANYTHING);
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    const held = this.#held;
    if (isHeld || held === null) return;
    this.#held = null;
    this.#listener.onChange(held);
  }

  end(): void {
    this.#isOver = true;
    this.#link.send({ type: 'unsubscribe', id: this.#id });
  }

  #tell(change: LiveChange): void {
    if (!this.#isHeld) this.#listener.onChange(change);
    else this.#held = this.#held === null ? change : ANYTHING;
  }
}

function changeOf(event: LiveEvent): LiveChange {
  return { rows: event['rows'] as readonly LiveRow[] | null, removed: event['removed'] === true };
}
