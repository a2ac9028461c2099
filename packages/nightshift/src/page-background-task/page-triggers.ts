import { storedErrorOf } from '../foundation/index.ts';
import type { OpenPage, PageTask } from './open-page.ts';
import type { PageTaskCancelReason, PageTaskEnd, PageTaskFailure } from './page.ts';
import { inTriggerOf } from './trigger-chain.ts';

/**
 * Tells the page how one of its tasks ended: the completed or the error trigger, and what is shown of an error that neither
 * handles. Never rejects: an error of a trigger is shown, always as an error.
 */
export async function tellPage(task: PageTask, end: PageTaskEnd): Promise<void> {
  const { page, order, link } = task;
  const { onCompleted, onError, onCancelled } = page.triggers;
  if (!order.triggers) return;
  try {
    // What a trigger enqueues belongs to the chain of its task.
    await inTriggerOf(link, async () => {
      if (end.kind === 'completed') await onCompleted?.(end.completion);
      if (end.kind === 'cancelled') await onCancelled?.(end.cancellation);
      if (end.kind !== 'failed') return;
      await onError?.(end.failure);
      showUnhandled(task, end.failure);
    });
  } catch (error) {
    const { code, message } = storedErrorOf(error);
    show(task, { level: 'error', code: code ?? 'CODEUNIT_ERROR', text: message });
  }
}

/** Tells the page that it is closed. */
export function tellClosed(page: OpenPage, reason: PageTaskCancelReason): void {
  quietly(() => page.triggers.onClosed?.(reason));
}

function showUnhandled(task: PageTask, { isHandled, errorLevel, code, text }: PageTaskFailure): void {
  if (!isHandled && errorLevel !== 'ignore') show(task, { level: errorLevel, code, text });
}

interface Shown {
  readonly level: 'error' | 'warning';
  readonly code: string;
  readonly text: string;
}

function show({ page, id }: PageTask, shown: Shown): void {
  quietly(() => page.triggers.onNotification?.({ page, taskId: id, ...shown }));
}

/** That somebody could not be told is nobody's business any more. */
function quietly(tell: () => unknown): void {
  Promise.try(tell).catch(() => undefined);
}
