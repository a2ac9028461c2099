/** Flat text by name: what a background task is given, and what it answers. */
export type Texts = Readonly<Record<string, string>>;

/** How an error is shown that nobody handles. */
export type PageErrorLevel = 'error' | 'warning' | 'ignore';

/** How a background task is enqueued. */
export interface PageTaskOptions {
  /** Milliseconds that it may run, from its start; more than 10 min are cut. Default: 2 min. */
  readonly timeout?: number;
  /** Default: `error`. */
  readonly errorLevel?: PageErrorLevel;
}

/** That a background task failed: decide by `code`. */
export class PageTaskError extends Error {
  override readonly name = 'PageTaskError';
  /** CHILD_SESSION_TASK_TIMEOUT, READ_ONLY, PAGE_TASK_QUEUE_FULL …, or the codeunit's own; PAGE_TASK_CANCELLED when nobody wants it. */
  readonly code: string;
  /** Where, for developers; null for everybody else. */
  readonly callStack: string | null;

  constructor(code: string, message: string, callStack: string | null = null) {
    super(message);
    this.code = code;
    this.callStack = callStack;
  }
}

/** A background task of a page. */
export interface PageTask {
  readonly id: string;
  readonly codeunit: string;
  readonly state: 'pending' | 'completed' | 'failed' | 'cancelled';
  /** Its answer. Rejects with PageTaskError; who only listens to events may leave it alone. */
  readonly result: Promise<Texts>;
  /** Ends it; its result rejects with PAGE_TASK_CANCELLED. Harmless when it has ended. */
  cancel(): void;
}

/** What is known of a task that has ended. */
export interface EndedTask {
  readonly taskId: string;
  readonly codeunit: string;
  readonly recordId: string | null;
  /** Milliseconds that it waited for its turn, and ran. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

/** It came to its end. */
export interface CompletedTask extends EndedTask {
  readonly results: Texts;
}

/** It failed; a listener that deals with it sets `isHandled`, and nothing is shown. */
export interface FailedTask extends EndedTask {
  readonly code: string;
  readonly text: string;
  readonly callStack: string | null;
  readonly errorLevel: PageErrorLevel;
  isHandled: boolean;
}

/** What the page shows. */
export interface PageNotification {
  readonly taskId: string;
  readonly level: 'error' | 'warning';
  readonly code: string;
  readonly text: string;
}

/** What can be listened to. */
export interface PageEvents {
  readonly completed: CompletedTask;
  readonly failed: FailedTask;
  readonly cancelled: { readonly taskId: string; readonly codeunit: string };
  readonly notification: PageNotification;
}

let made = 0;

/** A name for a task. Unique in the tab is enough: on the server it is a name within the connection. */
export function newTaskId(): string {
  made++;
  return `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`;
}

/** A task that the page waits for. */
export class PendingTask implements PageTask {
  readonly id = newTaskId();
  readonly codeunit: string;
  readonly parameters: Texts;
  readonly options: PageTaskOptions;
  /** The task whose end was being dealt with when it was enqueued. */
  readonly after: string | null;
  readonly recordId: string | null;
  state: PageTask['state'] = 'pending';
  readonly #result = Promise.withResolvers<Texts>();
  readonly #onCancel: (task: PendingTask) => void;

  constructor(
    seed: Pick<PendingTask, 'codeunit' | 'parameters' | 'options' | 'after' | 'recordId'>,
    onCancel: (task: PendingTask) => void,
  ) {
    this.codeunit = seed.codeunit;
    this.parameters = seed.parameters;
    this.options = seed.options;
    this.after = seed.after;
    this.recordId = seed.recordId;
    this.#onCancel = onCancel;
    this.result.catch(() => undefined);
  }

  get result(): Promise<Texts> {
    return this.#result.promise;
  }

  cancel(): void {
    if (this.state === 'pending') this.#onCancel(this);
  }

  completed(results: Texts): void {
    this.state = 'completed';
    this.#result.resolve(results);
  }

  failed(error: PageTaskError): void {
    this.state = error.code === 'PAGE_TASK_CANCELLED' ? 'cancelled' : 'failed';
    this.#result.reject(error);
  }
}
