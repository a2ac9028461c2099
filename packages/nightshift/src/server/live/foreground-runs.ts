import { type Clock, MINUTE_MS, NightshiftError, uuidV7 } from '../../foundation/index.ts';
import { jobQueue } from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';
import { problemOf } from '../problem.ts';
import { isSame, type Who } from '../who.ts';
import type { LiveConnection } from './live-connection.ts';
import { type RunOutcome, SocketInterface } from './socket-interface.ts';

/** Runs of one user at a time. */
const RUNS_PER_USER_MAX = 10;
/** How long the outcome of a run is told, and of how many. */
const TOLD_MS = 60 * MINUTE_MS;
const TOLD_MAX = 1_000;

/** A run that somebody started, to be watched by him. */
export interface ForegroundRun {
  readonly id: string;
  readonly user: string;
  readonly company: string;
  readonly userInterface: SocketInterface | null;
  /** Null: it is under way. */
  outcome: RunOutcome | null;
  /** Monotonic. */
  endedAt: number;
}

/** Whom a run is for. */
export interface RunFor {
  /** Acts under the id of the run. */
  readonly caller: Caller;
  readonly runId: string;
  readonly entryId: string;
  /** Where he is; null: nobody is there to be asked. */
  readonly connection: LiveConnection | null;
  /** Whether he answers what is asked. */
  readonly answers: boolean;
}

/** Runs in the foreground that were started over the interface, in this process. */
export class ForegroundRuns {
  readonly #clock: Clock;
  readonly #connections: ReadonlyMap<string, { readonly connection: LiveConnection }>;
  readonly #runs = new Map<string, ForegroundRun>();
  readonly #closed = new AbortController();

  constructor(clock: Clock, connections: ReadonlyMap<string, { readonly connection: LiveConnection }>) {
    this.#clock = clock;
    this.#connections = connections;
  }

  /** A connection of somebody's. @throws NightshiftError CONFLICT when it is not there, or another's */
  connectionOf(who: Who, id: string): LiveConnection {
    const connection = this.#connections.get(id)?.connection;
    if (connection !== undefined && isSame(connection.who, who)) return connection;
    throw new NightshiftError(
      'CONFLICT',
      'You have no such live connection here: connect, and name the connection that welcome tells.',
    );
  }

  /** A name for a run. */
  newId(): string {
    return uuidV7(this.#clock.now());
  }

  /**
   * Starts a run. Resolves when it was let in; how it ends is told to the connection.
   * @throws what `jobQueue.runOnce` throws before the run begins; NightshiftError TOO_MANY_REQUESTS
   */
  async start({ caller, runId, entryId, connection, answers }: RunFor): Promise<void> {
    this.#forgetOld();
    this.#refuseTooMany(caller.user);
    const userInterface =
      connection === null
        ? null
        : new SocketInterface({
            ...{ runId, connection, answers },
            clock: this.#clock,
            closed: this.#closed.signal,
          });
    const { user, company } = caller;
    const run: ForegroundRun = { id: runId, user, company, userInterface, outcome: null, endedAt: 0 };
    this.#runs.set(runId, run);
    const admitted = Promise.withResolvers<void>();
    let isAdmitted = false;
    const over = jobQueue.runOnce(caller, entryId, userInterface, () => {
      isAdmitted = true;
      admitted.resolve();
    });
    void over.then(
      ({ status, error, logEntryNo, differences }) => {
        const told = error === null ? null : { code: error.code, message: error.message };
        this.#end(run, { status, error: told, logEntryNo, differences: [...differences] });
      },
      (error: unknown) => {
        if (isAdmitted) this.#end(run, failure(error));
        else {
          this.#runs.delete(runId);
          admitted.reject(error);
        }
      },
    );
    await admitted.promise;
  }

  /** A run of somebody's. @throws NightshiftError NOT_FOUND, also for another's */
  get({ user, company }: Caller, id: string): ForegroundRun {
    this.#forgetOld();
    const run = this.#runs.get(id);
    if (run !== undefined && run.user === user && run.company === company) return run;
    throw new NightshiftError('NOT_FOUND', 'There is no such run, or it was over long ago: see the log.');
  }

  /** Answers a question that a connection was asked. @returns whether there is one */
  answer(connection: LiveConnection, dialog: string, value: boolean): boolean {
    for (const { userInterface } of this.#runs.values()) {
      if (userInterface?.connection === connection && userInterface.answer(dialog, value)) return true;
    }
    return false;
  }

  /** Nobody is there any more: all that is asked is answered no. */
  close(): void {
    this.#closed.abort();
  }

  #end(run: ForegroundRun, outcome: RunOutcome): void {
    run.outcome = outcome;
    run.endedAt = this.#clock.monotonic();
    run.userInterface?.end(outcome);
  }

  #forgetOld(): void {
    const ended = [...this.#runs.values()].filter(({ outcome }) => outcome !== null);
    const oldest = this.#clock.monotonic() - TOLD_MS;
    const old = ended.filter(({ endedAt }, at) => endedAt < oldest || ended.length - at > TOLD_MAX);
    for (const { id } of old) this.#runs.delete(id);
  }

  #refuseTooMany(user: string): void {
    const open = [...this.#runs.values()].filter((run) => run.user === user && run.outcome === null);
    if (open.length < RUNS_PER_USER_MAX) return;
    throw new NightshiftError(
      'TOO_MANY_REQUESTS',
      `${RUNS_PER_USER_MAX} runs that you have started are under way: wait for one to end.`,
    );
  }
}

function failure(error: unknown): RunOutcome {
  const { code, detail } = problemOf(error, '');
  return { status: 'Error', error: { code, message: detail }, logEntryNo: null, differences: [] };
}
