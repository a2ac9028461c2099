import type { TextDictionary } from './text-dictionary.ts';

/** How an error is shown that no trigger has handled; `error` and `warning` alike, `ignore` not at all. */
export type PageErrorLevel = 'error' | 'warning' | 'ignore';

/** A page that somebody has open, on this server instance: what its background tasks live and die with. */
export interface Page {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly company: string;
  /** The record that it shows; null: none. */
  readonly recordId: string | null;
  /** False once it is closed: by `closePage`, with the session that opened it, or with its server instance. */
  readonly isOpen: boolean;
}

/** What is known of a background task that has ended. Milliseconds; waiting counts apart, and not towards the timeout. */
export interface PageTaskFacts {
  readonly page: Page;
  readonly taskId: number;
  readonly codeunit: string;
  /** Under which it was enqueued; null: under none. */
  readonly key: string | null;
  /** The record that it was enqueued for. */
  readonly recordId: string | null;
  readonly waitedMs: number;
  readonly ranMs: number;
}

/** It came to its end. Several may be under way: compare `taskId`. */
export interface PageTaskCompletion extends PageTaskFacts {
  readonly results: TextDictionary;
}

/** It failed. */
export interface PageTaskFailure extends PageTaskFacts {
  /**
   * CHILD_SESSION_TASK_TIMEOUT, READ_ONLY, CALLBACK_NOT_ALLOWED, PERMISSION_DENIED …, a SQLSTATE, or the code of the codeunit's own
   * error; CODEUNIT_ERROR for one without.
   */
  readonly code: string;
  /** For people. */
  readonly text: string;
  /** What it is about, for programs: the table of READ_ONLY. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Where, for developers; null for everybody else. */
  readonly callStack: string | null;
  readonly errorLevel: PageErrorLevel;
  /** Set to true by a trigger that deals with it: then nothing is shown. */
  isHandled: boolean;
}

/** Why a task ended without a trigger: somebody cancelled it, another record, the page's end, the server instance's. */
export type PageTaskCancelReason = 'cancelled' | 'record' | 'page' | 'instance';

/** It was cancelled; no trigger runs. */
export interface PageTaskCancellation extends PageTaskFacts {
  readonly reason: PageTaskCancelReason;
}

/** What the page shows: an error of a task, or of one of its triggers. */
export interface PageNotification {
  readonly page: Page;
  readonly taskId: number;
  readonly level: 'error' | 'warning';
  readonly code: string;
  readonly text: string;
}

/** What a page does about its background tasks. Triggers may enqueue others, and be asynchronous. */
export interface PageTriggers {
  /** Default: nothing. */
  readonly onCompleted?: (completion: PageTaskCompletion) => unknown;
  /** Default: the error is shown at the level that the task was enqueued with. */
  readonly onError?: (failure: PageTaskFailure) => unknown;
  /** Told, not asked: no trigger of Business Central. Default: nothing. */
  readonly onCancelled?: (cancellation: PageTaskCancellation) => unknown;
  /** Told once, when the page is closed by whatever. Default: nothing. */
  readonly onClosed?: (reason: PageTaskCancelReason) => unknown;
  /** Shows something to the person. Default: nobody sees it. */
  readonly onNotification?: (notification: PageNotification) => unknown;
}

/** How a task ended, for whoever waits for it. */
export type PageTaskEnd =
  | { readonly kind: 'completed'; readonly completion: PageTaskCompletion }
  | { readonly kind: 'failed'; readonly failure: PageTaskFailure; readonly error: unknown }
  | { readonly kind: 'cancelled'; readonly cancellation: PageTaskCancellation };
