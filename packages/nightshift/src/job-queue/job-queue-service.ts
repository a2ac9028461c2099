import type { Executor, Turns } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { Authority, Company, User } from '../permissions/index.ts';
import type {
  Caller,
  CallerDoor,
  CodeunitRegistry,
  LinesAnswer,
  ServiceKey,
  Session,
  SessionOutcome,
  UserInterface,
  WantedLines,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { Declarations } from './declared-entry.ts';
import type { JobQueueHooks } from './hooks.ts';

/** What works over the platform's own connections. */
export interface DetachedWork {
  /** A caller without a session. */
  readonly as: (user: User, company: Company) => Caller;
  readonly authority: Authority;
  /** Of verbs that need the row of the same category. */
  readonly turns: Turns;
  /**
   * Stops the session of a run, whoever's it is: the job queue has asked whether the caller may do that to the entry.
   * @returns whether it was active and was told to stop
   * @throws NightshiftError VALIDATION for the caller's own session or a bad comment; INSTANCE_UNRESPONSIVE
   */
  readonly stopSession: (door: CallerDoor, id: number, comment: string) => Promise<boolean>;
  /** What the session of a run has told so far, on whichever instance; the job queue has asked who wants to know. */
  readonly sessionLines: (wanted: WantedLines) => Promise<LinesAnswer>;
  readonly retention: RetentionDays;
}

/** Days after which things are removed, by the options of a server instance. */
export interface RetentionDays {
  /** Log entries and Finished entries, of entries that say nothing else. */
  readonly logEntryDays: number;
  readonly failedTaskDays: number;
  /** Events of background sessions. */
  readonly backgroundSessionEventDays: number;
  /** Events of all other sessions. */
  readonly sessionEventDays: number;
  /** Documents in the report inbox. */
  readonly documentDays: number;
}

/** The job queue of one platform, as its verbs and codeunits find it. */
export interface JobQueueService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly codeunits: CodeunitRegistry;
  /** What the application does around runs. */
  readonly hooks: JobQueueHooks;
  /** What the application declares. */
  readonly declarations: Declarations;
  /** That of the application; null: it states none. */
  readonly version: string | null;
  /** Where code runs now. */
  readonly instance: () => { readonly epoch: string | null; readonly name: string };
  /** For lists, which are read outside the caller's transaction. */
  readonly reader: Executor;
  /** For what commits at once, whoever calls; null inside an isolate. */
  readonly detached: DetachedWork | null;
  /** Runs work in a new foreground session as the caller; answers to dialogs come from its `userInterface`. */
  readonly foreground: (
    caller: Caller,
    run: {
      readonly name: string;
      /** Null: nobody is there to be asked. */
      readonly userInterface: UserInterface | null;
      readonly work: (session: Session) => Promise<void>;
    },
  ) => Promise<SessionOutcome<void>>;
}

/** Under this key `platform` registers the job queue. */
export const JOB_QUEUE: ServiceKey<JobQueueService> = { name: 'job queue' };
