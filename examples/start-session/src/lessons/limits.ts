import {
  type Caller,
  codeunit,
  NightshiftError,
  type StartedSession,
  startSession,
  stopSession,
  taskScheduler,
} from 'nightshift';
import { z } from 'zod';
import { theWorks, type theWorksRecord } from '../the-works.ts';

/** Occupies a place: it waits and does nothing. */
export const wait = codeunit({
  name: 'Wait',
  record: z.object({ ms: z.int().min(0).max(600_000) }),
  onRun: (session, { ms }) => session.sleep(ms),
});

/** What came of starting as many sessions as possible. */
export interface FullHouse {
  /** Those that were accepted: the first of them run, the others wait for a place. */
  readonly accepted: readonly StartedSession[];
  /** The refusal of the next one; null when all were accepted. */
  readonly refusal: NightshiftError | null;
}

/** Starts sessions until one is refused, at most `count`. */
export async function fillUp(caller: Caller, count: number): Promise<FullHouse> {
  const accepted: StartedSession[] = [];
  try {
    while (accepted.length < count) {
      accepted.push(await startSession(caller, wait, { record: { ms: 600_000 } }));
    }
    return { accepted, refusal: null };
  } catch (error) {
    if (error instanceof NightshiftError && error.code === 'SESSION_LIMIT_REACHED') {
      return { accepted, refusal: error };
    }
    throw error;
  }
}

/** Stops them all, those that wait first, and waits for their ends. */
export async function emptyOut(caller: Caller, { accepted }: FullHouse): Promise<void> {
  for (const { id } of accepted.toReversed()) await stopSession(caller, id, 'the house is emptied');
  await Promise.all(accepted.map(({ finished }) => finished));
}

/**
 * What the refusal is for: the caller decides. Here the work becomes a task, which is kept in the database, has places of
 * its own and can wait for as long as it takes.
 */
export async function startOrSchedule(
  caller: Caller,
  record: z.input<typeof theWorksRecord>,
): Promise<'session' | 'task'> {
  try {
    await startSession(caller, theWorks, { record });
    return 'session';
  } catch (error) {
    if (!(error instanceof NightshiftError) || error.code !== 'SESSION_LIMIT_REACHED') throw error;
    await taskScheduler.createTask(caller, theWorks, { record });
    return 'task';
  }
}
