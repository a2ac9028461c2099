// What the job queue tells of itself beside its lists.
export { approvalActions } from './approval-actions.ts';
export { categoryActions } from './category-actions.ts';
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
