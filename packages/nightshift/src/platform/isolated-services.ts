import { hostname } from 'node:os';
import { type Clock, NightshiftError, systemClock } from '../foundation/index.ts';
import {
  JOB_QUEUE,
  jobQueueDispatcher,
  jobQueueErrorHandler,
  listCategories,
  listEntries,
  listEntriesPage,
  listErrorMessages,
  listLogEntries,
} from '../job-queue/index.ts';
import { PAGE_TASKS } from '../page-background-task/index.ts';
import { REPORTS } from '../reports/index.ts';
import {
  AUTHORITY,
  actorOf,
  CodeunitRegistry,
  doorOf,
  type IsolateContents,
  type IsolateOrder,
  type IsolateService,
  type Outside,
  SESSIONS,
  ServiceRegistry,
} from '../session/index.ts';
import {
  listTasksOfCompany,
  readTask,
  TASK_SCHEDULER,
  type TaskSchedulerOptions,
} from '../task-scheduler/index.ts';
import { type Dimensions, EVENTS, type EventId, Telemetry } from '../telemetry/index.ts';
import { type AnyWorkItems, WORK_ITEMS } from '../work-items/index.ts';
import { isApplication } from './application.ts';
import { AUTHORITY_SERVICE, authorityInside, authorityOutside } from './isolated-authority.ts';
import { SESSION_SERVICE, sessionServiceInside, sessionServiceOutside } from './isolated-session-service.ts';
import { WORK_ITEM_SERVICE, workItemsInside, workItemsOutside } from './isolated-work-items.ts';
import { handlersOf } from './task-handlers.ts';

/** What the platform tells its isolates when they start. */
export interface IsolateSettings {
  readonly schedulerOptions: TaskSchedulerOptions;
}

/**
 * Statements that read outside the session's transaction, with the platform's rights. The first value is the company; at
 * `userAt` stands the number of the user whose rows only are read, null for everybody's.
 */
const READS = [
  { statement: listEntries, verb: 'entry.read', kind: 'entry', userAt: 3 },
  { statement: listEntriesPage, verb: 'entry.read', kind: 'entry', userAt: 3 },
  { statement: listLogEntries, verb: 'entry.read', kind: 'entry', userAt: 3 },
  { statement: listErrorMessages, verb: 'entry.read', kind: 'entry', userAt: 2 },
  { statement: listCategories, verb: 'category.read', kind: 'category', userAt: 1 },
  { statement: listTasksOfCompany, verb: 'task.read', kind: 'task', userAt: 1 },
  { statement: readTask, verb: 'task.read', kind: 'task', userAt: 1 },
] as const;

/**
 * What isolates may ask of the platform besides their session's own transaction, by name. Each entry takes the session
 * as its caller and must check its arguments, because a process can send what it likes.
 */
export function servicesOutside(services: ServiceRegistry): ReadonlyMap<string, IsolateService> {
  return new Map<string, IsolateService>([
    [
      'reader',
      async (caller, method, args) => {
        const wanted = READS.find(({ statement }) => statement.name === method);
        if (wanted === undefined) throw refused('reader', method);
        const { statement, verb, kind, userAt } = wanted;
        const door = doorOf(caller);
        const reach = await services.get(AUTHORITY).demand(actorOf(door), verb, { kind, id: null });
        // Whatever the isolate says, it reads its own company, and what its user may see there.
        const values = [door.company.no, ...args.slice(1)].with(
          userAt,
          reach === 'own' ? door.user.no : null,
        );
        return services.get(JOB_QUEUE).reader.run(statement, values);
      },
    ],
    [AUTHORITY_SERVICE, authorityOutside(services, () => services.get(TASK_SCHEDULER).codeunits)],
    [WORK_ITEM_SERVICE, workItemsOutside(services)],
    [SESSION_SERVICE, sessionServiceOutside(() => services.get(TASK_SCHEDULER).codeunits)],
    [
      'task scheduler',
      (caller, _method, [fromStart]) =>
        services.get(TASK_SCHEDULER).wake(doorOf(caller).company.no, fromStart !== false),
    ],
    [
      'telemetry',
      (_caller, method, [dimensions]) => {
        if (!Object.hasOwn(EVENTS, method)) throw refused('telemetry', method);
        services.get(TASK_SCHEDULER).telemetry.emit(method as EventId, plainDimensions(dimensions));
      },
    ],
  ]);
}

/**
 * Loads the application into an isolate.
 * @throws NightshiftError APPLICATION_INVALID; whatever the module throws
 */
export async function contentsOf(order: IsolateOrder): Promise<IsolateContents> {
  const loaded = (await import(order.applicationModule)) as { readonly default?: unknown };
  const application = loaded.default;
  if (!isApplication(application)) {
    throw new NightshiftError(
      'APPLICATION_INVALID',
      `The default export of ${order.applicationModule} is not an application.`,
      { field: 'applicationModule' },
    );
  }
  const codeunits = new CodeunitRegistry([
    ...application.codeunits,
    jobQueueDispatcher,
    jobQueueErrorHandler,
  ]);
  const { schedulerOptions } = order.settings as IsolateSettings;
  const { name, workItems: declared = [] } = application;
  const contents = { codeunits, application: name, declared, options: schedulerOptions };
  return { codeunits, servicesOf: (outside) => servicesInside(outside, contents) };
}

/** What an isolate knows of its application. */
interface InsideParts {
  readonly codeunits: CodeunitRegistry;
  readonly application: string;
  readonly declared: readonly AnyWorkItems[];
  readonly options: TaskSchedulerOptions;
}

/** The services that verbs find when they are called inside an isolate. */
function servicesInside(
  outside: Outside,
  { codeunits, application, declared, options }: InsideParts,
): ServiceRegistry {
  const services = new ServiceRegistry();
  const clock = clockOf(outside.pinned);
  const telemetry = new Telemetry([({ id, dimensions }) => outside.tell('telemetry', id, [dimensions])]);
  const reader = {
    run: async <Row>(target: { readonly name: string }, values: readonly unknown[]) =>
      (await outside.call('reader', target.name, values)) as Row[],
  };
  services.set(TASK_SCHEDULER, {
    clock,
    telemetry,
    options,
    reader,
    codeunits,
    handlers: handlersOf(clock, services),
    // For callers without a transaction; a session has one.
    creation: { create: () => Promise.reject(refused('task scheduler', 'create')) },
    wake: (_lane, fromStart) => outside.tell('task scheduler', 'wake', [fromStart]),
    wakeHere: (_lane, fromStart) => outside.tell('task scheduler', 'wake', [fromStart]),
  });
  services.set(AUTHORITY, authorityInside(outside, clock));
  services.set(SESSIONS, sessionServiceInside(outside));
  services.set(PAGE_TASKS, {
    codeunits,
    pages: () => {
      throw new NightshiftError(
        'CALLBACK_NOT_ALLOWED',
        'A page is opened in the main thread: from a codeunit that is not isolated.',
      );
    },
  });
  services.set(WORK_ITEMS, {
    clock,
    telemetry,
    application,
    declared,
    epoch: () => null,
    apart: workItemsInside(outside),
  });
  services.set(REPORTS, { clock, telemetry, apart: null });
  services.set(JOB_QUEUE, {
    clock,
    telemetry,
    codeunits,
    // Runs are begun and ended outside.
    instance: () => ({ epoch: null, name: hostname() }),
    reader,
    version: null,
    declarations: { application: '', entries: [] },
    hooks: {},
    detached: null,
    foreground: () =>
      Promise.reject(
        new NightshiftError(
          'CALLBACK_NOT_ALLOWED',
          'jobQueue.runOnce needs a person: call it from a codeunit that is not isolated.',
        ),
      ),
  });
  return services;
}

function clockOf(pinned: Date | null): Clock {
  if (pinned === null) return systemClock;
  const now = () => new Date(pinned);
  return { ...systemClock, now, pinned: now };
}

function plainDimensions(dimensions: unknown): Dimensions {
  const plain: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(dimensions ?? {})) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) plain[name] = value;
  }
  return plain;
}

function refused(service: string, method: string): NightshiftError {
  return new NightshiftError('PERMISSION_DENIED', `Isolates may not call ${service}.${method}.`);
}
