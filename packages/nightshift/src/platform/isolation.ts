import type { Clock } from '../foundation/index.ts';
import { IsolatePool, type ServiceRegistry, type SessionOptions } from '../session/index.ts';
import type { TaskSchedulerOptions } from '../task-scheduler/index.ts';
import { type IsolateSettings, servicesOutside } from './isolated-services.ts';

/** TypeScript from sources, JavaScript from the build. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** What the isolates of a platform are made of. */
export interface IsolationParts {
  /** URL of the application's module; null when it is not known. */
  readonly applicationModule: string | null;
  readonly clock: Clock;
  readonly sessions: SessionOptions;
  readonly schedulerOptions: TaskSchedulerOptions;
  readonly services: ServiceRegistry;
}

/** How a server instance gets its isolates, anew for each of its lives; null when no application can be found in them. */
export function isolationOf(parts: IsolationParts): () => IsolatePool | null {
  const { applicationModule, clock, sessions, services } = parts;
  if (applicationModule === null) return () => null;
  const settings: IsolateSettings = { schedulerOptions: parts.schedulerOptions };
  const { threadMemoryMb, processMemoryMb, idleIsolates } = sessions;
  return () =>
    new IsolatePool({
      clock,
      idleIsolates,
      services: servicesOutside(services),
      launch: {
        applicationModule,
        settings,
        threadEntry: new URL(`./isolated.worker.${EXTENSION}`, import.meta.url).href,
        processEntry: new URL(`./isolated-process.worker.${EXTENSION}`, import.meta.url).href,
        threadMemoryMb,
        processMemoryMb,
      },
    });
}
