import { findEntry } from './entry-lookup.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { WatchedRun } from './remote/watched-run.ts';
import { personBefore, tellRun } from './run-once-view.ts';
import { StopWish } from './stop-wish.ts';
import { withCaller } from './with-caller.ts';

/**
 * Has a server run an entry's object once, now, before the person at this terminal: what it asks is answered here, what it shows is
 * shown here, and whoever interrupts it has its session stopped.
 */
export function runEntryOnceByServer(
  invocation: Invocation,
  idOrNumber: string,
  alwaysYes: boolean,
): Promise<ExitCode> {
  const { surroundings } = invocation;
  return withCaller(invocation, {}, async (caller) => {
    const entry = await findEntry(caller, idOrNumber);
    const stop = new StopWish(surroundings);
    const { clock } = surroundings;
    const run = new WatchedRun(caller, clock, personBefore(surroundings, alwaysYes));
    try {
      await run.connect();
      invocation.notice(`Running ${entry.object} of entry ${entry.entryNo} in the foreground …`);
      const begun = clock.monotonic();
      await run.begin(entry.id, alwaysYes || surroundings.input.interactive);
      void stop.first.then(() => run.stop('stopped at the terminal'));
      const result = await run.ended();
      return tellRun(invocation, entry.entryNo, {
        ...result,
        tookMs: Math.round(clock.monotonic() - begun),
      });
    } finally {
      run.leave();
      stop.end();
    }
  });
}
