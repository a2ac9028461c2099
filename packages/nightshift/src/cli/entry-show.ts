import { describeDuration, SECOND_MS } from '../foundation/index.ts';
import { describeSchedule, initialRunTime, type JobQueueEntry, previewRuns } from '../job-queue/index.ts';
import { readDirectory } from '../permissions/index.ts';
import { findEntry } from './entry-lookup.ts';
import { entryView, nextRunOf } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, listOf } from './showing.ts';
import { identityOf, withPlatform } from './with-platform.ts';

/** Runs that `show` looks ahead. */
export const PREVIEWED_RUNS = 5;

/** A run to come. */
export interface PlannedRun {
  readonly at: Date;
  /** What daylight saving did to it; null = nothing. */
  readonly note: string | null;
}

/** Shows one entry: its plan, its state, its last error, and when it runs next. */
export async function showEntry(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const entry = await findEntry(caller, idOrNumber);
    const view = entryView(entry, await readDirectory(platform.database));
    const runs = runsToCome(entry, invocation.surroundings.clock.now());
    invocation.answer({ ...view, nextRuns: runs }, () => entryText(entry, view.runAs, runs));
  });
  return EXIT.ok;
}

/**
 * The next runs of an entry by its schedule, were each to finish the moment it starts: of one that is not Ready, as if
 * it were set Ready now. Runs after the expiration are none.
 */
export function runsToCome(entry: JobQueueEntry, now: Date): readonly PlannedRun[] {
  const { schedule, earliestStart, expiration, status } = entry;
  if (status === 'Finished') return [];
  const first = nextRunOf(entry) ?? initialRunTime(schedule, earliestStart, now, schedule.timeZone);
  const later = previewRuns(schedule, first, PREVIEWED_RUNS - 1, schedule.timeZone);
  return [{ at: first, note: null }, ...later].filter(
    ({ at }) => expiration === null || at.getTime() <= expiration.getTime(),
  );
}

function entryText(entry: JobQueueEntry, runAs: string, runs: readonly PlannedRun[]): string {
  const { schedule, error } = entry;
  const zone = schedule.timeZone;
  const facts = listOf([
    ['Entry', entry.entryNo],
    ['Id', entry.id],
    ['Object', entry.object],
    ['Parameter', entry.parameterString === '' ? null : entry.parameterString],
    ['Description', entry.description === '' ? null : entry.description],
    ['Status', entry.status],
    ['Schedule', describeSchedule(schedule, 'en')],
    ['Next run', instantText(nextRunOf(entry), zone)],
    ['Earliest start', instantText(entry.earliestStart, zone)],
    ['Expiration', instantText(entry.expiration, zone)],
    ['Runs as', runAs],
    ['Last Ready', instantText(entry.lastReadyState, zone)],
    ['Reruns used', `${entry.attempts} of ${entry.maximumAttempts}`],
    ['Rerun delay', describeDuration(entry.rerunDelaySeconds * SECOND_MS)],
    ['Timeout', describeDuration(entry.timeout)],
    ['Task', entry.taskId],
    [
      'Last error',
      error === null ? null : `${error.message}${error.code === null ? '' : ` (${error.code})`}`,
    ],
  ]);
  return [facts, '', ...runsText(entry, runs)].join('\n');
}

function runsText(entry: JobQueueEntry, runs: readonly PlannedRun[]): readonly string[] {
  const { status, schedule } = entry;
  if (runs.length === 0) return ['No runs to come.'];
  const heading =
    status === 'Ready' ? 'Next runs:' : `Next runs, if it were set Ready now (it is ${status}):`;
  return [
    heading,
    ...runs.map(
      ({ at, note }) => `  ${instantText(at, schedule.timeZone)}${note === null ? '' : `  (${note})`}`,
    ),
  ];
}
