import { addressOf } from '../database/index.ts';
import { SECOND_MS } from '../foundation/index.ts';
import {
  type Application,
  createPlatform,
  type Platform,
  type PlatformOptions,
  RELEASE_HELP,
  VERSION,
} from '../platform/index.ts';
import { EventPrinter } from './event-printer.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { type HttpFace, listenAsTold, type ServeHttpFlags } from './serve-http.ts';
import {
  jobQueueOptionsOf,
  reportOptionsOf,
  type ServeTaskFlags,
  taskOptionsOf,
} from './serve-task-options.ts';
import { counted } from './showing.ts';
import { StopWish } from './stop-wish.ts';
import {
  embeddedOptions,
  enforcementOption,
  environmentOption,
  requiredApplication,
} from './with-platform.ts';

/** How `serve` was called. */
export interface ServeOptions extends ServeTaskFlags, ServeHttpFlags {
  readonly environment?: string;
  readonly enforcement?: string;
  readonly quiet?: boolean;
  /** False with `--no-migrate`: the schema is only checked. */
  readonly migrate: boolean;
}

/** So long stopping may take when it is wished for the second time. */
const HURRY_MS = 2 * SECOND_MS;

/** Runs a server instance until it is told to stop. */
export async function serve(invocation: Invocation, options: ServeOptions): Promise<ExitCode> {
  const { surroundings } = invocation;
  const printer = new EventPrinter(invocation, options.quiet === true);
  const taskScheduler = taskOptionsOf(options);
  const jobQueue = jobQueueOptionsOf(options);
  const reportInbox = reportOptionsOf(options);
  const concurrency = taskScheduler.maximumConcurrentRunningTasks;
  const stop = new StopWish(surroundings, HURRY_MS);
  const faults = new StrayFaults(invocation, printer, stop);
  try {
    const loaded = await requiredApplication(invocation);
    const platform = await createPlatform({
      ...loaded,
      taskScheduler,
      jobQueue,
      reportInbox,
      database: databaseOptions(invocation),
      ...environmentOption(options.environment ?? invocation.settings.environment),
      ...enforcementOption(options.enforcement ?? invocation.settings.enforcement),
      migrate: options.migrate ? 'apply' : 'check',
      telemetry: [(event) => printer.event(event)],
      clock: surroundings.clock,
      onNotice: (text) => printer.line(text),
    });
    let http: HttpFace | null = null;
    void stop.second.then((signal) => {
      printer.line(`${signal} again: stops what runs, and hands it back.`);
      return Promise.all([http?.close({ atOnce: true }), platform.stop({ atOnce: true })]);
    });
    try {
      introduce(printer, invocation, platform, loaded.application);
      // Before it takes work, so that whoever watches it sees it come up.
      http = await listenAsTold(invocation, platform, options, printer);
      if (!stop.wished) {
        await platform.start();
        printer.line(
          platform.instance.held === null
            ? `Ready: ${taskScheduler.enableTaskScheduler ? `runs up to ${counted(concurrency, 'task')} at a time` : 'runs no tasks'}. Ctrl-C stops.`
            : `Held: runs no tasks. ${RELEASE_HELP} Ctrl-C stops.`,
        );
      }
      const signal = await stop.first;
      const { running } = platform.instance;
      printer.line(
        `${signal}: takes no new tasks, and waits for ${counted(running, 'running task')}. Again to stop at once.`,
      );
    } finally {
      await http?.close();
      await platform.stop();
    }
    printer.line('Stopped.');
    return faults.exitCode;
  } finally {
    faults.end();
    stop.end();
  }
}

function databaseOptions({ settings }: Invocation): NonNullable<PlatformOptions['database']> {
  const { database } = settings;
  return database.kind === 'url' ? { url: database.url } : embeddedOptions(database);
}

function introduce(
  printer: EventPrinter,
  invocation: Invocation,
  platform: Platform,
  application: Application,
): void {
  const { embedded } = platform;
  printer.line(`Nightshift ${VERSION}, process ${process.pid}`);
  printer.line(
    embedded === null
      ? `Database: ${addressOf(platform.database.settings.url)}`
      : `Database: embedded PostgreSQL ${embedded.version} in ${embedded.dataDirectory}`,
  );
  for (const migration of platform.applied) printer.line(`Migration applied: ${migration}`);
  if (platform.enforcement === 'codeunit')
    printer.line('Rights: checked before a codeunit runs, not by PostgreSQL (enforcement: codeunit)');
  const namesOf = (type: 'codeunit' | 'report') =>
    application.codeunits.flatMap(({ name, objectType }) => (objectType === type ? [name] : [])).join(', ');
  printer.line(`Application: ${application.name} (${invocation.settings.app})`);
  printer.line(`Codeunits: ${namesOf('codeunit') || 'none'}`);
  if (namesOf('report') !== '') printer.line(`Reports: ${namesOf('report')}`);
}

/**
 * Rejections nobody waits for come from user code that forgot an `await`. One of them must not take everybody's work
 * down, so it is told and the instance goes on; an exception nobody caught leaves the process in a state that nobody
 * knows, so it stops, gently.
 */
class StrayFaults {
  exitCode: ExitCode = EXIT.ok;
  readonly end: () => void;

  constructor({ surroundings }: Invocation, printer: EventPrinter, stop: StopWish) {
    this.end = surroundings.onStrayFault(({ kind, error }) => {
      const { code, message } = failureOf(error);
      printer.fault(
        kind === 'unhandledRejection'
          ? `A promise that nobody awaits was rejected: ${message} (${code}). Await it in the codeunit.`
          : `An exception outside of any codeunit: ${message} (${code}). The server instance stops.`,
      );
      if (kind === 'unhandledRejection') return;
      this.exitCode = EXIT.failed;
      stop.wish('Exception');
    });
  }
}
