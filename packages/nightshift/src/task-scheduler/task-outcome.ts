import { classifyFailure, type Database, type Executor } from '../database/index.ts';
import { isNightshiftError, NightshiftError, storedErrorOf } from '../foundation/index.ts';
import { type RunNotes, terminateBackend } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { explainFailure, type OpenCompanyParts } from './open-company.ts';
import {
  isRetriableInFailureCodeunit,
  isRetriableInMain,
  type RetryException,
  wantedDelayMs,
} from './retriable-errors.ts';
import { type RetryPolicyChoice, retryDelay } from './retry-policy.ts';
import type { ClaimedTask, TaskFailure } from './scheduled-task.ts';
import { storableJson } from './storable-json.ts';
import type { TaskHandler } from './task-handlers.ts';
import { failTask, passToFailureCodeunit, reclaimTask, retryTask } from './task-scheduler.sql.ts';
import { endDimensions, type TaskTelemetryParts } from './task-telemetry.ts';

const WRITE_RETRY_MS_MIN = 100;
const WRITE_RETRY_MS_MAX = 5_000;

/** What outcomes are written with. */
export interface OutcomeContext extends OpenCompanyParts, TaskTelemetryParts {
  readonly database: Database;
  readonly telemetry: Telemetry;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly retryPolicy: RetryPolicyChoice;
  /** What is retried in main codeunits besides the usual. */
  readonly retryExceptions: readonly RetryException[];
  /** Whether the instance has lost its claims. */
  readonly lost: () => boolean;
  /** A task was released and may be due again. */
  readonly onReleased: () => void;
}

/** What became of a task that did not complete. */
export type TaskDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'failure-codeunit' }
  | { readonly kind: 'failed' };

/** A run of a task that has ended. */
export interface EndedRun {
  /** On the monotonic clock. */
  readonly begun: number;
  /** With the session id 0 when it came to no session. */
  readonly notes: RunNotes;
}

/** Whether the codeunit is run again after this error. The exceptions are of no effect in a failure codeunit. */
export function isRetriable(
  error: unknown,
  failing: boolean,
  exceptions: readonly RetryException[] = [],
): boolean {
  return failing ? isRetriableInFailureCodeunit(error) : isRetriableInMain(error, exceptions);
}

/** The exception path, as a rule: again after a wait, the failure codeunit, or failed for good. */
export function decideAfterError(
  task: ClaimedTask,
  error: unknown,
  policy: RetryPolicyChoice,
  exceptions: readonly RetryException[] = [],
): TaskDecision {
  const isAgain = isRetriable(error, task.failing, exceptions);
  const delayMs = isAgain ? retryDelay(policy, task.attempt + 1) : null;
  if (delayMs !== null) return { kind: 'retry', delayMs: wantedDelayMs(error) ?? delayMs };
  if (!task.failing && task.failureCodeunit !== null) return { kind: 'failure-codeunit' };
  return { kind: 'failed' };
}

/** Writes what becomes of a task whose session failed; keeps trying while the claim is ours. */
export async function recordFailure(
  context: OutcomeContext,
  task: ClaimedTask,
  thrown: unknown,
  run: EndedRun,
): Promise<void> {
  const { clock, telemetry } = context;
  // Never awaited itself: what user code throws may not bear being looked at.
  const explained = await explainFailure(context, task, thrown, clock.monotonic() - run.begun);
  const error = explained ?? thrown;
  const decision = decide(context, task, error, run.notes);
  const failure = failureOf(task, error, run.notes);
  // Before the outcome is written, which may have to wait for the database.
  const dimensions = telemetry.active ? endDimensions(context, task, run) : {};
  let isOurs = false;
  const isWritten = await persist(context, task, async () => {
    isOurs = await write(context, task, decision, failure);
  });
  if (!isWritten) return;
  if (!isOurs) {
    telemetry.emit('NS0007', { taskId: task.id });
    return;
  }
  if (decision.kind !== 'failed') context.onReleased();
  const isCanceled = isNightshiftError(error, 'SESSION_TIMEOUT', 'SESSION_STOPPED', 'SESSION_KILLED');
  telemetry.emit(isCanceled ? 'LC0044' : 'LC0045', {
    ...dimensions,
    reason: failure.message,
    errorCode: failure.code,
    decision: decision.kind,
    delayMs: decision.kind === 'retry' ? decision.delayMs : null,
  });
}

function decide(
  { handlers, retryPolicy, retryExceptions }: OutcomeContext,
  task: ClaimedTask,
  error: unknown,
  { sessionId }: RunNotes,
): TaskDecision {
  // There is nobody as whom a failure codeunit could run either.
  if (sessionId === 0 && isNightshiftError(error, 'USER_UNKNOWN', 'USER_DISABLED')) return { kind: 'failed' };
  const policy = handlers.get(task.codeunit)?.retryPolicy ?? retryPolicy;
  return decideAfterError(task, error, policy, retryExceptions);
}

/** What is kept of the run. Of a failure codeunit that failed, too, with what it had been called for. */
function failureOf(task: ClaimedTask, error: unknown, notes: RunNotes): TaskFailure {
  const { sessionId, lines, progress, reached } = notes;
  const stored = storedErrorOf(error);
  const kept = { sessionId, lines, progress, reached, errors: errorsOf(task, notes) };
  if (!task.failing || task.lastError === null) return { ...stored, ...kept };
  const { code, message } = task.lastError;
  return { ...stored, causes: [...stored.causes, { code, message }], ...kept };
}

/** One that came to no object of its own has kept nothing yet of what the run before it has reported. */
function errorsOf({ lastError }: ClaimedTask, { reached, errors }: RunNotes): RunNotes['errors'] {
  const before = reached === null ? lastError?.errors : undefined;
  return before !== undefined && before.count > 0 ? before : errors;
}

/** Returns whether the claim was still ours. */
async function write(
  context: OutcomeContext,
  task: ClaimedTask,
  decision: TaskDecision,
  failure: TaskFailure,
): Promise<boolean> {
  const { database, clock } = context;
  const text = storableJson({ ...failure });
  if (decision.kind === 'retry') {
    const values = [task.id, task.claim, clock.pinned(), decision.delayMs, text];
    return (await database.run(retryTask, values)).length > 0;
  }
  if (decision.kind === 'failure-codeunit') {
    const values = [task.id, task.claim, clock.pinned(), text];
    return (await database.run(passToFailureCodeunit, values)).length > 0;
  }
  const failed = await database.transaction((tx) => fail(context, tx, task, failure));
  failed?.();
  return failed !== null;
}

/** Returns what is to be done after the commit; null when the claim was not ours any more. */
async function fail(
  context: OutcomeContext,
  tx: Executor,
  task: ClaimedTask,
  failure: TaskFailure,
): Promise<(() => void) | null> {
  const handler = context.handlers.get(task.codeunit);
  await handler?.beforeFailed?.(tx, task.id);
  const values = [task.id, task.claim, storableJson({ ...failure }), context.clock.pinned()];
  const gone = await tx.run(failTask, values);
  if (gone.length === 0) return null;
  return (await handler?.onFailed?.(tx, task, failure)) ?? (() => undefined);
}

/**
 * Finds out whether a COMMIT whose answer was lost took effect: ends its backend, then takes the row back. A row that
 * is still there had not been completed, and runs again at once; no row means that the work is done, or not ours.
 */
export async function resolveUnknown(
  context: OutcomeContext,
  task: ClaimedTask,
  backend: number | null,
): Promise<void> {
  await persist(context, task, async () => {
    if (backend !== null) await context.database.run(terminateBackend, [backend]);
    const back = await context.database.run(reclaimTask, [task.id, task.claim, context.clock.pinned()]);
    const resolution = back.length > 0 ? 'had not committed and runs again' : 'had committed';
    context.telemetry.emit('NS0006', { taskId: task.id, resolution });
    if (back.length > 0) context.onReleased();
  });
}

/** Tries until it is written, the claim is lost, or the database refuses for good. Returns whether it is written. */
async function persist(
  context: OutcomeContext,
  task: ClaimedTask,
  work: () => Promise<void>,
): Promise<boolean> {
  let delay = WRITE_RETRY_MS_MIN;
  while (!context.lost()) {
    try {
      await work();
      return true;
    } catch (error) {
      const ours =
        error instanceof NightshiftError ? error.retriable : classifyFailure(error).kind !== 'refused';
      if (!ours) {
        context.telemetry.emit('NS0008', { taskId: task.id, reason: storedErrorOf(error).message });
        return false;
      }
      await context.clock.sleep(delay);
      delay = Math.min(delay * 2, WRITE_RETRY_MS_MAX);
    }
  }
  return false;
}
