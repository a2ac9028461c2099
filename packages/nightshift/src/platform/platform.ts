import type { EmbeddedPostgres } from '@nightshift/embedded-postgres';
import { ADMINISTRATION } from '../administration/index.ts';
import {
  type Database,
  executorOver,
  openDatabase,
  PLATFORM_MIGRATIONS,
  readMigrationFolder,
} from '../database/index.ts';
import { type Clock, systemClock } from '../foundation/index.ts';
import { JOB_QUEUE, jobQueueDispatcher, jobQueueErrorHandler } from '../job-queue/index.ts';
import { PAGE_TASKS } from '../page-background-task/index.ts';
import { Authority, type Enforcement, type LiveDirectory, type RoleNames } from '../permissions/index.ts';
import { REPORTS } from '../reports/index.ts';
import {
  AUTHORITY,
  type Caller,
  CodeunitRegistry,
  doorOf,
  SESSION_READER,
  SESSIONS,
  ServiceRegistry,
  type Session,
  StartWatch,
} from '../session/index.ts';
import { TASK_SCHEDULER, TaskCreation, WakeUp } from '../task-scheduler/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { WORK_ITEMS } from '../work-items/index.ts';
import { type Application, declaringApplication, type ServedIntake } from './application.ts';
import { detachedCaller } from './callers.ts';
import { type CheckedOptions, checkedOptions } from './checked-options.ts';
import { type ConfiguredEnvironment, environmentOf } from './environment.ts';
import { type EnvironmentVerbs, environmentVerbs } from './environment-verbs.ts';
import { recordForeground } from './foreground.ts';
import { isolationOf } from './isolation.ts';
import { jobQueueCues } from './job-queue-cues.ts';
import { jobQueueServiceOf, retentionOf } from './job-queue-service.ts';
import { locateDatabase } from './locate-database.ts';
import { demandToOpen, type OpenOptions, openDuringCreation, openSession } from './open-session.ts';
import { applicationModuleOf, applicationOf, type PlatformOptions } from './platform-options.ts';
import { prepareDatabase } from './prepare-database.ts';
import { reportsApart } from './reports-apart.ts';
import { ServerInstance } from './server-instance.ts';
import { sessionServiceOf } from './session-service.ts';
import { handlersOf } from './task-handlers.ts';
import { VERSION } from './version.ts';
import { workItemServiceOf } from './work-item-service.ts';

/** Who acts, and in which company. */
export interface Identity {
  readonly user: string;
  readonly company: string;
  /** A UUID that all has in common which is set off so. Default: none. */
  readonly correlationId?: string;
}

/** How a platform is stopped. */
export interface StopOptions {
  /**
   * Does not wait for what runs: its sessions are stopped and killed, and their tasks handed back, which costs them no
   * attempt. Takes about a second while the database answers. Default: false, waits for `drainMs`.
   */
  readonly atOnce?: boolean;
}

/** A connected platform: the database, the application, and, once started, a server instance. */
export interface Platform {
  readonly database: Database;
  readonly codeunits: CodeunitRegistry;
  readonly instance: ServerInstance;
  /** Companies, users and their rights, as this process knows them. */
  readonly directory: LiveDirectory;
  /** Who keeps sessions within the rights of their users. */
  readonly enforcement: Enforcement;
  /** Folder of the embedded PostgreSQL; null with a database of your own. */
  readonly embedded: EmbeddedPostgres | null;
  /** Migrations that were applied when it connected. */
  readonly applied: readonly string[];
  /** Where other systems send what they have by themselves, by name. */
  readonly intakes: Readonly<Record<string, ServedIntake>>;
  /** Which database this is meant to be; releases instances that are held. */
  readonly environment: EnvironmentVerbs;
  /** Registers this process as a server instance and runs tasks. Idempotent. */
  start(): Promise<void>;
  /**
   * Drains, hands back what has not begun, disconnects; stops the embedded PostgreSQL when nobody else uses it.
   * Idempotent; `atOnce` also hurries a stop that is under way.
   */
  stop(options?: StopOptions): Promise<void>;
  /**
   * A caller for verbs, each of which commits at once, and asks whether the user may.
   * It asks nobody itself: of a company that another process has just made, `directory.refresh()` tells it for sure.
   * @throws NightshiftError USER_UNKNOWN, COMPANY_UNKNOWN
   */
  as(identity: Identity): Caller;
  /**
   * Opens a session, runs `work` in it, commits when it resolves and rolls back when it rejects. With a
   * `userInterface` it is a foreground session: dialogs reach that person.
   * @throws what `work` threw; NightshiftError PLATFORM_NOT_STARTED, USER_DISABLED, PERMISSION_DENIED when the user has no
   *   permission set in the company
   */
  open<T>(identity: Identity & OpenOptions, work: (session: Session) => Promise<T>): Promise<T>;
}

/**
 * Connects to the database (starting the embedded one when no URL is given), brings its schema up to date, and wires
 * the application to it. Nothing runs before `start`.
 * @throws NightshiftError VALIDATION, DATABASE_UNAVAILABLE, DATABASE_VERSION, DATABASE_RIGHTS, SCHEMA_NEWER …
 */
export async function createPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const application = applicationOf(options);
  const codeunits = new CodeunitRegistry([
    ...application.codeunits,
    jobQueueDispatcher,
    jobQueueErrorHandler,
    jobQueueCues,
  ]);
  const checked = checkedOptions(options);
  const applicationModule = applicationModuleOf(options, application);
  const clock = options.clock ?? systemClock;
  const telemetry = new Telemetry(options.telemetry ?? []);
  const { url, embedded } = await locateDatabase(options);
  let database: Database | null = null;
  try {
    database = await openDatabase({ url, applicationName: `nightshift ${application.name}`.slice(0, 50) });
    const wiring = {
      environment: environmentOf(options.environment, {
        url,
        dataDirectory: embedded?.dataDirectory ?? null,
      }),
      application,
      codeunits,
      database,
      clock,
      telemetry,
      ...checked,
      applicationModule,
    };
    return await wire(wiring, embedded, options.migrate ?? 'apply');
  } catch (error) {
    await database?.close();
    await embedded?.release();
    throw error;
  }
}

/** What the parts are made of. */
interface Wiring extends CheckedOptions {
  readonly environment: ConfiguredEnvironment;
  readonly application: Application;
  readonly codeunits: CodeunitRegistry;
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly applicationModule: string | null;
}

async function wire(
  wiring: Wiring,
  embedded: EmbeddedPostgres | null,
  mode: 'apply' | 'check',
): Promise<Platform> {
  const { codeunits, database, clock, telemetry, schedulerOptions } = wiring;
  const { directory, names, applied } = await prepareDatabase(wiring, mode);
  const services = new ServiceRegistry();
  const wakeUp = new WakeUp(database, clock);
  const instance = new ServerInstance({
    database,
    clock,
    telemetry,
    directory,
    names,
    codeunits,
    services,
    options: schedulerOptions,
    sessions: wiring.sessions,
    jobQueue: wiring.jobQueue,
    pages: wiring.pages,
    reports: wiring.reports,
    startWatch: new StartWatch(clock, telemetry),
    handlers: handlersOf(clock, services),
    version: VERSION,
    knownMigrations: (await readMigrationFolder(PLATFORM_MIGRATIONS)).map(({ name }) => name),
    environment: wiring.environment.name,
    wakeOthers: (lane, fromStart) => wakeUp.send(lane, fromStart),
    newIsolates: isolationOf({ ...wiring, services }),
  });
  registerServices(services, wiring, instance, wakeUp);
  registerAdministration(services, wiring, instance, { directory, names });
  const as = ({ user, company, correlationId }: Identity) =>
    detachedCaller(database, services, {
      user: directory.user(user),
      company: directory.company(company),
      correlationId,
    });
  let stopped: Promise<void> | null = null;
  const stop = async () => {
    await instance.service.stop();
    await wakeUp.sent();
    await database.close();
    await embedded?.release();
  };
  return {
    database,
    codeunits,
    instance,
    directory,
    enforcement: names.enforcement,
    embedded,
    applied,
    // One that comes from an older copy of this package has none.
    intakes: wiring.application.intakes ?? {},
    environment: environmentVerbs({ database, clock, configured: wiring.environment }),
    start: () => instance.service.start(),
    stop: ({ atOnce } = {}) => {
      if (atOnce === true) instance.hurry();
      stopped ??= stop();
      return stopped;
    },
    as,
    open: async (identity, work) => {
      const caller = as(identity);
      await demandToOpen(doorOf(caller));
      return openSession(instance, caller, identity, work);
    },
  };
}

/** Gives the verbs of the higher floors what they work with. */
function registerServices(
  services: ServiceRegistry,
  wiring: Wiring,
  instance: ServerInstance,
  wakeUp: WakeUp,
): void {
  const { codeunits, database, clock, telemetry, schedulerOptions } = wiring;
  services.set(TASK_SCHEDULER, {
    clock,
    telemetry,
    options: schedulerOptions,
    codeunits,
    creation: new TaskCreation(database, clock, () => instance.births, wakeUp),
    handlers: handlersOf(clock, services),
    reader: database.apart,
    wakeHere: (lane, fromStart) => instance.wake(lane, fromStart),
    wake: (lane, fromStart) => {
      instance.wake(lane, fromStart);
      wakeUp.send(lane, fromStart);
    },
  });
  services.set(PAGE_TASKS, { codeunits, pages: () => instance.pages });
  // A search through millions of events may take as long as it takes.
  services.set(SESSION_READER, {
    run: (target, values) => database.exclusively((client) => executorOver(client).run(target, values)),
  });
}

/** Gives the verbs about entries, companies, users and rights what they work with. */
function registerAdministration(
  services: ServiceRegistry,
  wiring: Wiring,
  instance: ServerInstance,
  { directory, names }: { readonly directory: LiveDirectory; readonly names: RoleNames },
): void {
  const { application, codeunits, database, clock, telemetry } = wiring;
  const authority = new Authority({ database, clock, directory });
  services.set(AUTHORITY, authority);
  services.set(SESSIONS, sessionServiceOf({ database, clock, telemetry, instance, directory, authority }));
  const parts = { database, clock, telemetry, codeunits, application, services, authority, instance };
  services.set(JOB_QUEUE, jobQueueServiceOf({ ...parts, retention: retentionOf(wiring) }));
  services.set(REPORTS, { clock, telemetry, apart: reportsApart(database) });
  services.set(WORK_ITEMS, workItemServiceOf({ ...parts, directory, names }));
  services.set(ADMINISTRATION, {
    database,
    clock,
    telemetry,
    directory,
    names,
    authority,
    application: declaringApplication(application, database, directory),
    openDuringCreation: ({ user, company }, work) =>
      openDuringCreation(instance, detachedCaller(database, services, { user, company }), work),
    record: ({ user, company }, { target, record, ...run }) =>
      recordForeground(instance.host, detachedCaller(database, services, { user, company }), {
        ...run,
        name: target.name,
        work: (session) => session.run(target, record),
      }),
  });
}
