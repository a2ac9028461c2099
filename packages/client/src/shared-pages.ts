import {
  openPage,
  type PageLink,
  type PageSession,
  type PageTask,
  type PageTaskOptions,
  type Texts,
} from './page.ts';
import type { PageTaskError } from './page-task.ts';

/** How long what was made for a render that never came to be shown is kept, in milliseconds. */
const UNUSED_MS = 5_000;

/** Where a request stands. `idle`: nobody has asked yet. */
export type TaskStatus = 'idle' | 'pending' | 'completed' | 'failed' | 'cancelled';

/** What a request looks like at one moment; the same object until something changes. */
export interface RequestSnapshot {
  readonly status: TaskStatus;
  readonly result: Texts | null;
  readonly error: PageTaskError | null;
}

const IDLE: RequestSnapshot = Object.freeze({ status: 'idle', result: null, error: null });

/** Something that several components use together, and that ends soon after the last one has left. */
abstract class Shared {
  readonly #link: PageLink;
  #users = 0;
  #wasShown = false;
  #looks = 0;

  constructor(link: PageLink) {
    this.#link = link;
  }

  /** Whether somebody waits for it who shows nothing yet. */
  protected get isAwaited(): boolean {
    return false;
  }

  /** Whether a component shows it. */
  get isShown(): boolean {
    return this.#users > 0;
  }

  /** Whether one did. */
  protected get wasShown(): boolean {
    return this.#wasShown;
  }

  /** A component shows it. @returns what says that it does not any more */
  retain(): () => void {
    this.#users++;
    this.#wasShown = true;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#users--;
      // A component that leaves and comes back at once, as in StrictMode, has never left.
      void this.endIfUnused(0);
    };
  }

  /** Ends it unless a component shows it by then. */
  async endIfUnused(ms: number): Promise<void> {
    this.#looks++;
    const look = this.#looks;
    await this.#link.sleep(ms);
    if (this.#users > 0 || (ms > 0 && look !== this.#looks)) return;
    if (this.isAwaited) await this.endIfUnused(UNUSED_MS);
    else this.end();
  }

  protected abstract end(): void;
}

/** A background task that components ask for together: the same codeunit with the same parameters, of the same page. */
export class SharedRequest extends Shared {
  readonly #start: () => PageTask;
  readonly #onEnd: () => void;
  readonly #listeners = new Set<() => void>();
  #task: PageTask | null = null;
  #isSuspending = false;
  #snapshot = IDLE;
  /** For Suspense: settles with the task, and never rejects. */
  settled: Promise<void> = Promise.resolve();

  constructor(link: PageLink, start: () => PageTask, onEnd: () => void) {
    super(link);
    this.#start = start;
    this.#onEnd = onEnd;
  }

  override get isAwaited(): boolean {
    return this.#isSuspending && this.#snapshot.status === 'pending';
  }

  override retain(): () => void {
    this.#isSuspending = false;
    return super.retain();
  }

  /** Asks for a component that shows nothing before there is an answer. */
  suspend(): Promise<void> {
    this.#isSuspending = true;
    this.start();
    return this.settled;
  }

  /** Asks, unless that was done. */
  start(): void {
    if (this.#task !== null) return;
    const task = this.#start();
    this.#task = task;
    this.#show({ status: 'pending', result: null, error: null });
    this.settled = task.result.then(
      (result) => this.#show({ status: 'completed', result, error: null }),
      (error: PageTaskError) =>
        this.#show({ status: task.state === 'cancelled' ? 'cancelled' : 'failed', result: null, error }),
    );
  }

  readonly cancel = (): void => this.#task?.cancel();

  readonly snapshot = (): RequestSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  protected override end(): void {
    this.#onEnd();
    this.#task?.cancel();
  }

  #show(snapshot: RequestSnapshot): void {
    this.#snapshot = Object.freeze(snapshot);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What a page is known by. */
interface PageFacts {
  readonly company: string;
  readonly name: string;
  readonly recordId: string | null;
}

/** What a page has besides. */
interface PageParts {
  readonly link: PageLink;
  readonly open: () => PageSession;
  /** The pages of the same name, in the same company. */
  readonly siblings: () => Iterable<SharedPage>;
  readonly onEnd: () => void;
}

/** A page that components show together: the same name, with the same record. */
export class SharedPage extends Shared {
  readonly name: string;
  readonly recordId: string | null;
  readonly #parts: PageParts;
  readonly #requests = new Map<string, SharedRequest>();
  /** Tasks that components have asked for. */
  readonly #asked = new Set<string>();
  #session: PageSession | null = null;
  #silence: () => void = () => undefined;

  constructor({ name, recordId }: PageFacts, parts: PageParts) {
    super(parts.link);
    this.name = name;
    this.recordId = recordId;
    this.#parts = parts;
  }

  /**
   * The page itself, from when it is first needed. A page of the same name that components have just left goes on with this
   * record; otherwise one is opened.
   */
  get session(): PageSession {
    if (this.#session !== null) return this.#session;
    const session = this.#takeOver() ?? this.#parts.open();
    this.#session = session;
    // Whoever asks for a task deals with its error.
    this.#silence = session.on('failed', (failure) => {
      if (this.#asked.has(failure.taskId)) failure.isHandled = true;
    });
    return session;
  }

  /** To people it is one page that shows another record, and its limits are those of one. */
  #takeOver(): PageSession | null {
    for (const sibling of this.#parts.siblings()) {
      const session = sibling !== this && sibling.#isLeft ? sibling.#giveUp() : null;
      if (session?.isOpen !== true) continue;
      session.setCurrentRecord(this.recordId);
      return session;
    }
    return null;
  }

  get #isLeft(): boolean {
    return this.wasShown && !this.isShown && ![...this.#requests.values()].some(({ isShown }) => isShown);
  }

  /** Lets go of what it has; whoever shows it again finds nothing of before. */
  #giveUp(): PageSession | null {
    const session = this.#session;
    this.#session = null;
    this.#requests.clear();
    this.#silence();
    this.#parts.onEnd();
    return session;
  }

  protected override get isAwaited(): boolean {
    // Who suspended below a component that has left is gone with it.
    return !this.wasShown && [...this.#requests.values()].some((request) => request.isAwaited);
  }

  /** The request of a codeunit with parameters; nothing is asked before it is started. */
  request(codeunit: string, parameters: Texts, options: PageTaskOptions): SharedRequest {
    const key = JSON.stringify([codeunit, Object.entries(parameters).sort(byName), options]);
    const known = this.#requests.get(key);
    if (known !== undefined) return known;
    const start = () => {
      const task = this.session.enqueue(codeunit, parameters, options);
      this.#asked.add(task.id);
      return task;
    };
    const made: SharedRequest = new SharedRequest(this.#parts.link, start, () => {
      if (this.#requests.get(key) === made) this.#requests.delete(key);
    });
    this.#requests.set(key, made);
    void made.endIfUnused(UNUSED_MS);
    return made;
  }

  protected override end(): void {
    this.#giveUp()?.close();
  }
}

function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

/** Of a connection: by company and name, then by record. */
const shared = new WeakMap<PageLink, Map<string, Map<string | null, SharedPage>>>();

/** The page of a name with a record, over a connection. */
export function sharedPage(link: PageLink, facts: PageFacts): SharedPage {
  const pages = pagesLike(link, facts);
  const { recordId } = facts;
  const known = pages.get(recordId);
  if (known !== undefined) return known;
  const page: SharedPage = new SharedPage(facts, {
    link,
    open: () => openPage(link, facts),
    siblings: () => pages.values(),
    onEnd: () => {
      if (pages.get(recordId) === page) pages.delete(recordId);
    },
  });
  pages.set(recordId, page);
  void page.endIfUnused(UNUSED_MS);
  return page;
}

function pagesLike(link: PageLink, { company, name }: PageFacts): Map<string | null, SharedPage> {
  const all = shared.get(link) ?? new Map<string, Map<string | null, SharedPage>>();
  shared.set(link, all);
  const key = JSON.stringify([company, name]);
  const pages = all.get(key) ?? new Map<string | null, SharedPage>();
  all.set(key, pages);
  return pages;
}
