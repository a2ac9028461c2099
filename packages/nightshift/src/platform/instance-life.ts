import type { Database } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import type { JobQueueOptions } from '../job-queue/index.ts';
import { type PageTaskOptions, PageTasks } from '../page-background-task/index.ts';
import type { Directory, LiveDirectory, RoleNames } from '../permissions/index.ts';
import type { ReportOptions } from '../reports/index.ts';
import {
  ActiveSessions,
  BackgroundSessions,
  type CodeunitRegistry,
  type IsolatePool,
  type ServiceRegistry,
  SessionAudit,
  SessionEvents,
  type SessionHost,
  type SessionOptions,
  SlotPool,
  type StartWatch,
} from '../session/index.ts';
import {
  type ClaimContext,
  type Presence,
  parseRetryExceptions,
  RunAhead,
  runShared,
  runTask,
  SchemaWatch,
  SuspectClaim,
  sharedSizesOf,
  TaskBirths,
  TaskClaim,
  TaskCompletion,
  TaskDispatcher,
  type TaskHandler,
  TaskLimits,
  type TaskSchedulerOptions,
  TaskUsers,
} from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { admissionOf } from './admission.ts';
import { EnvironmentWatch } from './environment-watch.ts';
import { ITEM_SESSIONS_MAX } from './item-sessions.ts';

/** Slots beyond those of tasks and of StartSession: for sessions in the foreground. */
const FOREGROUND_SLOTS = 4;

/** What a server instance is made of. */
export interface ServerInstanceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
  readonly codeunits: CodeunitRegistry;
  readonly services: ServiceRegistry;
  readonly options: TaskSchedulerOptions;
  readonly sessions: SessionOptions;
  readonly jobQueue: JobQueueOptions;
  readonly pages: PageTaskOptions;
  readonly reports: ReportOptions;
  readonly startWatch: StartWatch;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly version: string;
  /** The platform's migrations that this release knows. */
  readonly knownMigrations: readonly string[];
  /** The name of the environment that the instance is configured for. */
  readonly environment: string;
  /** Tells other instances that tasks may be due. */
  readonly wakeOthers: (lane: number | null, fromStart: boolean) => void;
  /** Makes the isolates of a life; null when the application's module is not known. */
  readonly newIsolates: () => IsolatePool | null;
}

/** One life of a server instance: from its registration under an epoch to its end. */
export interface Life {
  readonly presence: Presence;
  readonly host: SessionHost & { readonly slots: SlotPool; readonly isolates: IsolatePool | null };
  readonly dispatcher: TaskDispatcher;
  readonly births: TaskBirths;
  /** Starts and stops the dispatcher: an instance that is held runs no tasks. */
  readonly watch: EnvironmentWatch;
  /** Keeps the dispatcher from starting while the schema is newer than this release. */
  readonly schema: SchemaWatch;
  readonly background: BackgroundSessions;
  /** The pages that are open, and their background tasks. */
  readonly pages: PageTasks;
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
  const claiming = claimContextOf(parts, presence);
  const claim = new TaskClaim(claiming);
  const ahead = new RunAhead();
  const dispatcher = new TaskDispatcher({
    clock,
    telemetry,
    claim,
    suspects: (places) => new SuspectClaim({ ...claiming, claim }, places),
    completion,
    concurrency: options.maximumConcurrentRunningTasks,
    startsPerSecond: options.maximumTasksStartedPerSecond,
    run: (task, yieldPlace) => runTask(context, task, yieldPlace),
    shared: {
      sizes: sharedSizesOf(parts.codeunits.names().map((name) => parts.codeunits.get(name))),
      run: (tasks, yieldPlace) => runShared(context, tasks, yieldPlace),
    },
  });
  const { epoch } = presence;
  const schema = new SchemaWatch({ ...parts, epoch });
  const life: Life = {
    presence,
    host,
    background,
    pages: new PageTasks({ host, telemetry, options: parts.pages }),
    lost: false,
    services: [],
    dispatcher,
    births: new TaskBirths({
      claim,
      dispatcher,
      clock,
      epoch,
      mayClaim: (companyNo) => schema.mayClaim(companyNo),
    }),
    schema,
    watch: new EnvironmentWatch({
      ...parts,
      epoch,
      dispatcher: options.enableTaskScheduler ? schema.guard(dispatcher) : null,
    }),
  };
  const context = {
    ...parts,
    host,
    completion,
    epoch,
    users: new TaskUsers({ ...parts, ...options }),
    retryPolicy: options.retryPolicy,
    retryExceptions: parseRetryExceptions(options.taskSchedulerExecutionRetryExceptions),
    lost: () => life.lost,
    mayStart: () => dispatcher.mayStart && !life.lost,
    starts: (task: Parameters<typeof claim.starts>[0]) => claim.starts(task),
    ahead,
    onReleased: () => life.dispatcher.wake(null, true),
  };
  return life;
}

function hostOf(parts: ServerInstanceParts, { epoch, place, deadlines }: Presence): Life['host'] {
  const { database, clock, telemetry, names, options, sessions, services } = parts;
  const places =
    options.maximumConcurrentRunningTasks +
    sessions.backgroundSessionsMaxConcurrent +
    FOREGROUND_SLOTS +
    ITEM_SESSIONS_MAX +
    parts.pages.tasksMaxConcurrent;
  const events = new SessionEvents({ database, clock, telemetry, epoch });
  const active = new ActiveSessions(clock, place, sessions.stopGraceMs, events);
  active.noteDeadlines(deadlines);
  return {
    clock,
    database,
    telemetry,
    slots: new SlotPool(database, names, epoch, places),
    active,
    events,
    audit: new SessionAudit(parts),
    codeunits: parts.codeunits,
    services,
    admit: admissionOf(parts.directory, clock),
    rightsVersion: () => parts.directory.version,
    isolates: parts.newIsolates(),
  };
}

function claimContextOf(parts: ServerInstanceParts, { epoch, claims: ledger }: Presence): ClaimContext {
  const { database, clock, directory, codeunits, options } = parts;
  const names = codeunits.names();
  const perCodeunit = names.flatMap((name) => {
    const { maximumConcurrent } = codeunits.get(name);
    return maximumConcurrent === null ? [] : [[name, maximumConcurrent] as const];
  });
  const limits = new TaskLimits(options.maximumConcurrentTasksPerUser, new Map(perCodeunit));
  return { database, clock, epoch, lanes: lanesOf(directory), codeunits: names, limits, ledger };
}

/** The open companies, by their numbers; the same list until one comes or goes. */
function lanesOf(directory: LiveDirectory): () => readonly number[] {
  let seen: Directory | null = null;
  let lanes: readonly number[] = [];
  return () => {
    if (directory.current === seen) return lanes;
    seen = directory.current;
    const open = seen.companies.filter(({ state }) => state === 'open').map(({ no }) => no);
    if (open.join() !== lanes.join()) lanes = open;
    return lanes;
  };
}
