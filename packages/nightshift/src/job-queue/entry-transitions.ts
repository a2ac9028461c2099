import type { JobQueueEntryStatus } from './job-queue-entry.ts';

/** A change of an entry's status, and what makes it. */
export interface EntryTransition {
  readonly from: JobQueueEntryStatus;
  readonly to: JobQueueEntryStatus;
  readonly by: string;
}

const RESTING = 'On Hold with Inactivity Timeout';

function from(
  states: readonly JobQueueEntryStatus[],
  to: JobQueueEntryStatus,
  by: string,
): readonly EntryTransition[] {
  return states.map((state) => ({ from: state, to, by }));
}

/** Every change of status that there is; docs/states.md shows this table. An entry begins On Hold. */
export const ENTRY_TRANSITIONS: readonly EntryTransition[] = Object.freeze([
  ...from(['On Hold', 'Error', 'Finished', 'Waiting', RESTING], 'Ready', 'setStatusToReady'),
  ...from(['On Hold', 'Error', 'Finished'], 'Ready', 'approve, restart, runNow, release'),
  ...from([RESTING], 'Ready', 'wake, or a change of a table that its object declares'),
  ...from(['Ready', 'In Process', 'Waiting', RESTING, 'Error', 'Finished'], 'On Hold', 'setOnHold, hold'),
  ...from(['Ready', 'Waiting', RESTING, 'Error', 'Finished'], 'On Hold', 'reassign'),
  ...from(['Ready', 'In Process', 'Waiting', RESTING], 'On Hold', 'its task is removed before it runs'),
  ...from(['Ready', 'Waiting', RESTING], 'In Process', 'dispatcher: all checks passed'),
  ...from(['Waiting', RESTING], 'Ready', 'dispatcher: outside the window, or its object is missing'),
  ...from(['Ready', RESTING], 'Waiting', 'dispatcher: its category is full'),
  ...from(['Waiting'], 'Ready', 'its category has a place for it'),
  ...from(['Ready', 'In Process', 'Waiting', RESTING], 'Finished', 'dispatcher: expired'),
  ...from(['Ready'], 'Finished', 'dispatcher: its last runs were missed'),
  ...from(['Waiting', RESTING], 'Ready', 'dispatcher: the application passes it over'),
  ...from(['Ready', 'Waiting', RESTING], 'Finished', 'dispatcher: passed over, and no next run'),
  ...from(['Ready', 'Waiting', RESTING], 'On Hold', 'dispatcher: passed over, and its object plans the runs'),
  ...from(
    ['In Process'],
    'Ready',
    'success of one that recurs, or is planned by its object or the application',
  ),
  ...from(['In Process'], 'Finished', 'success of a one-off, or no next run'),
  ...from(['In Process'], RESTING, 'success of one that recurs and found nothing to do'),
  ...from(['In Process'], 'On Hold', 'success of one whose object plans the runs, and has not'),
  ...from(['In Process', 'Waiting', RESTING], 'Ready', 'failure, with attempts left or to keep its schedule'),
  ...from(['Ready', 'In Process', 'Waiting', RESTING], 'Error', 'failure, with no attempts left'),
  ...from(['Waiting'], 'Error', 'its category has a place for it, and its task is gone'),
]);

/** The table as documents show it: a line for each target and reason. */
export function transitionTable(transitions: readonly EntryTransition[]): readonly string[] {
  const byReason = Map.groupBy(transitions, ({ to, by }) => `| ${to} | ${by} |`);
  return [...byReason].map(([end, all]) => `| ${all.map((one) => one.from).join(', ')} ${end}`);
}
