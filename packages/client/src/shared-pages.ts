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
  #looks = 0;

  constructor(link: PageLink) {
    this.#link = link;
  }

  /** Whether somebody waits for it who shows nothing yet. */
  protected get isAwaited(): boolean {
    return false;
  }

  /** A component shows it. @returns what says that it does not any more */
  retain(): () => void {
    this.#users++;
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

/** A page that components show together: the same name, with the same record. */
export class SharedPage extends Shared {
  readonly name: string;
  readonly recordId: string | null;
  readonly #link: PageLink;
  readonly #open: () => PageSession;
  readonly #onEnd: () => void;
  readonly #requests = new Map<string, SharedRequest>();
  /** Tasks that components have asked for. */
  readonly #asked = new Set<string>();
  #session: PageSession | null = null;

  constructor(
    link: PageLink,
    facts: { readonly company: string; readonly name: string; readonly recordId: string | null },
    onEnd: () => void,
  ) {
    super(link);
    this.#link = link;
    this.name = facts.name;
    this.recordId = facts.recordId;
    this.#open = () => openPage(link, facts);
    this.#onEnd = onEnd;
  }

  /** The page itself; opened when it is first needed. */
  get session(): PageSession {
    if (this.#session !== null) return this.#session;
    const session = this.#open();
    this.#session = session;
    // Whoever asks for a task deals with its error.
    session.on('failed', (failure) => {
      if (this.#asked.has(failure.taskId)) failure.isHandled = true;
    });
    return session;
  }

  protected override get isAwaited(): boolean {
    return [...this.#requests.values()].some((request) => request.isAwaited);
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
    const made = new SharedRequest(this.#link, start, () => this.#requests.delete(key));
    this.#requests.set(key, made);
    void made.endIfUnused(UNUSED_MS);
    return made;
  }

  protected override end(): void {
    this.#onEnd();
    this.#session?.close();
  }
}

function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

const shared = new WeakMap<PageLink, Map<string, SharedPage>>();

/** The page of a name with a record, over a connection. */
export function sharedPage(
  link: PageLink,
  facts: { readonly company: string; readonly name: string; readonly recordId: string | null },
): SharedPage {
  const pages = shared.get(link) ?? new Map<string, SharedPage>();
  shared.set(link, pages);
  const key = JSON.stringify([facts.company, facts.name, facts.recordId]);
  const known = pages.get(key);
  if (known !== undefined) return known;
  const page: SharedPage = new SharedPage(link, facts, () => {
    if (pages.get(key) === page) pages.delete(key);
  });
  pages.set(key, page);
  void page.endIfUnused(UNUSED_MS);
  return page;
}
