import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import { NO_NOTES, refuseTooDeep, type SessionHost, type SessionOutcome } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { press, runChild } from './child-session.ts';
import { OpenPage, type PageOwner, PageTask, type PageTaskOrder } from './open-page.ts';
import type { PageTaskCancelReason, PageTaskEnd, PageTriggers } from './page.ts';
import { cancelledEnd, endOf } from './page-task-end.ts';
import type { PageTaskOptions } from './page-task-options.ts';
import { tellClosed, tellPage } from './page-triggers.ts';
import { nextLink, triggering } from './trigger-chain.ts';

const COMMENTS: Readonly<Record<PageTaskCancelReason, string>> = {
  cancelled: 'the page background task was cancelled',
  record: 'the page shows another record',
  page: 'the page was closed',
  instance: 'the server instance is shutting down',
};

/** What the background tasks of pages are run with. */
export interface PageTasksParts {
  readonly host: SessionHost;
  readonly telemetry: Telemetry;
  readonly options: PageTaskOptions;
}

/** A page that is to be opened. */
export interface PageRequest {
  readonly name: string;
  readonly recordId: string | null;
  /** Unique among the pages of this instance; null: it is opened anew each time. */
  readonly key: string | null;
  readonly owner: PageOwner;
  readonly triggers: PageTriggers;
}

/** A task that is to be enqueued. */
export interface PageTaskRequest extends PageTaskOrder {
  /** The task from whose trigger it comes, where that cannot be seen from the code that runs; null: none. */
  readonly after: number | null;
}

/**
 * The open pages of one server instance and their background tasks: so many run of a page, so many of all, page by page in
 * turn; so many wait, the rest is refused.
 */
export class PageTasks {
  readonly #parts: PageTasksParts;
  readonly #pages = new Set<OpenPage>();
  readonly #byKey = new Map<string, OpenPage>();
  /** Pages that have something to run, and may. */
  readonly #line: OpenPage[] = [];
  #running = 0;
  #lastId = 0;
  #closed = false;

  constructor(parts: PageTasksParts) {
    this.#parts = parts;
  }

  get options(): PageTaskOptions {
    return this.#parts.options;
  }

  /** How many pages are open, and how many of their tasks run and wait. */
  get counts(): { readonly pages: number; readonly running: number; readonly waiting: number } {
    let waiting = 0;
    for (const page of this.#pages) waiting += page.waiting.length;
    return { pages: this.#pages.size, running: this.#running, waiting };
  }

  /** Opens a page, or finds the one that is open under the key. @throws NightshiftError PAGE_LIMIT_REACHED, PLATFORM_NOT_STARTED */
  open(request: PageRequest): OpenPage {
    const { name, recordId, key, owner, triggers } = request;
    if (this.#closed)
      throw new NightshiftError('PLATFORM_NOT_STARTED', 'The server instance is shutting down.');
    owner.door.refuseIfOver();
    const known = key === null ? undefined : this.#byKey.get(key);
    if (known !== undefined) {
      known.triggers = triggers;
      this.setRecord(known, recordId);
      return known;
    }
    const { pagesMax } = this.options;
    if (this.#pages.size >= pagesMax) {
      const text = `Page "${name}" was not opened: ${pagesMax} pages are open on this server instance.`;
      throw new NightshiftError('PAGE_LIMIT_REACHED', text, { details: { pages: pagesMax } });
    }
    const id = uuidV7(this.#parts.host.clock.now());
    const page = new OpenPage({ id, name, key, owner, triggers, recordId });
    this.#pages.add(page);
    if (key !== null) this.#byKey.set(key, page);
    owner.door.onEnd?.(() => this.close(page, 'page'));
    return page;
  }

  /** Shows another record: what was for the one before is cancelled, without a trigger. */
  setRecord(page: OpenPage, recordId: string | null): void {
    refuseClosed(page);
    if (page.recordId === recordId) return;
    page.moveTo(recordId);
    this.#cancelAll(page, 'record');
  }

  /** Closes a page and cancels its tasks. Returns whether it was open. */
  close(page: OpenPage, reason: PageTaskCancelReason = 'page'): boolean {
    if (!page.isOpen) return false;
    page.isOpen = false;
    this.#pages.delete(page);
    if (page.key !== null) this.#byKey.delete(page.key);
    this.#cancelAll(page, reason);
    tellClosed(page, reason);
    return true;
  }

  /**
   * Accepts a task.
   * @param turn which of the page's records it is for; for one that is not shown any more it is cancelled at once
   * @throws NightshiftError PAGE_CLOSED, PAGE_TASK_QUEUE_FULL, PAGE_TASK_LOOP, SESSION_DEPTH_EXCEEDED
   */
  enqueue(page: OpenPage, { after, ...order }: PageTaskRequest, turn: number): PageTask {
    refuseClosed(page);
    page.owner.door.refuseIfOver();
    const known = order.key === null ? undefined : page.byKey(order.key);
    if (known !== undefined) return known;
    const codeunit = order.target.name;
    refuseTooDeep(page.owner.door.lineage, codeunit);
    const before = triggering(page) ?? (after === null ? null : page.linkOf(after));
    const link = nextLink(page, codeunit, before, this.options.tasksMaxInARow);
    this.#refuseTooMany(page, codeunit);
    const { clock } = this.#parts.host;
    const task = new PageTask({ id: ++this.#lastId, page, order, link, turn }, clock.monotonic());
    if (turn !== page.turn) {
      void this.#settle(task, cancelledEnd(task.facts(clock.monotonic()), 'record'));
      return task;
    }
    page.remember(task);
    page.waiting.push(task);
    this.#toLine(page);
    this.#pump();
    return task;
  }

  /** Cancels a task by its id or its key. Returns whether it had not ended. */
  cancel(page: OpenPage, sought: number | string): boolean {
    const task = page.find(sought);
    if (task === undefined) return false;
    this.#cancel(task, 'cancelled');
    return true;
  }

  /** Opens no more pages, and cancels everything. */
  shutDown(): void {
    this.#closed = true;
    for (const page of [...this.#pages]) this.close(page, 'instance');
  }

  #refuseTooMany(page: OpenPage, codeunit: string): void {
    const { tasksMaxConcurrent, tasksMaxConcurrentPerPage, tasksMaxQueuedPerPage } = this.options;
    const waiting = page.waiting.length;
    const startsAtOnce =
      waiting === 0 && page.running.size < tasksMaxConcurrentPerPage && this.#running < tasksMaxConcurrent;
    if (startsAtOnce || waiting < tasksMaxQueuedPerPage) return;
    const running = page.running.size;
    throw new NightshiftError(
      'PAGE_TASK_QUEUE_FULL',
      `Background task "${codeunit}" of page "${page.name}" was not enqueued: ${running} of them run and ${waiting} wait.`,
      { details: { running, waiting, queue: tasksMaxQueuedPerPage } },
    );
  }

  /** Puts a page at the end of the line if it has something to run, and may. */
  #toLine(page: OpenPage): void {
    const mayRun = page.waiting.length > 0 && page.running.size < this.options.tasksMaxConcurrentPerPage;
    if (page.isInLine || !mayRun) return;
    page.isInLine = true;
    this.#line.push(page);
  }

  /** One task of each page in turn. */
  #pump(): void {
    while (this.#running < this.options.tasksMaxConcurrent) {
      const page = this.#line.shift();
      if (page === undefined) return;
      page.isInLine = false;
      const task = page.waiting.shift();
      if (task !== undefined) void this.#run(task);
      this.#toLine(page);
    }
  }

  async #run(task: PageTask): Promise<void> {
    const { host } = this.#parts;
    const sessionId = host.active.newId();
    this.#running++;
    task.page.running.add(task);
    task.begin(sessionId, host.clock.monotonic());
    const over = new AbortController();
    void this.#watchTime(task, sessionId, over.signal);
    const outcome = await runChild(host, task, sessionId).catch(failed);
    over.abort();
    // Code that still runs although its session was killed has no connection, and keeps no place: the page would wait for it.
    this.#running--;
    task.page.running.delete(task);
    const end = endOf(task, outcome, task.facts(host.clock.monotonic()));
    this.#toLine(task.page);
    this.#pump();
    await this.#settle(task, end);
  }

  async #watchTime(task: PageTask, sessionId: number, over: AbortSignal): Promise<void> {
    const { host } = this.#parts;
    const { timeoutMs } = task.order;
    await host.clock.sleep(timeoutMs, over);
    if (over.aborted) return;
    task.timedOut = true;
    host.active.stop(sessionId, 'timeout', `the task took longer than its timeout of ${timeoutMs} ms`);
    await press(host, sessionId);
  }

  #cancelAll(page: OpenPage, reason: PageTaskCancelReason): void {
    for (const task of [...page.waiting, ...page.running]) this.#cancel(task, reason);
  }

  #cancel(task: PageTask, reason: PageTaskCancelReason): void {
    const { host } = this.#parts;
    task.cancelled ??= reason;
    if (task.state === 'waiting') {
      task.page.waiting.splice(task.page.waiting.indexOf(task), 1);
      void this.#settle(task, cancelledEnd(task.facts(host.clock.monotonic()), reason));
      return;
    }
    if (task.sessionId === null) return;
    host.active.stop(task.sessionId, reason === 'instance' ? 'closing' : 'stopped', COMMENTS[reason]);
    void press(host, task.sessionId);
  }

  async #settle(task: PageTask, end: PageTaskEnd): Promise<void> {
    task.state = 'ended';
    this.#tell(task, end);
    await tellPage(task, end);
    task.finished.resolve(end);
  }

  #tell({ id, page }: PageTask, end: PageTaskEnd): void {
    const { telemetry } = this.#parts;
    if (!telemetry.active) return;
    const { codeunit, waitedMs, ranMs } =
      end.kind === 'completed' ? end.completion : end.kind === 'failed' ? end.failure : end.cancellation;
    const dimensions = { taskId: id, page: page.name, codeunit, user: page.user, waitedMs, ranMs };
    if (end.kind === 'completed') telemetry.emit('NS0080', dimensions);
    if (end.kind === 'failed')
      telemetry.emit('NS0081', { ...dimensions, code: end.failure.code, reason: end.failure.text });
    if (end.kind === 'cancelled')
      telemetry.emit('NS0082', { ...dimensions, reason: end.cancellation.reason });
  }
}

/** It could not even be begun. */
function failed(error: unknown): SessionOutcome<never> {
  return { kind: 'failed', error, notes: NO_NOTES };
}

function refuseClosed(page: OpenPage): void {
  if (page.isOpen) return;
  throw new NightshiftError('PAGE_CLOSED', `Page "${page.name}" is closed.`);
}
