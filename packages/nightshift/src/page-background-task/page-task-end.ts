import { isNightshiftError, NightshiftError, storedErrorOf } from '../foundation/index.ts';
import type { SessionOutcome } from '../session/index.ts';
import type { PageTask } from './open-page.ts';
import type { PageTaskEnd, PageTaskFacts } from './page.ts';
import type { TextDictionary } from './text-dictionary.ts';

/** How a task ended whose child session ended so. */
export function endOf(
  task: PageTask,
  outcome: SessionOutcome<TextDictionary>,
  facts: PageTaskFacts,
): PageTaskEnd {
  if (!task.isWanted) return cancelledEnd(facts, task.cancelled ?? 'page');
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', completion: { ...facts, results: outcome.value } };
    case 'quiet':
      return { kind: 'completed', completion: { ...facts, results: Object.freeze({}) } };
    case 'failed':
    case 'unknown':
      return isNightshiftError(outcome.error, 'INSTANCE_LOST')
        ? cancelledEnd(facts, 'instance')
        : failedEnd(task, outcome.error, facts);
  }
}

/** The end of a task that nobody wants any more. */
export function cancelledEnd(
  facts: PageTaskFacts,
  reason: 'cancelled' | 'record' | 'page' | 'instance',
): PageTaskEnd {
  return { kind: 'cancelled', cancellation: { ...facts, reason } };
}

function failedEnd(task: PageTask, thrown: unknown, facts: PageTaskFacts): PageTaskEnd {
  const error = isTimeout(task, thrown) ? timeoutOf(task, thrown) : thrown;
  const { code, message, stack } = storedErrorOf(error);
  const failure = {
    ...facts,
    code: code ?? 'CODEUNIT_ERROR',
    text: message,
    details: isNightshiftError(error) ? error.details : {},
    callStack: task.page.owner.isDeveloper ? (storedErrorOf(thrown).stack ?? stack) : null,
    errorLevel: task.order.errorLevel,
    isHandled: false,
  };
  return { kind: 'failed', failure, error };
}

function isTimeout(task: PageTask, thrown: unknown): boolean {
  return task.timedOut || isNightshiftError(thrown, 'SESSION_TIMEOUT');
}

function timeoutOf({ order }: PageTask, cause: unknown): NightshiftError {
  return new NightshiftError(
    'CHILD_SESSION_TASK_TIMEOUT',
    `The child session of page background task "${order.target.name}" was ended: it took longer than its timeout of ${order.timeoutMs} ms.`,
    { details: { codeunit: order.target.name, timeoutMs: order.timeoutMs }, cause },
  );
}
