import type { Migration } from '../database/index.ts';
import { type Clock, SECOND_MS, systemClock } from '../foundation/index.ts';
import { createPlatform, type Identity, type Platform, type PlatformOptions } from '../platform/index.ts';
import type { AnyCodeunit, Caller, Session, UserInterface } from '../session/index.ts';
import type { EventId } from '../telemetry/index.ts';
import { FakeClock } from './fake-clock.ts';
import { type EventPredicate, type RecordedEvent, RecordedTelemetry } from './recorded-telemetry.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** The user and the company that every database begins with. */
export const ADMIN: Identity = Object.freeze({ user: 'ADMIN', company: 'CRONUS' });

/** A stopping platform waits this long for its sessions; in a test they have ended, or never will. */
const DRAIN_MS = 2_000;

/** How often the dispatcher looks by itself where its own clock stands still. */
const LOOK_MS = 2 * SECOND_MS;

const ENVIRONMENT = 'test';

/** What a test platform is made of. */
export interface TestPlatformOptions {
  /** Default: none. */
  readonly codeunits?: readonly AnyCodeunit[];
  /** What yields documents. Default: none. */
  readonly reports?: PlatformOptions['reports'];
  /** Tables of the application, in the company's schema. Default: none. */
  readonly migrations?: readonly Migration[];
  /** Fills new companies. Default: nothing. */
  readonly onCompanyCreate?: PlatformOptions['onCompanyCreate'];
  /** Entries that the application declares. Default: none. */
  readonly jobQueueEntries?: PlatformOptions['jobQueueEntries'];
  /** What the application does around runs. Default: nothing. */
  readonly jobQueueHooks?: PlatformOptions['jobQueueHooks'];
  /** Of the application. Default: none. */
  readonly version?: string;
  /** Tables of work items. Default: none. */
  readonly workItems?: PlatformOptions['workItems'];
  /** Where other systems send what they have. Default: nowhere. */
  readonly intakes?: PlatformOptions['intakes'];
  readonly taskScheduler?: PlatformOptions['taskScheduler'];
  readonly sessions?: PlatformOptions['sessions'];
  readonly jobQueue?: PlatformOptions['jobQueue'];
  readonly pages?: PlatformOptions['pages'];
  readonly reportInbox?: PlatformOptions['reportInbox'];
  readonly permissions?: PlatformOptions['permissions'];
  /** Where isolated codeunits are found again. Default: not known. */
  readonly applicationModule?: URL;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** A database that the test drops itself, so that several instances share it. Default: a new one. */
  readonly database?: Pick<TestDatabase, 'url'>;
  /** Default: the same name for all, since some reach one database by several addresses. */
  readonly environment?: string;
  /** Where the platform connects instead of the database's own URL: a chaos proxy. */
  readonly url?: (database: TestDatabase) => string;
  /** Default: true; false leaves it connected but not started. */
  readonly start?: boolean;
}

/** A platform on a database of its own, with its telemetry recorded. */
export interface TestPlatform {
  readonly platform: Platform;
  /** Null when the test brought the database. */
  readonly database: TestDatabase | null;
  readonly telemetry: RecordedTelemetry;
  /** The administrator as a caller whose verbs commit at once. */
  readonly admin: Caller;
  /** The first event that fits, past or future; see `RecordedTelemetry.waitFor`. */
  waitFor(id: EventId, predicate?: EventPredicate): Promise<RecordedEvent>;
  /** Opens a session as the administrator; with a user interface, in the foreground. */
  open<T>(work: (session: Session) => Promise<T>, userInterface?: UserInterface): Promise<T>;
  /** Asks the database as the superuser. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Stops the platform, then drops its database if it is its own. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Creates and starts a platform for a test. */
export async function startTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const own = options.database === undefined ? await createTestDatabase() : null;
  const telemetry = new RecordedTelemetry();
  try {
    const platform = await createPlatform({
      name: 'test',
      codeunits: options.codeunits ?? [],
      migrations: options.migrations ?? [],
      ...(options.onCompanyCreate === undefined ? {} : { onCompanyCreate: options.onCompanyCreate }),
      ...(options.jobQueueEntries === undefined ? {} : { jobQueueEntries: options.jobQueueEntries }),
      ...(options.jobQueueHooks === undefined ? {} : { jobQueueHooks: options.jobQueueHooks }),
      ...(options.version === undefined ? {} : { version: options.version }),
      reports: options.reports ?? [],
      workItems: options.workItems ?? [],
      intakes: options.intakes ?? {},
      database: { url: locate(options, own) },
      environment: options.environment ?? ENVIRONMENT,
      taskScheduler: { drainMs: DRAIN_MS, ...options.taskScheduler },
      sessions: options.sessions ?? {},
      jobQueue: options.jobQueue ?? {},
      pages: options.pages ?? {},
      reportInbox: options.reportInbox ?? {},
      permissions: options.permissions ?? {},
      ...(options.applicationModule === undefined ? {} : { applicationModule: options.applicationModule }),
      telemetry: [telemetry.receive],
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    });
    if (options.start !== false) await startOrStop(platform);
    return testPlatform(platform, own, telemetry, options);
  } catch (error) {
    await own?.drop();
    throw error;
  }
}

async function startOrStop(platform: Platform): Promise<void> {
  try {
    await platform.start();
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

/**
 * The dispatcher polls by its clock, which a fake one never lets pass: what a starved machine made it hand back would lie
 * there for good.
 */
async function keepLooking(platform: Platform, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(LOOK_MS, signal);
    if (!signal.aborted) platform.instance.wake();
  }
}

function locate(options: TestPlatformOptions, own: TestDatabase | null): string {
  if (own === null) return options.database?.url ?? '';
  return options.url?.(own) ?? own.url;
}

function testPlatform(
  platform: Platform,
  own: TestDatabase | null,
  telemetry: RecordedTelemetry,
  options: TestPlatformOptions,
): TestPlatform {
  let stopped: Promise<void> | null = null;
  const looking = new AbortController();
  const stop = () => {
    looking.abort();
    stopped ??= platform.stop().finally(() => own?.drop());
    return stopped;
  };
  if (options.clock instanceof FakeClock && options.start !== false)
    void keepLooking(platform, looking.signal);
  return {
    platform,
    database: own,
    telemetry,
    admin: platform.as(ADMIN),
    waitFor: (id, predicate) => telemetry.waitFor(id, predicate),
    open: (work, userInterface) =>
      platform.open(userInterface === undefined ? ADMIN : { ...ADMIN, userInterface }, work),
    async query<Row>(text: string, values: readonly unknown[] = []) {
      if (own !== null) return own.query<Row>(text, values);
      return platform.database.exclusively(
        async (client) => (await client.query(text, [...values])).rows as Row[],
      );
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
