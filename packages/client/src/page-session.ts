import type { LinkEvent, PageLink } from './page-link.ts';
import type { Outgoing, PageOutbox } from './page-outbox.ts';
import {
  type EndedTask,
  type FailedTask,
  type PageErrorLevel,
  type PageEvents,
  type PageTask,
  PageTaskError,
  type PageTaskOptions,
  PendingTask,
  type Texts,
} from './page-task.ts';

/** A page that is to be opened. */
export interface PageOptions {
  /** The company in which its tasks run. */
  readonly company: string;
  /** For people; 1 to 100 characters. */
  readonly name: string;
  /** The record that it shows, up to 250 characters. Default: null, none. */
  readonly recordId?: string | null;
}

/** An opening names so many tasks at most. The first are those that the server may know: of a page it takes 105. */
const TASKS_MAX = 1_000;

type Listener<Name extends keyof PageEvents> = (event: PageEvents[Name]) => void;

/** A page of this tab. */
export interface PageSession {
  readonly name: string;
  readonly company: string;
  readonly recordId: string | null;
  readonly isOpen: boolean;
  /**
   * Runs a codeunit in the background. Of a page 5 run and 100 wait.
   * @returns the task at once; how it ends, its `result` and the events tell
   */
  enqueue(codeunit: string, parameters?: Texts, options?: PageTaskOptions): PageTask;
  /** Shows another record: what is under way for the one before is cancelled, and says nothing. */
  setCurrentRecord(recordId: string | null): void;
  /** Listens. @returns what ends it */
  on<Name extends keyof PageEvents>(name: Name, listener: Listener<Name>): () => void;
  /** Closes it, and cancels what is under way. */
  close(): void;
}

/** A page over the connection of its tab. */
export class OpenedPage implements PageSession {
  /** Its name on the connection. */
  readonly id: string;
  readonly name: string;
  readonly company: string;
  recordId: string | null;
  isOpen = true;
  readonly #link: PageLink;
  readonly #outbox: PageOutbox;
  readonly #onClose: () => void;
  readonly #pending = new Map<string, PendingTask>();
  readonly #listeners = new Map<keyof PageEvents, Set<Listener<never>>>();
  /** The task whose end is being dealt with. */
  #dealingWith: string | null = null;
  readonly #leave: () => void;
  /** How often its opening was said and not taken back; 0: the server does not know it. */
  #openings = 0;

  constructor(
    id: string,
    { company, name, recordId = null }: PageOptions,
    parts: { readonly link: PageLink; readonly outbox: PageOutbox; readonly onClose: () => void },
  ) {
    this.id = id;
    this.name = name;
    this.company = company;
    this.recordId = recordId;
    this.#link = parts.link;
    this.#outbox = parts.outbox;
    this.#onClose = parts.onClose;
    this.#leave = this.#link.listen({
      onWelcome: () => this.#say(),
      onEvent: (event) => this.#hear(event),
    });
  }

  enqueue(codeunit: string, parameters: Texts = {}, options: PageTaskOptions = {}): PageTask {
    const seed = { codeunit, parameters, options, after: this.#dealingWith, recordId: this.recordId };
    const task = new PendingTask(seed, (unwanted) => this.#cancel(unwanted));
    if (!this.isOpen) {
      task.failed(new PageTaskError('PAGE_CLOSED', `Page "${this.name}" is closed.`));
      return task;
    }
    this.#pending.set(task.id, task);
    this.#outbox.send(this.#orderOf(task));
    return task;
  }

  setCurrentRecord(recordId: string | null): void {
    if (!this.isOpen || recordId === this.recordId) return;
    this.recordId = recordId;
    const { id } = this;
    const unsent = this.#takeBack();
    this.#cancelAll('the page shows another record');
    // Of a record between the server has not heard: where this is the one that it knows, nothing would be cancelled there.
    if (unsent.some(({ type }) => type === 'setCurrentRecord' || type === 'openPage')) this.#sayOpening();
    else this.#outbox.send({ type: 'setCurrentRecord', page: id, recordId });
  }

  on<Name extends keyof PageEvents>(name: Name, listener: Listener<Name>): () => void {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(listener as Listener<never>));
    return () => void all.delete(listener as Listener<never>);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#takeBack();
    // Of a page that was left before its turn to be opened the server never hears: who skips through pages is not held up by it.
    if (this.#openings > 0) this.#outbox.send({ type: 'closePage', page: this.id });
    this.#leave();
    this.#onClose();
    this.#cancelAll('the page was closed');
  }

  /** The browser leaves the document, perhaps to come back: the server need not wait for that. */
  leave(): void {
    this.#takeBack();
    this.#outbox.send({ type: 'closePage', page: this.id });
  }

  /** The browser has come back. */
  enter(): void {
    this.#say();
  }

  /** Says how things stand: the page, and what it waits for. What the server knows already has no second effect. */
  #say(): void {
    this.#takeBack();
    this.#sayOpening();
    for (const task of this.#pending.values()) this.#outbox.send(this.#orderOf(task));
  }

  /** What was cancelled meanwhile is not among its tasks. */
  #sayOpening(): void {
    const { id: page, company, name, recordId } = this;
    this.#openings++;
    const tasks = [...this.#pending.keys()].slice(0, TASKS_MAX);
    this.#outbox.send({ type: 'openPage', page, company, name, recordId, tasks });
  }

  /** What has not been sent will not be. @returns that */
  #takeBack(): readonly Outgoing[] {
    const unsent = this.#outbox.drop(({ page }) => page === this.id);
    this.#openings -= unsent.filter(({ type }) => type === 'openPage').length;
    return unsent;
  }

  #orderOf({ id, codeunit, parameters, options, after }: PendingTask): Outgoing {
    const { timeout: timeoutMs, errorLevel } = options;
    return {
      ...{ type: 'enqueueTask', page: this.id, task: id, codeunit, parameters },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(errorLevel === undefined ? {} : { errorLevel }),
      ...(after === null ? {} : { after }),
    };
  }

  #cancel(task: PendingTask): void {
    const isSent = this.#pending.delete(task.id);
    this.#outbox.drop((message) => message['task'] === task.id);
    if (isSent) this.#outbox.send({ type: 'cancelTask', page: this.id, task: task.id });
    this.#cancelled(task, 'it was cancelled');
  }

  #cancelAll(why: string): void {
    const unwanted = [...this.#pending.values()];
    this.#pending.clear();
    for (const task of unwanted) this.#cancelled(task, why);
  }

  #cancelled(task: PendingTask, why: string): void {
    const { id: taskId, codeunit } = task;
    task.failed(
      new PageTaskError('PAGE_TASK_CANCELLED', `Background task "${codeunit}" was cancelled: ${why}.`),
    );
    this.#emit('cancelled', { taskId, codeunit });
  }

  #hear(event: LinkEvent): void {
    if (event.type === 'refused') this.#refused(event);
    else if (event['page'] === this.id) this.#hearOwn(event);
  }

  #hearOwn(event: LinkEvent): void {
    const task = this.#pending.get(String(event['task']));
    // Whatever closed it, it was not this page: it is opened again, and what it waits for is enqueued again.
    if (event.type === 'pageClosed' && event['reason'] !== null) this.#say();
    else if (event.type === 'taskCompleted' && task !== undefined) this.#completed(task, event);
    else if (event.type === 'taskFailed' && task !== undefined) this.#failed(task, event);
  }

  #completed(task: PendingTask, event: LinkEvent): void {
    this.#pending.delete(task.id);
    const results = event['results'] as Texts;
    task.completed(results);
    this.#dealWith(task, () => this.#emit('completed', { ...ended(task, event), results }));
  }

  #failed(task: PendingTask, event: LinkEvent): void {
    const { code, message } = event['error'] as { code: string | null; message: string };
    this.#fail(task, {
      ...ended(task, event),
      code: code ?? 'CODEUNIT_ERROR',
      text: message,
      callStack: (event['callStack'] as string | null) ?? null,
      errorLevel: event['errorLevel'] as PageErrorLevel,
      isHandled: false,
    });
  }

  /** What the server did not take: this page, or a task of it. */
  #refused({ of, id, code, message }: LinkEvent): void {
    const task = this.#pending.get(String(id));
    const isOwn = id === this.id;
    if (code === 'PAGE_CLOSED' && (task !== undefined || isOwn)) {
      this.#say();
      return;
    }
    const failed =
      isOwn && of === 'openPage' ? [...this.#pending.values()] : task === undefined ? [] : [task];
    for (const each of failed) {
      const errorLevel = each.options.errorLevel ?? 'error';
      const what = { code: String(code), text: String(message), callStack: null, errorLevel };
      this.#fail(each, { ...ended(each, {}), ...what, isHandled: false });
    }
  }

  #fail(task: PendingTask, failure: FailedTask): void {
    this.#pending.delete(task.id);
    const { taskId, code, text, callStack, errorLevel } = failure;
    task.failed(new PageTaskError(code, text, callStack));
    this.#dealWith(task, () => this.#emit('failed', failure));
    if (!failure.isHandled && errorLevel !== 'ignore')
      this.#emit('notification', { taskId, level: errorLevel, code, text });
  }

  #dealWith(task: PendingTask, tell: () => void): void {
    const before = this.#dealingWith;
    this.#dealingWith = task.id;
    try {
      tell();
    } catch (error) {
      // As in Business Central: an error of a trigger is always shown as an error.
      const text = error instanceof Error ? error.message : String(error);
      this.#emit('notification', { taskId: task.id, level: 'error', code: 'CODEUNIT_ERROR', text });
    } finally {
      this.#dealingWith = before;
    }
  }

  #emit<Name extends keyof PageEvents>(name: Name, event: PageEvents[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) (listener as Listener<Name>)(event);
  }
}

function ended(
  { id: taskId, codeunit, recordId }: PendingTask,
  event: Readonly<Record<string, unknown>>,
): EndedTask {
  const { waitedMs = 0, ranMs = 0 } = event as { waitedMs?: number; ranMs?: number };
  return { taskId, codeunit, recordId, waitedMs, ranMs };
}
