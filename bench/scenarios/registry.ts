import { api } from './api.ts';
import { fairness } from './fairness.ts';
import { future } from './future.ts';
import { instances } from './instances.ts';
import { items } from './items.ts';
import { jobQueueScenario } from './job-queue.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { live } from './live.ts';
import { memory } from './memory.ts';
import { page } from './page.ts';
import { reports } from './reports.ts';
import { rights } from './rights.ts';
import type { BenchScenario } from './scenario.ts';
import { sessions } from './sessions.ts';
import { snapshot } from './snapshot.ts';
import { drain, enqueue, shared } from './throughput.ts';
import { waiting } from './waiting.ts';

/** All scenarios, in the order in which `all` runs them: those whose figures are aimed at first. */
export const SCENARIOS: readonly BenchScenario[] = [
  drain,
  shared,
  enqueue,
  latency,
  future,
  snapshot,
  kill,
  fairness,
  instances,
  waiting,
  memory,
  sessions,
  rights,
  jobQueueScenario,
  items,
  page,
  reports,
  api,
  live,
];
