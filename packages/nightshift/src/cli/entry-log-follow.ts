import { NightshiftError } from '../foundation/index.ts';
import type { JobQueueEntry, JobQueueLogEntry } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { tookText } from './entry-log.ts';
import { findEntry } from './entry-lookup.ts';
import { logEntryView } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { keepLooking } from './keep-looking.ts';
import { safeJson, visible } from './printable-text.ts';
import { FollowedRun } from './run-follow.ts';
import { logLineText, progressText } from './run-notes.ts';
import { instantText, zoneOrUtc } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/**
 * Shows the lines of the run of an entry as they come, until it ends: of the one that is under way, or else of the next one.
 * Fails unless that was a success.
 */
export async function followLog(
  invocation: Invocation,
  idOrNumber: string | undefined,
  given: { readonly limit?: string; readonly lines?: boolean },
): Promise<ExitCode> {
  refuseBadOptions(idOrNumber, given);
  let exit: ExitCode = EXIT.ok;
  await withCaller(invocation, {}, async (caller) => {
    const entry = await findEntry(caller, idOrNumber);
    const run = followed(invocation, caller, entry);
    const hasEnded = await keepLooking(invocation, { look: () => run.look() });
    if (hasEnded && run.no !== null) exit = await tellEnd(invocation, caller, entry, run.no);
  });
  return exit;
}

/** @throws NightshiftError VALIDATION */
function refuseBadOptions(
  idOrNumber: string | undefined,
  { limit, lines }: { readonly limit?: string; readonly lines?: boolean },
): asserts idOrNumber is string {
  if (idOrNumber === undefined) {
    throw new NightshiftError('VALIDATION', 'Say which entry --follow is to follow.', { field: 'id' });
  }
  if (limit === undefined && lines === undefined) return;
  throw new NightshiftError('VALIDATION', '--follow goes with neither --limit nor --lines.', {
    field: limit === undefined ? 'lines' : 'limit',
  });
}

function followed(invocation: Invocation, caller: Caller, entry: JobQueueEntry): FollowedRun {
  const zone = zoneOrUtc(caller.timeZone);
  const { settings, surroundings, notice } = invocation;
  const name = `Entry ${entry.entryNo} (${entry.object})`;
  const print = (value: unknown, text: string) =>
    surroundings.output.out(settings.json ? safeJson(value, 0) : visible(text));
  return new FollowedRun({
    newest: async () => (await jobQueue.logEntries(caller, { entryId: entry.id, limit: 1 }))[0],
    read: (no, place) => jobQueue.runLines(caller, no, place),
    tell: {
      waits: () => notice(`${name} does not run now; its next run is waited for. Ctrl-C ends that.`),
      begins: ({ no, startedAt }) => notice(`Log ${no} of ${name}, started ${instantText(startedAt, zone)}:`),
      line: (line) => print({ line }, logLineText(line, zone)),
      progress: (progress) => print({ progress }, `Progress: ${progressText(progress)}`),
      startsOver: () => notice('It has begun anew, as another attempt:'),
      silent: () => notice('The server instance that runs it does not answer now.'),
    },
  });
}

/** How the run has ended. */
async function tellEnd(
  { settings, surroundings }: Invocation,
  caller: Caller,
  { id, entryNo, object }: JobQueueEntry,
  no: number,
): Promise<ExitCode> {
  const log = await logEntryOf(caller, id, no);
  if (log === undefined) return EXIT.failed;
  const { lines: _, ...view } = logEntryView(log);
  const error = log.error === null ? '' : `: ${log.error.message}`;
  const text = `Log ${no} of entry ${entryNo} (${object}): ${log.status} after ${tookText(log)}${error}`;
  surroundings.output.out(settings.json ? safeJson({ ended: view }, 0) : visible(text));
  return log.status === 'Success' ? EXIT.ok : EXIT.failed;
}

/** Others may have begun since. */
const BEGUN_SINCE_MAX = 100;

async function logEntryOf(
  caller: Caller,
  entryId: string,
  no: number,
): Promise<JobQueueLogEntry | undefined> {
  const found = await jobQueue.logEntries(caller, { entryId, limit: BEGUN_SINCE_MAX });
  return found.find((each) => each.no === no);
}
