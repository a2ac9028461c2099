import type { User } from '../permissions/index.ts';
import {
  type AnyCodeunit,
  type CodeunitRegistry,
  type CommitFence,
  isClaimLost,
  lentNoOf,
  NO_NOTES,
  runSession,
  type SessionHost,
  type SessionOutcome,
  type SessionSpec,
  type SessionWork,
} from '../session/index.ts';
import { type ClaimedTask, codeunitToRun, sessionUniqueIdOf } from './scheduled-task.ts';
import { limitsOf } from './shared-tasks.ts';
import type { TaskCompletion } from './task-completion.ts';
import { type OutcomeContext, recordFailure, resolveUnknown } from './task-outcome.ts';
import { enterWithRecord } from './task-record.ts';
import { checkClaim, completeTask } from './task-scheduler.sql.ts';
import { endDimensions, startDimensions } from './task-telemetry.ts';
import type { TaskUsers } from './task-users.ts';

/** What tasks are run with. */
export interface TaskRunContext extends OutcomeContext {
  readonly host: SessionHost;
  readonly users: TaskUsers;
  readonly codeunits: CodeunitRegistry;
  readonly completion: TaskCompletion;
}

/**
 * Runs one claimed task to its outcome: main path, exception path. Never rejects.
 * @param yieldPlace called when only the answer to its last COMMIT is missing
 */
export async function runTask(
  context: TaskRunContext,
  task: ClaimedTask,
  yieldPlace?: () => void,
): Promise<void> {
  const begun = context.clock.monotonic();
  await conclude(context, task, begun, await open(context, task, yieldPlace));
}

/** What becomes of a task whose session has ended. Never rejects. @param begun when it began, on the monotonic clock */
export async function conclude(
  context: TaskRunContext,
  task: ClaimedTask,
  begun: number,
  outcome: SessionOutcome<unknown>,
): Promise<void> {
  if (outcome.kind === 'completed' || outcome.kind === 'quiet') {
    if (outcome.kind === 'quiet' || !outcome.committed) context.completion.add(task);
    if (context.telemetry.active) tellCompleted(context, task, begun, outcome);
  } else if (outcome.kind === 'unknown') {
    await resolveUnknown(context, task, outcome.backend);
  } else if (isClaimLost(outcome.error)) {
    context.telemetry.emit('NS0007', { taskId: task.id });
  } else {
    await recordFailure(context, task, outcome.error, { begun, notes: outcome.notes });
    // Code that was killed and still runs keeps its place.
    await outcome.lingering;
  }
}

async function open(
  context: TaskRunContext,
  task: ClaimedTask,
  yieldPlace?: () => void,
): Promise<SessionOutcome<unknown>> {
  try {
    const { spec, work } = await prepare(context, task, yieldPlace);
    return await runSession(context.host, spec, codeunitToRun(task), work);
  } catch (error) {
    // The user, the company or the codeunit is gone: the main path failed before there was a session.
    return { kind: 'failed', error, notes: NO_NOTES };
  }
}

/** What the session of a task is to be, and what runs in it. */
export interface PreparedTask {
  readonly spec: SessionSpec;
  readonly work: SessionWork<unknown>;
}

/**
 * Prepares the session of a task; often without a wait.
 * @param onLastCommit called when only the answer to its last COMMIT is missing
 * @throws NightshiftError CODEUNIT_UNKNOWN, USER_UNKNOWN, COMPANY_UNKNOWN
 */
export function prepare(
  context: TaskRunContext,
  task: ClaimedTask,
  onLastCommit?: () => void,
): PreparedTask | Promise<PreparedTask> {
  const target = context.codeunits.get(codeunitToRun(task));
  const prepared = (user: User): PreparedTask => ({
    spec: sessionOf(context, task, { target, user, onLastCommit }),
    work: (session) => {
      if (context.telemetry.active) {
        context.telemetry.emit('NS0018', startDimensions(context, task, session.id));
      }
      return enterWithRecord(session, target, task);
    },
  });
  const user = context.users.fresh(task.userNo);
  return user === null ? context.users.lookUp(task.userNo).then(prepared) : prepared(user);
}

function tellCompleted(
  context: TaskRunContext,
  task: ClaimedTask,
  begun: number,
  { kind, notes }: SessionOutcome<unknown>,
): void {
  const dimensions = endDimensions(context, task, { begun, notes });
  context.telemetry.emit('LC0043', { ...dimensions, isQuiet: kind === 'quiet' });
}

/** Who runs what in the session of a task. */
interface TaskRun {
  readonly target: AnyCodeunit;
  readonly user: User;
  readonly onLastCommit: (() => void) | undefined;
}

function sessionOf(
  context: TaskRunContext,
  task: ClaimedTask,
  { target, user, onLastCommit }: TaskRun,
): SessionSpec {
  return {
    user,
    company: context.directory.companyByNo(task.companyNo),
    clientType: 'background',
    origin: target.onRunPrivileged === null ? 'task' : 'job-queue',
    isolation: target.isolation,
    lentNo: lentNoOf(context.directory, target),
    readOnly: false,
    lineage: [],
    language: task.language,
    timeZone: task.timeZone,
    correlationId: task.correlationId ?? task.id,
    uniqueId: sessionUniqueIdOf(task),
    idempotencyKey: task.id,
    attempt: task.attempt + task.losses,
    ...limitsOf(task, target),
    fence: fenceOf(task),
    claim: { taskId: task.id, nonce: task.claim },
    lastError: task.lastError,
    userInterface: null,
    ...(onLastCommit === undefined ? {} : { onLastCommit }),
  };
}

function fenceOf(task: ClaimedTask): CommitFence {
  const values = [task.id, task.claim];
  return {
    check: { statement: checkClaim, values },
    complete: { statement: completeTask, values },
  };
}
