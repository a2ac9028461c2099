// What the job queue tells of itself beside its lists.
export { ALERT_KINDS, type Alert, type AlertKind } from './alert.ts';
export {
  type AlertPage,
  type AlertQuery,
  getAlert,
  listAlerts,
  markAlerts,
  type SeenAlerts,
} from './alerts.ts';
export { approvalActions } from './approval-actions.ts';
export { categoryActions } from './category-actions.ts';
export {
  type CueThresholds,
  type CueThresholdsView,
  cueThresholds,
  setCompanyCueThresholds,
  setCueThresholds,
} from './cue-thresholds.ts';
export { type EntryBehind, entriesOfSessions, entriesOfTasks } from './entries-behind.ts';
export { explain } from './explain.ts';
export { type Cues, cues, type RunErrorFilter, type RunErrorGroup, runErrorGroups } from './overview.ts';
export {
  planSchedule,
  type ReadyRehearsal,
  rehearseReady,
  type SchedulePlan,
  type ScheduleWish,
} from './plan.ts';
export { plannedRuns } from './planned-runs.ts';
export { retention } from './retention-view.ts';
export { type NeighbouringRun, type RunFacts, type RunMoment, runFacts } from './run-facts.ts';
export { runLines } from './run-lines.ts';
