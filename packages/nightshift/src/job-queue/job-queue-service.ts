import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type {
  Caller,
  CodeunitRegistry,
  ServiceKey,
  Session,
  SessionOutcome,
  UserInterface,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** The job queue of one platform, as its verbs and codeunits find it. */
export interface JobQueueService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly codeunits: CodeunitRegistry;
  /** For lists, which are read outside the caller's transaction. */
  readonly reader: Executor;
  /** Runs work in a new foreground session as the caller; answers to dialogs come from its `userInterface`. */
  readonly foreground: (
    caller: Caller,
    run: {
      readonly name: string;
      readonly userInterface: UserInterface;
      readonly work: (session: Session) => Promise<void>;
    },
  ) => Promise<SessionOutcome<void>>;
}

/** Under this key `platform` registers the job queue. */
export const JOB_QUEUE: ServiceKey<JobQueueService> = { name: 'job queue' };
