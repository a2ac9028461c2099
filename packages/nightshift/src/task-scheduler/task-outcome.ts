import { classifyFailure, type Database, type Executor } from '../database/index.ts';
import { type Clock, isNightshiftError, NightshiftError, storedErrorOf } from '../foundation/index.ts';
import { type RunNotes, terminateBackend } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { type RetryPolicyChoice, retryDelay } from './retry-policy.ts';
import { type ClaimedTask, codeunitToRun, type TaskFailure } from './scheduled-task.ts';
import { storableJson } from './storable-json.ts';
import type { TaskHandler } from './task-handlers.ts';
import { failTask, passToFailureCodeunit, reclaimTask, retryTask } from './task-scheduler.sql.ts';

const WRITE_RETRY_MS_MIN = 100;
const WRITE_RETRY_MS_MAX = 5_000;

/** Errors after which a failure codeunit is not run again; nearly everything else is. */
const FINAL_IN_FAILURE_CODEUNIT = [
  'CALLBACK_NOT_ALLOWED',
  'CODEUNIT_UNKNOWN',
  'RECORD_INVALID',
  'SESSION_STOPPED',
] as const;

/** What outcomes are written with. */
export interface OutcomeContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly retryPolicy: RetryPolicyChoice;
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

/** Whether the main codeunit is run again after this error. */
export function isRetriable(error: unknown, failing: boolean): boolean {
  if (isNightshiftError(error)) {
    if (failing) return !isNightshiftError(error, ...FINAL_IN_FAILURE_CODEUNIT);
    return error.retriable;
  }
  return failing || classifyFailure(error).retriable;
}

/** The exception path, as a rule: again after a wait, the failure codeunit, or failed for good. */
export function decideAfterError(task: ClaimedTask, error: unknown, policy: RetryPolicyChoice): TaskDecision {
  const delayMs = isRetriable(error, task.failing) ? retryDelay(policy, task.attempt + 1) : null;
  if (delayMs !== null) return { kind: 'retry', delayMs };
  if (!task.failing && task.failureCodeunit !== null) return { kind: 'failure-codeunit' };
  return { kind: 'failed' };
}

/** Writes what becomes of a task whose session failed; keeps trying while the claim is ours. */
export async function recordFailure(
  context: OutcomeContext,
  task: ClaimedTask,
  error: unknown,
  notes: RunNotes,
): Promise<void> {
  const handler = context.handlers.get(task.codeunit);
  const policy = handler?.retryPolicy ?? context.retryPolicy;
  const decision = decideAfterError(task, error, policy);
  const failure = failureOf(task, error, notes);
  await persist(context, task, () => write(context, task, decision, failure));
  if (decision.kind !== 'failed') context.onReleased();
  context.telemetry.emit(
    isNightshiftError(error, 'SESSION_TIMEOUT', 'SESSION_STOPPED') ? 'LC0044' : 'LC0045',
    {
      taskId: task.id,
      codeunit: codeunitToRun(task),
      reason: failure.message,
      attemptNumber: task.attempt,
      decision: decision.kind,
    },
  );
}

/** What is kept of the run. Of a failure codeunit that failed, too, with what it had been called for. */
function failureOf(task: ClaimedTask, error: unknown, notes: RunNotes): TaskFailure {
  const stored = storedErrorOf(error);
  if (!task.failing || task.lastError === null) return { ...stored, ...notes };
  const { code, message } = task.lastError;
  return { ...stored, causes: [...stored.causes, { code, message }], ...notes };
}

async function write(
  context: OutcomeContext,
  task: ClaimedTask,
  decision: TaskDecision,
  failure: TaskFailure,
): Promise<void> {
  const { database, clock } = context;
  const text = storableJson({ ...failure });
  if (decision.kind === 'retry') {
    await database.run(retryTask, [task.id, task.claim, clock.pinned(), decision.delayMs, text]);
  } else if (decision.kind === 'failure-codeunit') {
    await database.run(passToFailureCodeunit, [task.id, task.claim, clock.pinned(), text]);
  } else {
    await database.transaction((tx) => fail(context, tx, task, failure));
  }
}

async function fail(
  context: OutcomeContext,
  tx: Executor,
  task: ClaimedTask,
  failure: TaskFailure,
): Promise<void> {
  const values = [task.id, task.claim, storableJson({ ...failure }), context.clock.pinned()];
  const gone = await tx.run(failTask, values);
  if (gone.length > 0) await context.handlers.get(task.codeunit)?.onFailed?.(tx, task, failure);
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

/** Tries until it is written, the claim is lost, or the database refuses for good. */
async function persist(context: OutcomeContext, task: ClaimedTask, work: () => Promise<void>): Promise<void> {
  let delay = WRITE_RETRY_MS_MIN;
  while (!context.lost()) {
    try {
      await work();
      return;
    } catch (error) {
      const ours =
        error instanceof NightshiftError ? error.retriable : classifyFailure(error).kind !== 'refused';
      if (!ours) {
        context.telemetry.emit('NS0008', { taskId: task.id, reason: storedErrorOf(error).message });
        return;
      }
      await context.clock.sleep(delay);
      delay = Math.min(delay * 2, WRITE_RETRY_MS_MAX);
    }
  }
}
