import { hostname } from 'node:os';
import type { Database } from '../database/index.ts';
import { type Clock, systemClock } from '../foundation/index.ts';
import {
  categoryTurns,
  type JobQueueOptions,
  type JobQueueService,
  type RetentionDays,
} from '../job-queue/index.ts';
import type { Authority } from '../permissions/index.ts';
import type { ReportOptions } from '../reports/index.ts';
import {
  type CodeunitRegistry,
  type ServiceRegistry,
  type SessionOptions,
  toldElsewhere,
  toldHere,
} from '../session/index.ts';
import type { TaskSchedulerOptions } from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { type Application, declarationsOf } from './application.ts';
import { detachedCaller } from './callers.ts';
import { openForeground } from './foreground.ts';
import type { ServerInstance } from './server-instance.ts';
import { stopForOwner } from './session-service.ts';

/** What the job queue of a platform is made of. */
interface JobQueueParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly codeunits: CodeunitRegistry;
  readonly application: Application;
  readonly services: ServiceRegistry;
  readonly authority: Authority;
  readonly instance: ServerInstance;
  readonly retention: RetentionDays;
}

/** What the verbs and codeunits of the job queue work with. */
export function jobQueueServiceOf(parts: JobQueueParts): JobQueueService {
  const { database, clock, telemetry, codeunits, services, authority, instance } = parts;
  return {
    clock,
    telemetry,
    codeunits,
    declarations: declarationsOf(parts.application),
    hooks: parts.application.jobQueueHooks ?? {},
    // One that comes from an older copy of this package has none.
    version: parts.application.version ?? null,
    instance: () => ({ epoch: instance.epoch, name: hostname() }),
    reader: database.apart,
    detached: {
      authority,
      retention: parts.retention,
      turns: categoryTurns(systemClock),
      as: (user, company) => detachedCaller(database, services, { user, company }),
      stopSession: (door, id, comment) =>
        stopForOwner({ database, clock, telemetry, instance }, door, { id, comment }),
      sessionLines: async (wanted) =>
        instance.active?.owns(wanted.sessionId) === true
          ? toldHere(instance.active, wanted)
          : toldElsewhere(database, clock, wanted),
    },
    foreground: (caller, run) => openForeground(instance.host, caller, run),
  };
}

/** How long things are kept, by the options. */
export function retentionOf(options: {
  readonly jobQueue: Pick<JobQueueOptions, 'logRetentionDays'>;
  readonly reports: ReportOptions;
  readonly schedulerOptions: Pick<TaskSchedulerOptions, 'failedTaskRetentionDays'>;
  readonly sessions: Pick<
    SessionOptions,
    'nonInteractiveSessionsLogRetainDays' | 'sessionEventTableRetainDays'
  >;
}): RetentionDays {
  const { jobQueue, schedulerOptions, sessions, reports } = options;
  return {
    logEntryDays: jobQueue.logRetentionDays,
    failedTaskDays: schedulerOptions.failedTaskRetentionDays,
    backgroundSessionEventDays: sessions.nonInteractiveSessionsLogRetainDays,
    sessionEventDays: sessions.sessionEventTableRetainDays,
    documentDays: reports.retentionDays,
  };
}
