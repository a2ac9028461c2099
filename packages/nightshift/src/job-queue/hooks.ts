import { NightshiftError, type StoredError, storedErrorOf } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

/**
 * What an application does around the runs of its job queue entries, whoever they are of and whatever they run. Hooks run in
 * the main thread of the server instance that runs the entry, whatever isolation its object has, as the user whom the entry
 * runs as and with no more rights than he has. They are not called for `jobQueue.runOnce`, nor when nobody is left as whom the
 * entry could run. None of them is called while a row of the job queue is locked. The entry is a copy.
 */
export interface JobQueueHooks {
  /**
   * Whether the run is passed over, and why: a text means it is, anything empty that it takes place. Asked when everything
   * else allows the run, in the transaction that passes it over or begins it; of an entry that waits in its category, once
   * more when it is its turn. One that recurs goes on with its next run, one that does not is Finished, and one with manual
   * recurrence On Hold. An error fails the run before its start.
   */
  readonly skipRun?: (
    session: Session,
    entry: JobQueueEntry,
  ) => string | null | undefined | Promise<string | null | undefined>;
  /**
   * Before the object, in its session and in a transaction of its own that is committed before the object starts: what it
   * writes stays when the object fails. It commits once for one run, also when the task scheduler takes the run up again. An
   * error fails the run before its start; a quiet end ends the run well, without the object.
   */
  readonly beforeRun?: (session: Session, entry: JobQueueEntry) => unknown;
  /**
   * After an object that has ended well, in its session and its transaction, before the outcome: they commit together. An
   * error fails the run as one of the object does.
   */
  readonly afterRun?: (session: Session, entry: JobQueueEntry) => unknown;
  /**
   * After each failed run, in the session of the error handler, in a transaction of its own that begins when the outcome is
   * committed: `entry` is as the outcome has left it. Called at most once for a run: not when the server instance dies in
   * between. Its own error undoes what it has written, is told (NS0060) and noted in the log entry; the outcome stands.
   */
  readonly onError?: (session: Session, entry: JobQueueEntry, error: StoredError) => unknown;
  /** As `onError` and after it, when no attempts are left. */
  readonly onFinalError?: (session: Session, entry: JobQueueEntry, error: StoredError) => unknown;
  /**
   * When an entry runs next, in place of what its schedule proposes; pure, and asked while the outcome is written: after a good
   * run, after one that `skipRun` has passed over, and after a final error when the entry keeps its schedule. Not asked for
   * attempts after an error, nor where the entry rests or its object plans it. `undefined`: as proposed; `null`: not again.
   * An answer that is no time after now, and an error, are told (NS0060) and noted, and the proposed time stands. `zone` is the
   * time zone of the schedule. The run starts within the hours of the entry all the same.
   */
  readonly nextRun?: (entry: JobQueueEntry, proposed: Date | null, zone: string) => Date | null | undefined;
}

/** The hooks, by name. */
export type HookName = keyof JobQueueHooks;

const HOOKS: readonly string[] = [
  'skipRun',
  'beforeRun',
  'afterRun',
  'onError',
  'onFinalError',
  'nextRun',
] satisfies readonly HookName[];

/** The last instant whose year has four digits. */
const NEXT_RUN_MAX = Date.UTC(10_000, 0, 1) - 1;

/**
 * Checks the hooks that an application declares.
 * @throws NightshiftError APPLICATION_INVALID with the field `jobQueueHooks`
 */
export function checkHooks(hooks: JobQueueHooks): JobQueueHooks {
  if (typeof hooks !== 'object' || hooks === null) throw invalid('jobQueueHooks is an object of functions.');
  for (const [name, hook] of Object.entries(hooks)) {
    if (!HOOKS.includes(name)) throw invalid(`There is no hook "${name}"; there are ${HOOKS.join(', ')}.`);
    if (hook !== undefined && typeof hook !== 'function') throw invalid(`The hook ${name} is a function.`);
  }
  return Object.freeze({ ...hooks });
}

/** When an entry runs next, after the hook was asked. */
export interface HookedRun {
  readonly runAt: Date | null;
  /** Why its answer does not count; null: it does. */
  readonly fault: StoredError | null;
}

/** What the hook `nextRun` makes of the time that the schedule proposes. Never throws. */
export function hookedRun(
  { nextRun }: JobQueueHooks,
  entry: JobQueueEntry,
  proposed: Date | null,
  now: Date,
): HookedRun {
  if (nextRun === undefined) return { runAt: proposed, fault: null };
  try {
    // Copies: what is changed of them changes nothing here.
    const answer: unknown = nextRun(
      Object.freeze({ ...entry }),
      proposed === null ? null : new Date(proposed),
      entry.schedule.timeZone,
    );
    if (answer === undefined) return { runAt: proposed, fault: null };
    if (answer === null) return { runAt: null, fault: null };
    return { runAt: checkedRun(answer, now), fault: null };
  } catch (error) {
    return { runAt: proposed, fault: storedErrorOf(error) };
  }
}

function checkedRun(answer: unknown, now: Date): Date {
  const ms = answer instanceof Date ? answer.getTime() : Number.NaN;
  if (ms > now.getTime() && ms <= NEXT_RUN_MAX) return new Date(ms);
  const given = Number.isNaN(ms) ? 'no time' : new Date(ms).toISOString();
  const text = `The hook nextRun answers with a Date after now, null or undefined; it was ${given}.`;
  throw new NightshiftError('VALIDATION', text, { field: 'nextRun' });
}

function invalid(text: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', text, { field: 'jobQueueHooks' });
}
