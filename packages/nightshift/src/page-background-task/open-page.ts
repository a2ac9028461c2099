import type { AnyCodeunit, CallerDoor } from '../session/index.ts';
import type {
  Page,
  PageErrorLevel,
  PageTaskCancelReason,
  PageTaskEnd,
  PageTaskFacts,
  PageTriggers,
} from './page.ts';
import type { TextDictionary } from './text-dictionary.ts';
import type { ChainLink } from './trigger-chain.ts';

/** As whom and how the tasks of a page run. */
export interface PageOwner {
  readonly door: CallerDoor;
  readonly language: string;
  readonly timeZone: string;
  /** Whether he is told call stacks. */
  readonly isDeveloper: boolean;
}

/** Tasks that have ended and are still known by their keys, or by their ids. */
const REMEMBERED_MAX = 500;

/** An open page, with its tasks. */
export class OpenPage implements Page {
  readonly id: string;
  readonly name: string;
  /** Under which it is found when it is opened again; null: it is not. */
  readonly key: string | null;
  readonly owner: PageOwner;
  triggers: PageTriggers;
  recordId: string | null;
  /** Grows with every other record. */
  turn = 0;
  isOpen = true;
  readonly waiting: PageTask[] = [];
  readonly running = new Set<PageTask>();
  /** Who close it together, by letting go of it. */
  holders = 0;
  /** Whether it stands in the line of pages that have something to run. */
  isInLine = false;
  readonly #byKey = new Map<string, PageTask>();
  readonly #links = new Map<number, ChainLink>();

  constructor(facts: Pick<OpenPage, 'id' | 'name' | 'key' | 'owner' | 'triggers' | 'recordId'>) {
    this.id = facts.id;
    this.name = facts.name;
    this.key = facts.key;
    this.owner = facts.owner;
    this.triggers = facts.triggers;
    this.recordId = facts.recordId;
  }

  get user(): string {
    return this.owner.door.user.name;
  }

  get company(): string {
    return this.owner.door.company.name;
  }

  /** The task that was enqueued under a key for the present record; undefined: none. */
  byKey(key: string): PageTask | undefined {
    return this.#byKey.get(key);
  }

  /** The chain that a task of this page belongs to; null: it is not known any more. */
  linkOf(taskId: number): ChainLink | null {
    return this.#links.get(taskId) ?? null;
  }

  remember(task: PageTask): void {
    const { key } = task.order;
    if (key !== null) keep(this.#byKey, key, task);
    keep(this.#links, task.id, task.link);
  }

  /** It shows another record from now on. */
  moveTo(recordId: string | null): void {
    this.recordId = recordId;
    this.turn++;
    this.#byKey.clear();
  }

  /** The task of an id, or of a key, that has not ended. */
  find(sought: number | string): PageTask | undefined {
    const fits = ({ id, order }: PageTask) => id === sought || order.key === sought;
    return this.waiting.find(fits) ?? [...this.running].find(fits);
  }
}

function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.set(key, value);
  if (map.size <= REMEMBERED_MAX) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** What is to be run for a page. */
export interface PageTaskOrder {
  readonly target: AnyCodeunit;
  readonly parameters: TextDictionary;
  /** Milliseconds from its start; cut already. */
  readonly timeoutMs: number;
  readonly errorLevel: PageErrorLevel;
  /** A repeat for the same record finds the first one; null: it is run again. */
  readonly key: string | null;
  /** Whether the triggers of the page run when it has ended. */
  readonly triggers: boolean;
}

/** A background task of a page, from its acceptance to its end: waiting → running → ended. */
export class PageTask {
  readonly id: number;
  readonly page: OpenPage;
  readonly order: PageTaskOrder;
  readonly link: ChainLink;
  /** Which of the page's records it is for; the same record again is another one. */
  readonly turn: number;
  readonly #recordId: string | null;
  state: 'waiting' | 'running' | 'ended' = 'waiting';
  /** Its child session; null while it waits. */
  sessionId: number | null = null;
  /** Why it is being cancelled; null: it is not. */
  cancelled: PageTaskCancelReason | null = null;
  timedOut = false;
  readonly finished = Promise.withResolvers<PageTaskEnd>();
  readonly #enqueuedAt: number;
  #startedAt: number | null = null;

  /** @param now on the monotonic clock */
  constructor(
    { id, page, order, link, turn }: Pick<PageTask, 'id' | 'page' | 'order' | 'link' | 'turn'>,
    now: number,
  ) {
    this.id = id;
    this.page = page;
    this.order = order;
    this.link = link;
    this.turn = turn;
    this.#recordId = page.recordId;
    this.#enqueuedAt = now;
  }

  begin(sessionId: number, now: number): void {
    this.state = 'running';
    this.sessionId = sessionId;
    this.#startedAt = now;
  }

  /** Whether its page is still where it was when the task was enqueued. */
  get isWanted(): boolean {
    return this.cancelled === null && this.page.isOpen && this.turn === this.page.turn;
  }

  facts(now: number): PageTaskFacts {
    const started = this.#startedAt ?? now;
    return {
      page: this.page,
      taskId: this.id,
      codeunit: this.order.target.name,
      key: this.order.key,
      recordId: this.#recordId,
      waitedMs: Math.max(0, Math.round(started - this.#enqueuedAt)),
      ranMs: Math.max(0, Math.round(now - started)),
    };
  }
}
