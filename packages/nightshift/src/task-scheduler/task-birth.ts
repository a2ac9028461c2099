import { type Clock, randomUuid } from '../foundation/index.ts';
import type { ClaimedTask, NewTask } from './scheduled-task.ts';
import type { WaitingTask } from './task-batches.ts';
import type { TaskClaim } from './task-claim.ts';
import type { TaskDispatcher } from './task-dispatcher.ts';

/** What tasks are claimed with when they are created. */
export interface TaskBirthParts {
  readonly claim: TaskClaim;
  readonly dispatcher: TaskDispatcher;
  readonly clock: Clock;
  readonly epoch: string;
  /** Whether tasks of this company may be claimed: not while it is upgraded. */
  readonly mayClaim: (companyNo: number) => boolean;
}

/** Tasks that the insert which creates them also claims. */
export interface TaskBirth {
  readonly ids: readonly string[];
  readonly claim: string;
  readonly epoch: string;
  /** They are committed: they start. */
  born(): void;
  /** They are not, or nobody knows. */
  lost(): void;
}

/**
 * Lets an idle instance claim tasks in the insert that creates them: they start as soon as that is committed, without a
 * wake-up and without a claim. Only when nothing else waits, so that nobody is passed over.
 */
export class TaskBirths {
  readonly #parts: TaskBirthParts;

  constructor(parts: TaskBirthParts) {
    this.#parts = parts;
  }

  /** Those of these new tasks that can start here at once; null when none can. */
  offer(batch: readonly WaitingTask[]): TaskBirth | null {
    const { claim, dispatcher, clock, epoch, mayClaim } = this.#parts;
    const room = dispatcher.idlePlaces;
    if (room === 0) return null;
    const chosen = batch
      .filter(
        ({ task: { ready, due, codeunit, lane } }) =>
          ready && due === null && claim.runs(codeunit) && mayClaim(lane),
      )
      .slice(0, room);
    if (chosen.length === 0) return null;
    const nonce = randomUuid();
    const answered = claim.sends(nonce);
    return {
      ids: chosen.map(({ task }) => task.id),
      claim: nonce,
      epoch,
      born: () => {
        if (!answered(chosen.length)) return;
        const dueSeconds = clock.now().getTime() / 1_000;
        dispatcher.adopt(
          chosen.map(({ text }) => {
            // What was sent: the caller may have changed his record since.
            const task = JSON.parse(text) as NewTask;
            return claimed(task, { claim: nonce, ticket: claim.enter(task.id, nonce), dueSeconds });
          }),
        );
      },
      lost: () => {
        answered(0);
        // If they are there all the same, they wait for somebody to give them back.
        dispatcher.doubt();
      },
    };
  }
}

function claimed(task: NewTask, at: Pick<ClaimedTask, 'claim' | 'ticket' | 'dueSeconds'>): ClaimedTask {
  return {
    ...at,
    id: task.id,
    companyNo: task.lane,
    userNo: task.user_no,
    codeunit: task.codeunit,
    failureCodeunit: task.failure_codeunit,
    failing: false,
    record: task.record ?? undefined,
    timeoutMs: task.timeout_ms,
    attempt: 0,
    losses: 0,
    suspect: 0,
    lastError: null,
    correlationId: task.correlation_id ?? null,
    language: task.language ?? null,
    timeZone: task.time_zone ?? null,
    recordTable: task.record_table ?? null,
  };
}
