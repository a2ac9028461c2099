import { describeDuration, SECOND_MS } from '../foundation/index.ts';
import {
  describeSchedule,
  type EntryDeclaration,
  initialRunTime,
  type JobQueueEntry,
  previewRuns,
} from '../job-queue/index.ts';
import { explanationText } from './entry-explain.ts';
import { findEntry } from './entry-lookup.ts';
import { entryPeople } from './entry-people.ts';
import { entryView, nextRunOf, runAsText } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { counted, instantText, listOf } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

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
  // With the application at hand, it is also known what it declares.
  const loaded = await namedApplication(invocation);
  await withCaller(invocation, loaded, async (caller) => {
    const entry = await findEntry(caller, idOrNumber);
    const now = invocation.surroundings.clock.now();
    const view = entryView(entry, (await entryPeople(caller, now))(entry));
    const runs = runsToCome(entry, now);
    const explanation = await jobQueue.explain(caller, entry.id);
    const declaration = await jobQueue.declaration(caller, entry.id);
    invocation.answer({ ...view, why: explanation.sentence, declaration, nextRuns: runs }, () =>
      [entryText(entry, view, runs), ...declarationText(declaration), '', explanationText(explanation)].join(
        '\n',
      ),
    );
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

/** How it stands to the code that declares it. */
function declarationText(declaration: EntryDeclaration | null): readonly string[] {
  if (declaration === null) return [];
  const { application, name, isDeclared, changedByPeople, changedInCode } = declaration;
  const told = [
    ...(changedByPeople.length === 0 ? [] : [`people have changed ${changedByPeople.join(', ')}`]),
    ...(changedInCode.length === 0 ? [] : [`the code now says otherwise of ${changedInCode.join(', ')}`]),
    ...(isDeclared ? [] : ['the application at hand does not declare it']),
  ];
  return ['', `Declared as "${name}" by ${application}${told.length === 0 ? '' : `: ${told.join('; ')}`}.`];
}

function entryText(
  entry: JobQueueEntry,
  view: ReturnType<typeof entryView>,
  runs: readonly PlannedRun[],
): string {
  const { schedule, error } = entry;
  const zone = schedule.timeZone;
  const facts = listOf([
    ['Entry', entry.entryNo],
    ['Id', entry.id],
    ['Object', entry.object],
    ['Object type', entry.objectType],
    ...(entry.objectType === 'report' ? ([['Output type', entry.reportOutputType]] as const) : []),
    ['Parameter', entry.parameterString === '' ? null : entry.parameterString],
    ['Description', entry.description === '' ? null : entry.description],
    ['Status', entry.status],
    ['Note', entry.note],
    ['Schedule', describeSchedule(schedule, 'en')],
    ['Next run', instantText(nextRunOf(entry), zone)],
    ['Earliest start', instantText(entry.earliestStart, zone)],
    ['Expiration', instantText(entry.expiration, zone)],
    ['Runs as', runAsText(view)],
    ['Created by', view.createdBy],
    ['Last Ready', instantText(entry.lastReadyState, zone)],
    ['Reruns used', `${entry.attempts} of ${entry.maximumAttempts}`],
    ['Rerun delay', describeDuration(entry.rerunDelaySeconds * SECOND_MS)],
    ['Timeout', describeDuration(entry.timeout)],
    ['Log kept', entry.keepLogDays === null ? null : counted(entry.keepLogDays, 'day')],
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
