import { jobQueue, type Platform } from '../platform/index.ts';
import { findEntry } from './entry-lookup.ts';
import { runEntryOnceByServer } from './entry-run-once-remote.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { personBefore, tellRun } from './run-once-view.ts';
import { StopWish } from './stop-wish.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** Runs an entry's object once, now, before the person at the terminal: in this process, or on the server of `--url`. */
export async function runEntryOnce(
  invocation: Invocation,
  idOrNumber: string,
  options: { readonly yes?: boolean },
): Promise<ExitCode> {
  const alwaysYes = options.yes === true;
  if (invocation.settings.server !== null) return runEntryOnceByServer(invocation, idOrNumber, alwaysYes);
  const loaded = await requiredApplication(invocation);
  const { surroundings } = invocation;
  const stop = new StopWish(surroundings);
  try {
    // A session needs a started instance; this one must not take other work.
    const wishes = { ...loaded, taskScheduler: { enableTaskScheduler: false } };
    return await withPlatform(invocation, wishes, async (platform) => {
      const caller = platform.as(identityOf(invocation));
      const entry = await findEntry(caller, idOrNumber);
      await platform.start();
      stopSessionsOn(stop, platform);
      invocation.notice(`Running ${entry.object} of entry ${entry.entryNo} in the foreground …`);
      const begun = surroundings.clock.monotonic();
      const result = await jobQueue.runOnce(caller, entry.id, personBefore(surroundings, alwaysYes));
      const tookMs = Math.round(surroundings.clock.monotonic() - begun);
      return tellRun(invocation, entry.entryNo, { ...result, tookMs });
    });
  } finally {
    stop.end();
  }
}

/** Ctrl-C ends the session like any other stop: it rolls back, and its log entry says Stopped. */
function stopSessionsOn(stop: StopWish, platform: Platform): void {
  void stop.first.then(() => platform.instance.host.active.stopAll('stopped', 'stopped at the terminal'));
}
