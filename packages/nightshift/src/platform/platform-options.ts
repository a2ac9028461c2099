import type { Clock } from '../foundation/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { JobQueueOptionsInput } from '../job-queue/index.ts';
import type { PageTaskOptionsInput } from '../page-background-task/index.ts';
import type { PermissionOptionsInput } from '../permissions/index.ts';
import type { ReportOptionsInput } from '../reports/index.ts';
import { moduleMissing, type SessionOptionsInput } from '../session/index.ts';
import type { TaskSchedulerOptionsInput } from '../task-scheduler/index.ts';
import type { TelemetryReceiver } from '../telemetry/index.ts';
import { type Application, type ApplicationDefinition, defineApp } from './application.ts';

/** Where the database is. */
export interface DatabaseOptions {
  /** A `postgresql://` URL. Default: the embedded PostgreSQL. */
  readonly url?: string;
  /** Folder of the embedded PostgreSQL. Default: `.nightshift/postgres` in the working directory. */
  readonly dataDirectory?: string;
  /** TCP port of the embedded PostgreSQL on 127.0.0.1; 0 picks a free one. Default: none, a Unix socket only. */
  readonly tcpPort?: number | null;
}

/** What `createPlatform` takes. */
export interface PlatformOptions extends Partial<ApplicationDefinition> {
  /** Instead of `name`, `codeunits`, `migrations` …: an application made by `defineApp`. */
  readonly application?: Application;
  /**
   * URL of the module whose default export is the application, where threads and processes find it:
   * `new URL('app.ts', import.meta.url)`. Needed by codeunits whose `isolation` is not `main`. Default: not known.
   */
  readonly applicationModule?: URL | string;
  readonly database?: DatabaseOptions;
  /**
   * What this database is for, such as `production`: 1 to 100 characters, the same on every server instance. An instance
   * that finds a database of another name, or a copy, runs no tasks until somebody releases it. Default: the address of
   * the database, or the folder of the embedded PostgreSQL.
   */
  readonly environment?: string;
  readonly taskScheduler?: TaskSchedulerOptionsInput;
  readonly sessions?: SessionOptionsInput;
  readonly jobQueue?: JobQueueOptionsInput;
  readonly pages?: PageTaskOptionsInput;
  /** How long documents are kept in the report inbox. */
  readonly reportInbox?: ReportOptionsInput;
  /** Who keeps sessions within the rights of their users. Default: PostgreSQL does. */
  readonly permissions?: PermissionOptionsInput;
  /** Whether the schema is brought up to date, or only checked. Default: `apply`. */
  readonly migrate?: 'apply' | 'check';
  /** Receivers of telemetry events. Default: none. */
  readonly telemetry?: readonly TelemetryReceiver[];
  /** What happens besides the work itself, in sentences: where the database lies, and so on. Default: nowhere. */
  readonly onNotice?: (text: string) => void;
  /** For tests. Default: the machine's. */
  readonly clock?: Clock;
}

const PARTS = [
  'version',
  'codeunits',
  'reports',
  'migrations',
  'permissionSets',
  'jobQueueEntries',
  'jobQueueHooks',
  'workItems',
  'intakes',
  'onCompanyCreate',
] as const;

/** The application of the options. @throws NightshiftError APPLICATION_INVALID */
export function applicationOf(options: PlatformOptions): Application {
  const { application, name = 'application' } = options;
  const parts = Object.fromEntries(
    PARTS.flatMap((part) => (options[part] === undefined ? [] : [[part, options[part]]])),
  );
  if (application === undefined) return defineApp({ name, ...parts });
  const [given] = Object.keys(parts);
  if (given === undefined) return application;
  throw new NightshiftError('APPLICATION_INVALID', `Give either application, or ${given}.`, {
    field: 'application',
  });
}

/**
 * The URL of the application's module; null when it is not known.
 * @throws NightshiftError APPLICATION_INVALID when it is no URL, or when a codeunit needs it and it is missing
 */
export function applicationModuleOf(
  { applicationModule }: PlatformOptions,
  { codeunits }: Application,
): string | null {
  if (applicationModule !== undefined) {
    const url = URL.parse(String(applicationModule));
    if (url !== null) return url.href;
    throw new NightshiftError(
      'APPLICATION_INVALID',
      "applicationModule is the URL of a module: new URL('app.ts', import.meta.url).",
      { field: 'applicationModule' },
    );
  }
  for (const { name, isolation } of codeunits) {
    if (isolation === 'thread' || isolation === 'process') throw moduleMissing(name, isolation);
  }
  return null;
}
