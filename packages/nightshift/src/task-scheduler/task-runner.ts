import { derivedUuid } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import {
  type AnyCodeunit,
  type CodeunitRegistry,
  type CommitFence,
  enterCodeunit,
  isClaimLost,
  runSession,
  type SessionHost,
  type SessionOutcome,
} from '../session/index.ts';
import { type ClaimedTask, codeunitToRun } from './scheduled-task.ts';
import type { TaskCompletion } from './task-completion.ts';
import { type OutcomeContext, recordFailure, resolveUnknown } from './task-outcome.ts';
import { checkClaim, completeTask } from './task-scheduler.sql.ts';

/** What tasks are run with. */
export interface TaskRunContext extends OutcomeContext {
  readonly host: SessionHost;
  readonly directory: Directory;
  readonly codeunits: CodeunitRegistry;
  readonly completion: TaskCompletion;
}

/** Runs one claimed task to its outcome: main path, exception path. Never rejects. */
export async function runTask(context: TaskRunContext, task: ClaimedTask): Promise<void> {
  const begun = context.clock.monotonic();
  const outcome = await open(context, task);
  if (outcome.kind === 'completed' || outcome.kind === 'quiet') {
    if (outcome.kind === 'quiet' || !outcome.committed) context.completion.add(task);
    context.telemetry.emit('LC0043', {
      taskId: task.id,
      codeunit: codeunitToRun(task),
      attemptNumber: task.attempt,
      runMs: Math.round(context.clock.monotonic() - begun),
    });
  } else if (outcome.kind === 'unknown') {
    await resolveUnknown(context, task, outcome.backend);
  } else if (isClaimLost(outcome.error)) {
    context.telemetry.emit('NS0007', { taskId: task.id });
  } else {
    await recordFailure(context, task, outcome.error, outcome.notes);
    // Code that was killed and still runs keeps its place.
    await outcome.lingering;
  }
}

async function open(context: TaskRunContext, task: ClaimedTask): Promise<SessionOutcome<unknown>> {
  try {
    const name = codeunitToRun(task);
    const target = context.codeunits.get(name);
    return await runSession(context.host, sessionOf(context, task, target), name, (session) =>
      // A failure codeunit may take the record of the main one, or none.
      enterCodeunit(session, target, task.failing && target.record === null ? undefined : task.record),
    );
  } catch (error) {
    // The user, the company or the codeunit is gone: the main path failed before there was a session.
    return { kind: 'failed', error, notes: { sessionId: 0, lines: [], progress: null } };
  }
}

function sessionOf(context: TaskRunContext, task: ClaimedTask, target: AnyCodeunit) {
  return {
    user: context.directory.userByNo(task.userNo),
    company: context.directory.companyByNo(task.companyNo),
    clientType: 'background' as const,
    origin: target.onRunPrivileged === null ? ('task' as const) : ('job-queue' as const),
    isolation: target.isolation,
    readOnly: false,
    lineage: [],
    correlationId: task.correlationId ?? task.id,
    // The failure codeunit runs in a new session; retries stay in the same one.
    uniqueId: task.failing ? derivedUuid(`${task.id} failure`) : task.id,
    idempotencyKey: task.id,
    attempt: task.attempt + task.losses,
    timeoutMs: task.timeoutMs,
    fence: fenceOf(task),
    claim: { taskId: task.id, nonce: task.claim },
    lastError: task.lastError,
    userInterface: null,
  };
}

function fenceOf(task: ClaimedTask): CommitFence {
  const values = [task.id, task.claim];
  return {
    check: { statement: checkClaim, values },
    complete: { statement: completeTask, values },
  };
}
