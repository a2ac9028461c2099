import { classifyFailure, uuidArray } from '../database/index.ts';
import { isNightshiftError, type NightshiftError, SECOND_MS, storedErrorOf } from '../foundation/index.ts';
import {
  runSharedSession,
  type SessionOutcome,
  type SharedSession,
  SharedTransaction,
  terminateBackend,
} from '../session/index.ts';
import { LineAhead, type RunAhead } from './run-ahead.ts';
import { type ClaimedTask, codeunitToRun } from './scheduled-task.ts';
import { conclude, prepare, runTask, type TaskRunContext } from './task-runner.ts';
import { completeSharedTasks, releaseTasks } from './task-scheduler.sql.ts';

/**
 * After this time no further task is begun: the transaction holds locks, others see nothing of it, and what waits for it
 * may find a place elsewhere.
 */
const SHARED_RUN_MS_MAX = SECOND_MS;

/**
 * Deadlocks, failed serialization, locks not had in time, cursors of the same name that functions have left open: what the
 * tasks of one transaction may have done to each other.
 */
const CONFLICT = /^(?:40|55P03|42P03)/;

/** What tasks that share a transaction are run with. */
export interface SharedRunContext extends TaskRunContext {
  /** Whether tasks may begin at all: false from the moment the instance stops. */
  readonly mayStart: () => boolean;
  /** Takes a claimed task for its start, once; false: it was handed back. */
  readonly starts: (task: ClaimedTask) => boolean;
  readonly ahead: Pick<RunAhead, 'countOf' | 'told'>;
}

/** A task whose code has ended, and which depends on the transaction. */
interface Member {
  readonly task: ClaimedTask;
  /** Null when it came to no session: it is run alone, where that becomes its outcome. */
  readonly session: SharedSession<unknown> | null;
  readonly runMs: number;
}

/** What became of tasks that have shared a transaction. */
interface Settled {
  /** How many of the tasks it took in, from the first on. */
  readonly taken: number;
  /** Those that were undone and are to be run each by itself. */
  readonly alone: readonly ClaimedTask[];
  /** Those whose turn never came; they may still be at work, with nothing in the transaction. */
  readonly lost: readonly Promise<Member | null>[];
  /** Resolves when the outcomes of the others are written, and none of their code runs any more. */
  readonly concluded: Promise<unknown>;
}

/** The final outcome of a session; null: it is undone, and its task runs alone. */
type Verdict = (session: SharedSession<unknown>) => SessionOutcome<unknown> | null;

/**
 * Runs claimed tasks that `sharedCountAt` has counted to their outcomes: one after another in one transaction, each behind
 * a savepoint. One that fails is undone alone. When the transaction cannot commit, or one of them was stopped, took too long
 * or left it, all are undone and each runs by itself; that costs none of them an attempt. What has not begun after a second,
 * or waits for its turn then, is handed back. Never rejects.
 * @param yieldPlace called when only the answer to their last COMMIT is missing; if that fails, they run again all the same
 */
export async function runShared(
  context: SharedRunContext,
  tasks: readonly ClaimedTask[],
  yieldPlace: () => void = () => undefined,
): Promise<void> {
  const full = context.clock.monotonic() + SHARED_RUN_MS_MAX;
  const mayBegin = () => context.mayStart() && context.clock.monotonic() < full;
  const outcomes: Promise<unknown>[] = [];
  let left = tasks;
  while (left.length > 1 && mayBegin()) {
    const { taken, alone, concluded, lost } = await runTogether(context, left, mayBegin, yieldPlace);
    outcomes.push(concluded);
    left = left.slice(taken);
    await runAlone(context, alone);
    const waited = await dismissed(context, lost);
    if (mayBegin()) await runAlone(context, waited);
    else await handBack(context, waited);
  }
  const rest = left.filter(context.starts);
  if (mayBegin()) await runAlone(context, rest);
  else await handBack(context, rest);
  await Promise.all(outcomes);
}

/** One after another, each as any other task; what may not begin any more is handed back. */
async function runAlone(context: SharedRunContext, tasks: readonly ClaimedTask[]): Promise<void> {
  for (const [at, task] of tasks.entries()) {
    if (!context.mayStart()) return handBack(context, tasks.slice(at));
    await runTask(context, task);
  }
}

/** It costs them no attempt. What cannot be handed back now is released later, as a claim that nobody knows. */
async function handBack(
  { database, onReleased }: SharedRunContext,
  tasks: readonly ClaimedTask[],
): Promise<void> {
  if (tasks.length === 0) return;
  const values = [tasks.map(({ id }) => id), tasks.map(({ claim }) => claim)];
  await database.run(releaseTasks, values).catch(() => undefined);
  onReleased();
}

async function runTogether(
  context: SharedRunContext,
  tasks: readonly ClaimedTask[],
  mayBegin: () => boolean,
  yieldPlace: () => void,
): Promise<Settled> {
  const { userNo, companyNo } = tasks[0] as ClaimedTask;
  const identity = { userNo, companyNo, lentNo: null };
  const shared = new SharedTransaction(context.host, identity, tasks.length, mayBegin);
  const members: Member[] = [];
  const lost: Promise<Member | null>[] = [];
  let taken = 0;
  do {
    taken += await runInLine(context, { shared, members, lost, mayBegin }, tasks.slice(taken));
  } while (taken < tasks.length && !shared.isToBeUndone && mayBegin());
  const isDone =
    taken === tasks.length &&
    lost.length === 0 &&
    members.every(({ session }) => session !== null && committedVerdict(session) !== null);
  const verdict = await finish(context, shared, members, isDone ? yieldPlace : null);
  return { taken, lost, ...conclusions(context, members, verdict) };
}

/** The place of a session in a shared transaction. */
type Place = ReturnType<SharedTransaction['join']>;

/** Tasks on their way through a shared transaction. */
interface Line {
  readonly shared: SharedTransaction;
  /** Those that have run. */
  readonly members: Member[];
  /** Those whose turn will never come. */
  readonly lost: Promise<Member | null>[];
  readonly mayBegin: () => boolean;
}

/**
 * Runs tasks whose turns come one after another; each begins when the one before it waits for the database, or has ended.
 * @returns how many it has taken in
 */
async function runInLine(
  context: SharedRunContext,
  { shared, members, lost, mayBegin }: Line,
  tasks: readonly ClaimedTask[],
): Promise<number> {
  const ahead = new LineAhead(context, tasks[0] as ClaimedTask, shared.backend === null);
  const places: Place[] = [];
  const running: Promise<Member | null>[] = [];
  let taken = 0;
  let ended = 0;
  const beginNext = () => {
    const task = tasks[taken];
    if (task === undefined || places.length - ended >= ahead.count) return;
    if (taken > 0 && (shared.isToBeUndone || !mayBegin())) return;
    taken++;
    if (!context.starts(task)) return beginNext();
    const place = shared.join(beginNext);
    places.push(place);
    running.push(runMember(context, place, task));
  };
  beginNext();
  // More may begin meanwhile.
  for (const [at, run] of running.entries()) {
    const place = places[at] as Place;
    if (place.isLost) lost.push(run);
    else {
      const member = await run;
      if (member !== null) members.push(member);
    }
    ended++;
    ahead.ended(place);
    beginNext();
  }
  ahead.over(taken === tasks.length);
  return taken;
}

/** Null when it asked nothing of the database: then it has ended, whatever becomes of the others. */
async function runMember(context: SharedRunContext, place: Place, task: ClaimedTask): Promise<Member | null> {
  const begun = context.clock.monotonic();
  try {
    const { spec, work } = await prepare(context, task);
    const session = await runSharedSession(context.host, spec, place, {
      codeunit: codeunitToRun(task),
      work,
    });
    const { outcome } = session;
    if (outcome.kind === 'completed' && !outcome.committed) {
      await conclude(context, task, begun, session.end(outcome));
      return null;
    }
    return { task, session, runMs: context.clock.monotonic() - begun - session.waitedMs };
  } catch {
    place.release(true);
    return { task, session: null, runMs: 0 };
  }
}

/** What becomes of those whose turn never came. @returns those that are as if they had not begun */
async function dismissed(
  context: SharedRunContext,
  lost: readonly Promise<Member | null>[],
): Promise<readonly ClaimedTask[]> {
  const members = (await Promise.all(lost)).filter((member) => member !== null);
  const { alone, concluded } = conclusions(context, members, undoneVerdict);
  await concluded;
  return alone;
}

/** Commits the transaction, or undoes it. @param onSent as for `SharedTransaction.commitAll` */
async function finish(
  context: SharedRunContext,
  shared: SharedTransaction,
  members: readonly Member[],
  onSent: (() => void) | null,
): Promise<Verdict> {
  const kept = members.filter(({ session }) => session?.outcome.kind === 'completed').map(({ task }) => task);
  const { isToBeUndone: isUndone, backend } = shared;
  let failure: unknown = null;
  if (!isUndone && kept.length > 0) {
    const fence = {
      statement: completeSharedTasks,
      values: [uuidArray(kept.map(({ id }) => id)), uuidArray(kept.map(({ claim }) => claim))],
    };
    await shared.commitAll(fence, onSent).catch((error: unknown) => {
      failure = error;
    });
  }
  await shared.end((pid) => {
    context.database.run(terminateBackend, [pid]).catch(() => undefined);
  });
  if (isNightshiftError(failure, 'COMMIT_UNKNOWN')) return unknownVerdict(failure, backend);
  if (!isUndone && failure === null) return committedVerdict;
  if (context.telemetry.active) tellUndone(context, members, failure);
  return undoneVerdict;
}

/** What a task has done to a lock of another one it would not do if it were alone: it is tried again at once. */
function committedVerdict({ outcome }: SharedSession<unknown>): SessionOutcome<unknown> | null {
  const isConflict = outcome.kind === 'failed' && CONFLICT.test(classifyFailure(outcome.error).code ?? '');
  return isConflict ? null : outcome;
}

/** Those that failed or ended quietly may have done so by what another one had written. */
function unknownVerdict(error: NightshiftError, backend: number | null): Verdict {
  return ({ outcome }) =>
    outcome.kind === 'completed' ? { kind: 'unknown', error, backend, notes: outcome.notes } : null;
}

/** A wish to stop holds; time does not: what took too long may have waited for what the others held. */
function undoneVerdict(session: SharedSession<unknown>): SessionOutcome<unknown> | null {
  const { stopKind, isLingering } = session;
  const isFinal = isLingering || (stopKind !== null && stopKind !== 'timeout');
  return isFinal ? session.stopped() : null;
}

function conclusions(
  context: SharedRunContext,
  members: readonly Member[],
  verdict: Verdict,
): Omit<Settled, 'taken' | 'lost'> {
  const now = context.clock.monotonic();
  const alone: ClaimedTask[] = [];
  const concluded: Promise<void>[] = [];
  for (const { task, session, runMs } of members) {
    const outcome = session === null ? null : verdict(session);
    if (session !== null && outcome !== null) {
      concluded.push(conclude(context, task, now - runMs, session.end(outcome)));
    } else {
      session?.annul();
      alone.push(task);
    }
  }
  return { alone, concluded: Promise.all(concluded) };
}

function tellUndone(context: SharedRunContext, members: readonly Member[], failure: unknown): void {
  // What went wrong did so in the last one, if not at the end or from outside.
  const culprit = members.find(({ session }) => session?.stopKind != null) ?? members.at(-1);
  const outcome = culprit?.session?.outcome;
  const error = failure ?? (outcome?.kind === 'failed' ? outcome.error : 'the connection is of no more use');
  context.telemetry.emit('NS0034', {
    codeunit: culprit?.task.codeunit ?? '',
    tasks: members.length,
    taskId: failure === null ? (culprit?.task.id ?? null) : null,
    reason: storedErrorOf(error).message,
  });
}
