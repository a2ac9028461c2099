import { describeDuration } from '../foundation/index.ts';
import type { RunOnceResult } from '../job-queue/index.ts';
import { jobQueue, type Platform } from '../platform/index.ts';
import { findEntry } from './entry-lookup.ts';
import { errorView } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { StopWish } from './stop-wish.ts';
import { terminalInterface } from './terminal-interface.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** Runs an entry's object once, now, before the person at the terminal. */
export async function runEntryOnce(
  invocation: Invocation,
  idOrNumber: string,
  options: { readonly yes?: boolean },
): Promise<ExitCode> {
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
      const dialogs = terminalInterface(surroundings, options.yes === true);
      const { status, error, logEntryNo, differences } = await jobQueue.runOnce(caller, entry.id, dialogs);
      const tookMs = Math.round(surroundings.clock.monotonic() - begun);
      const view = {
        entryNo: entry.entryNo,
        status,
        logEntryNo,
        tookMs,
        error: errorView(error),
        differences,
      };
      invocation.answer(view, () => {
        const head = `${status} after ${describeDuration(tookMs)}, log entry ${logEntryNo}.`;
        const failure =
          error === null ? [] : [`${error.message}${error.code === null ? '' : ` (${error.code})`}`];
        return [head, ...failure, ...differenceLines(differences)].join('\n');
      });
      return status === 'Success' ? EXIT.ok : EXIT.failed;
    });
  } finally {
    stop.end();
  }
}

/** What works before a person may fail at night. */
function differenceLines(differences: RunOnceResult['differences']): readonly string[] {
  return [
    'In the background it would differ:',
    ...differences.map(({ what, foreground, background }) => `  ${what}: ${background} (now: ${foreground})`),
  ];
}

/** Ctrl-C ends the session like any other stop: it rolls back, and its log entry says Stopped. */
function stopSessionsOn(stop: StopWish, platform: Platform): void {
  void stop.first.then(() => platform.instance.host.active.stopAll('stopped', 'stopped at the terminal'));
}
