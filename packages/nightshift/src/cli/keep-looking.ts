import { SECOND_MS } from '../foundation/index.ts';
import { failureOf } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { StopWish } from './stop-wish.ts';

/** How often a command that follows something looks again. */
export const FOLLOW_MS: number = SECOND_MS;

/** What is looked at again and again. */
export interface Looks {
  /** Once, before the first look; what it throws ends the command. */
  begin?(): Promise<void>;
  /** @returns whether that was all */
  look(): Promise<boolean>;
}

/**
 * Looks once a second until that was all, or until Ctrl-C. A database, or a server, that goes away and comes back is waited for.
 * @returns false: the person has had enough
 */
export async function keepLooking(
  { surroundings, notice }: Invocation,
  { begin, look }: Looks,
): Promise<boolean> {
  const stop = new StopWish(surroundings);
  const over = new AbortController();
  void stop.first.then(() => over.abort());
  let away: string | null = null;
  try {
    await begin?.();
    while (!over.signal.aborted) {
      try {
        if (await look()) return true;
        if (away !== null) notice(`The ${away} answers again.`);
        away = null;
      } catch (error) {
        const { code, message } = failureOf(error);
        const missing = AWAY.get(code);
        if (missing === undefined) throw error;
        if (away === null) notice(`${message} Waiting for the ${missing} …`);
        away = missing;
      }
      await surroundings.clock.sleep(FOLLOW_MS, over.signal);
    }
    return false;
  } finally {
    stop.end();
  }
}

/** What does not answer, by the code of the error. */
const AWAY: ReadonlyMap<string, string> = new Map([
  ['DATABASE_UNAVAILABLE', 'database'],
  ['DATABASE_BUSY', 'database'],
  ['SERVER_UNREACHABLE', 'server'],
]);
