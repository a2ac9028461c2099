import { ERROR_CODES, type ErrorCode, isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { type BackgroundTask, backgroundTaskResult } from './background-task.ts';
import type { PageTask } from './open-page.ts';
import type { Page, PageTaskCompletion, PageTaskEnd } from './page.ts';
import {
  cancelBackgroundTask,
  type EnqueueTaskOptions,
  enqueuePageTask,
  holdPage,
  letGoOf,
} from './page-background-task.ts';
import type { TextDictionary } from './text-dictionary.ts';

/** How a background task is run that is waited for. */
export interface RunTaskOptions extends Pick<EnqueueTaskOptions, 'timeout'> {
  /** Cancels it. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/** What a background task was run with, and how long. */
export interface BackgroundTaskRun {
  readonly results: TextDictionary;
  /** Milliseconds. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

/**
 * Runs a page background task without a page and waits for it, as an API does: the same child session, the same limits, with all
 * that the user has under way so counted as one page.
 * @returns its result, by its schema
 * @throws NightshiftError what the task has failed with (CODEUNIT_ERROR with its own code in `details.code` where that is none of
 *   ours), CHILD_SESSION_TASK_TIMEOUT, READ_ONLY, PAGE_TASK_CANCELLED, PAGE_TASK_QUEUE_FULL, and as `enqueueBackgroundTask`
 */
export async function runBackgroundTask<In, Result>(
  caller: Caller,
  task: BackgroundTask<In, unknown, Result>,
  parameters: In,
  options: RunTaskOptions = {},
): Promise<Result> {
  const { results } = await runTaskByName(caller, task.name, parameters, options);
  return backgroundTaskResult<Result>(task, results);
}

/** The same for the faces of the platform, which know codeunits by their names. */
export async function runTaskByName(
  caller: Caller,
  codeunit: string,
  parameters: unknown,
  { timeout, signal }: RunTaskOptions = {},
): Promise<BackgroundTaskRun> {
  doorOf(caller).refuseIfOver();
  const page = await holdPage(caller, { name: 'API', key: ' api' });
  const more = { ...(timeout === undefined ? {} : { timeout }), triggers: false };
  try {
    const task = await enqueuePageTask(page, codeunit, parameters, more);
    const { results, waitedMs, ranMs } = await finished(page, task, signal);
    return { results, waitedMs, ranMs };
  } finally {
    letGoOf(page);
  }
}

/** What a test of a page says. */
export interface RunPageTaskOptions extends RunTaskOptions {
  /** Whether the triggers of the page run. Default: false. */
  readonly runCompletionTriggers?: boolean;
}

/**
 * For tests of pages: runs a background task of a page and waits for it, and for the triggers of the page if they run.
 * @returns its result as texts
 * @throws what the task has failed with, unless the error trigger has handled it; NightshiftError as `runBackgroundTask`
 */
export async function runPageBackgroundTask<In>(
  page: Page,
  task: BackgroundTask<In, unknown, unknown>,
  parameters: In,
  { runCompletionTriggers = false, timeout, signal }: RunPageTaskOptions = {},
): Promise<TextDictionary> {
  const options = { ...(timeout === undefined ? {} : { timeout }), triggers: runCompletionTriggers };
  const enqueued = await enqueuePageTask(page, task.name, parameters, options);
  return (await finished(page, enqueued, signal)).results;
}

async function finished(
  page: Page,
  task: PageTask,
  signal: AbortSignal | undefined,
): Promise<Pick<PageTaskCompletion, 'results' | 'waitedMs' | 'ranMs'>> {
  const cancel = () => cancelBackgroundTask(page, task.id);
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return answerOf(await task.finished.promise);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

function answerOf(end: PageTaskEnd): Pick<PageTaskCompletion, 'results' | 'waitedMs' | 'ranMs'> {
  switch (end.kind) {
    case 'completed':
      return end.completion;
    case 'cancelled': {
      const { codeunit, reason } = end.cancellation;
      const text = `Page background task "${codeunit}" was cancelled.`;
      throw new NightshiftError('PAGE_TASK_CANCELLED', text, { details: { reason } });
    }
    case 'failed': {
      const { failure, error } = end;
      if (failure.isHandled) return { ...failure, results: Object.freeze({}) };
      throw thrownFor(error, failure);
    }
  }
}

function thrownFor(
  error: unknown,
  { code, text, details }: { readonly code: string; readonly text: string; readonly details: object },
): NightshiftError {
  if (isNightshiftError(error)) return error;
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'CODEUNIT_ERROR';
  return new NightshiftError(known, text, { details: { ...details, code }, cause: error });
}
