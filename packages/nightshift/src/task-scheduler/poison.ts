import type { Database } from '../database/index.ts';
import { type Clock, NightshiftError, storedErrorOf } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { NO_TICKET } from './claim-ledger.ts';
import {
  type ClaimedTask,
  type ClaimedTaskRow,
  claimedTaskOf,
  codeunitToRun,
  type TaskFailure,
} from './scheduled-task.ts';
import { storableJson } from './storable-json.ts';
import { poisonTask, readPoison } from './suspect.sql.ts';
import type { TaskHandler } from './task-handlers.ts';

/**
 * So many starts of a task may end with the death of its instance; the last of them makes it poison. The loss before the
 * first of them does not count: the task may only have been claimed ahead.
 */
export const MARKED_STARTS_MAX = 3;

/** The claim of a task that nobody holds. */
const NO_CLAIM = '00000000-0000-0000-0000-000000000000';

/** What the end of poison is written with. */
export interface PoisonParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
}

/**
 * Moves tasks to the failed ones whose every start has ended with the death of their instance; their creators' handlers
 * are called in the same transaction. What could not be written is tried again with the next look. Returns how many it
 * moved.
 * @throws the database's error when it cannot look
 */
export async function failPoison(parts: PoisonParts): Promise<number> {
  const rows = await parts.database.run<ClaimedTaskRow>(readPoison, [MARKED_STARTS_MAX]);
  let moved = 0;
  for (const row of rows) {
    const task = claimedTaskOf(row, NO_CLAIM, NO_TICKET);
    try {
      if (await failOne(parts, task)) moved++;
    } catch (error) {
      parts.telemetry.emit('NS0008', { taskId: task.id, reason: storedErrorOf(error).message });
    }
  }
  return moved;
}

async function failOne({ database, clock, telemetry, handlers }: PoisonParts, task: ClaimedTask) {
  const failure = failureOf(task);
  const handler = handlers.get(task.codeunit);
  let after: (() => void) | undefined;
  const moved = await database.transaction(async (tx) => {
    await handler?.beforeFailed?.(tx, task.id);
    const values = [task.id, MARKED_STARTS_MAX, storableJson({ ...failure }), clock.pinned()];
    const gone = await tx.run(poisonTask, values);
    if (gone.length > 0) after = await handler?.onFailed?.(tx, task, failure);
    return gone.length > 0;
  });
  if (!moved) return false;
  after?.();
  const codeunit = codeunitToRun(task);
  telemetry.emit('NS0020', { taskId: task.id, codeunit, deaths: MARKED_STARTS_MAX });
  telemetry.emit('LC0045', {
    taskId: task.id,
    codeunit,
    reason: failure.message,
    attemptNumber: task.attempt,
    decision: 'poison',
  });
  return true;
}

/** Its causes: the last death, or what the failure codeunit had been called for. */
function failureOf(task: ClaimedTask): TaskFailure {
  const poison = new NightshiftError(
    'TASK_POISON',
    `Codeunit "${codeunitToRun(task)}" was running each of the last ${MARKED_STARTS_MAX} times that its server instance died.`,
  );
  const causes = task.lastError === null ? [] : [task.lastError, ...task.lastError.causes];
  return {
    ...storedErrorOf(poison),
    causes: causes.map(({ code, message }) => ({ code, message })),
    sessionId: 0,
    lines: [],
    progress: null,
  };
}
