import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { CodeunitRegistry, ServiceKey } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { TaskCreation } from './task-creation.ts';
import type { TaskHandler } from './task-handlers.ts';
import type { TaskSchedulerOptions } from './task-scheduler-options.ts';

/** The task scheduler of one platform, as its verbs find it. */
export interface TaskSchedulerService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly options: TaskSchedulerOptions;
  readonly codeunits: CodeunitRegistry;
  readonly creation: Pick<TaskCreation, 'create'>;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  /** Reads tables that sessions have no rights in. The first value of each statement is the company. */
  readonly reader: Executor;
  /** Something may be due on this instance and on the others. */
  readonly wake: (lane: number, fromStart: boolean) => void;
  /** The same for the instance in this process only: the others know. */
  readonly wakeHere: (lane: number, fromStart: boolean) => void;
}

/** Under this key `platform` registers the scheduler. */
export const TASK_SCHEDULER: ServiceKey<TaskSchedulerService> = { name: 'task scheduler' };
