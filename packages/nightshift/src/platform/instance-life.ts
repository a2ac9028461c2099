import type { Database } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import type { Directory, RoleNames } from '../permissions/index.ts';
import {
  ActiveSessions,
  BackgroundSessions,
  type CodeunitRegistry,
  type IsolatePool,
  type ServiceRegistry,
  SessionEvents,
  type SessionHost,
  type SessionOptions,
  SlotPool,
  type StartWatch,
} from '../session/index.ts';
import {
  type Presence,
  runTask,
  TaskClaim,
  TaskCompletion,
  TaskDispatcher,
  type TaskHandler,
  type TaskSchedulerOptions,
} from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** Slots beyond those of tasks and of StartSession: for sessions in the foreground. */
const FOREGROUND_SLOTS = 4;

/** What a server instance is made of. */
export interface ServerInstanceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: Directory;
  readonly names: RoleNames;
  readonly codeunits: CodeunitRegistry;
  readonly services: ServiceRegistry;
  readonly options: TaskSchedulerOptions;
  readonly sessions: SessionOptions;
  readonly startWatch: StartWatch;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly version: string;
  /** Tells other instances that tasks may be due. */
  readonly wakeOthers: () => void;
  /** Makes the isolates of a life; null when the application's module is not known. */
  readonly newIsolates: () => IsolatePool | null;
}

/** One life of a server instance: from its registration under an epoch to its end. */
export interface Life {
  readonly presence: Presence;
  readonly host: SessionHost & { readonly slots: SlotPool; readonly isolates: IsolatePool | null };
  readonly dispatcher: TaskDispatcher;
  readonly background: BackgroundSessions;
  services: readonly Service[];
  lost: boolean;
}

/** Puts together what one life needs; nothing of it runs before its services are started. */
export function lifeOf(parts: ServerInstanceParts, presence: Presence): Life {
  const { clock, telemetry, options, sessions } = parts;
  const host = hostOf(parts, presence);
  const watch = parts.startWatch;
  const background = new BackgroundSessions({ ...parts, host, options: sessions, watch });
  const completion = new TaskCompletion(parts.database, clock);
  const life: Life = {
    presence,
    host,
    background,
    lost: false,
    services: [],
    dispatcher: new TaskDispatcher({
      clock,
      telemetry,
      claim: claimOf(parts, presence.epoch),
      completion,
      concurrency: options.maximumConcurrentRunningTasks,
      run: (task) => runTask(context, task),
    }),
  };
  const context = {
    ...parts,
    host,
    completion,
    retryPolicy: options.retryPolicy,
    lost: () => life.lost,
    onReleased: () => life.dispatcher.wake(),
  };
  return life;
}

function hostOf(parts: ServerInstanceParts, { epoch, place }: Presence): Life['host'] {
  const { database, clock, telemetry, names, options, sessions, services } = parts;
  const places =
    options.maximumConcurrentRunningTasks + sessions.backgroundSessionsMaxConcurrent + FOREGROUND_SLOTS;
  const events = new SessionEvents({ database, clock, telemetry, epoch });
  return {
    clock,
    database,
    telemetry,
    slots: new SlotPool(database, names, epoch, places),
    active: new ActiveSessions(clock, place, sessions.stopGraceMs, events),
    events,
    services,
    isolates: parts.newIsolates(),
  };
}

function claimOf({ database, clock, directory, codeunits }: ServerInstanceParts, epoch: string): TaskClaim {
  const lanes = directory.companies.map(({ no }) => no);
  return new TaskClaim({ database, clock, epoch, lanes, codeunits: codeunits.names() });
}
