import type { Database, Executor, Statement } from '../database/index.ts';
import { type Clock, derivedUuid, randomUuid } from '../foundation/index.ts';
import { Authority, ensureRoles, LiveDirectory, type RoleNames } from '../permissions/index.ts';
import {
  ActiveSessions,
  AUTHORITY,
  CodeunitRegistry,
  codeunit,
  ServiceRegistry,
  SessionAudit,
  SessionEvents,
  SlotPool,
} from '../session/index.ts';
import {
  type RetryPolicy,
  runTask,
  SuspectClaim,
  TaskClaim,
  TaskCompletion,
  TaskLimits,
  TaskUsers,
} from '../task-scheduler/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { EngineRun, type RunStep } from './engine-run.ts';

/** Tasks that an instance of the state-machine test runs at a time. */
export const ENGINE_PLACES = 3;

/** Few and short, so that a test comes to their end. */
export const ENGINE_RETRIES: RetryPolicy = Object.freeze({ delaysMs: [1_000, 5_000], maximumRetries: 2 });

const GRACE_MS = 1_000;
const REGISTER = `insert into nightshift.server_instance
  (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
  values ($1, $2, 'test', 0, 'test', '{Main,Failure}', true, 'infinity')`;

/** Waits for the backends to be gone, so that nobody finds one that is about to go. */
const SEVER = `select pg_terminate_backend(a.pid, 5000)
  from pg_stat_activity a join nightshift.slot s on a.usename = $2 || s.number
  where s.epoch = $1 and a.datname = current_database()`;

/** Outside every list of claims. */
const NO_TICKET = -1;
/** Nothing is started by itself. */
const SUSPECT_PLACES = {
  concurrency: ENGINE_PLACES,
  free: () => 0,
  start: () => undefined,
  over: () => undefined,
};

/** What the instances of a test share. */
export interface EngineParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
  readonly telemetry: Telemetry;
}

/** Statements that a broken variant of the engine runs instead, by the names of the right ones. */
export type Breakage = ReadonlyMap<string, string>;

/** Reads what instances need from a database that a platform has prepared. */
export async function enginePartsOf(
  whole: Database,
  clock: Clock,
  breakage: Breakage = new Map(),
): Promise<EngineParts> {
  const directory = await LiveDirectory.read(whole, clock);
  const names = await ensureRoles(whole, directory);
  return { database: broken(whole, breakage), clock, directory, names, telemetry: new Telemetry([]) };
}

function broken(database: Database, breakage: Breakage): Database {
  // Under another name: the right one may be prepared already.
  const other = (right: Statement): Statement => {
    const text = breakage.get(right.name);
    return text === undefined ? right : { name: derivedUuid(text), text };
  };
  const over = (executor: Executor): Executor => ({
    run: (target, values) => executor.run(other(target), values),
  });
  return {
    ...database,
    ...over(database),
    transaction: (work) => database.transaction((tx) => work({ ...tx, ...over(tx) })),
  };
}

/**
 * A server instance as an object: the engine's own parts for claims, runs and outcomes, without its loops and threads,
 * so that it does exactly what a test says. Its codeunits do what they are told.
 */
export class EngineInstance {
  readonly epoch: string;
  readonly #parts: EngineParts;
  readonly #claim: TaskClaim;
  readonly #completion: TaskCompletion;
  readonly #runs = new Map<string, EngineRun>();
  readonly #context: Parameters<typeof runTask>[0];
  readonly #slots: SlotPool;
  readonly #active: ActiveSessions;
  #held: Awaited<ReturnType<TaskClaim['claim']>> = [];
  readonly #suspects: SuspectClaim;
  readonly #watching = new AbortController();
  #lost = false;
  #losesAnswers = false;

  static async begin(parts: EngineParts, place: number): Promise<EngineInstance> {
    const epoch = randomUuid();
    await parts.database.exclusively((client) => client.query(REGISTER, [epoch, place]));
    return new EngineInstance(parts, epoch, place);
  }

  private constructor(parts: EngineParts, epoch: string, place: number) {
    const { clock, names, telemetry } = parts;
    const database = this.#losing(parts.database);
    const named = (name: string) =>
      codeunit({ name, onRun: (session) => this.#runs.get(session.idempotencyKey)?.onRun(session) });
    const codeunits = new CodeunitRegistry([named('Main'), named('Failure')]);
    const services = new ServiceRegistry();
    services.set(AUTHORITY, new Authority({ database, clock, directory: parts.directory }));
    const events = new SessionEvents({ database, clock, telemetry, epoch });
    this.epoch = epoch;
    this.#parts = parts;
    this.#slots = new SlotPool(database, names, epoch, ENGINE_PLACES + 1);
    this.#active = new ActiveSessions(clock, place, GRACE_MS, events);
    this.#completion = new TaskCompletion(database, clock);
    const companies = parts.directory.companies.map(({ no }) => no);
    const claiming = {
      database,
      clock,
      epoch,
      lanes: () => companies,
      codeunits: codeunits.names(),
      limits: new TaskLimits(0, new Map()),
      // Nobody else hands its claims back.
      ledger: { enter: () => NO_TICKET, take: () => true },
    };
    this.#claim = new TaskClaim(claiming);
    this.#suspects = new SuspectClaim({ ...claiming, claim: this.#claim }, SUSPECT_PLACES);
    void this.#suspects.watch(this.#watching.signal);
    this.#context = {
      ...parts,
      database,
      codeunits,
      completion: this.#completion,
      host: {
        clock,
        database,
        telemetry,
        slots: this.#slots,
        active: this.#active,
        events,
        codeunits,
        audit: new SessionAudit({ ...parts, database, telemetry, directory: parts.directory }),
        services,
        admit: async () => undefined,
        rightsVersion: () => 0,
        isolates: null,
      },
      handlers: new Map(),
      epoch,
      users: new TaskUsers({ ...parts, enableUserConsistencyValidationOnTasks: true }),
      retryPolicy: ENGINE_RETRIES,
      retryExceptions: [],
      lost: () => this.#lost,
      onReleased: () => undefined,
    };
  }

  /** Claims at most so many; returns their ids. They wait for `start`. */
  async claim(limit: number): Promise<readonly string[]> {
    this.#claim.want(null, true);
    const claimed = await this.#claim.claim(limit);
    this.#held = [...this.#held, ...claimed];
    return claimed.map(({ id }) => id);
  }

  /** Claims suspects; returns their ids. They are to be started at once. */
  async claimSuspects(limit: number): Promise<readonly string[]> {
    const claimed = await this.#suspects.claimSuspects(limit);
    this.#held = [...this.#held, ...claimed];
    return claimed.map(({ id }) => id);
  }

  /** Claims, and never learns of the answer. */
  async claimInVain(limit: number): Promise<void> {
    this.#claim.want(null, true);
    this.#losesAnswers = true;
    await this.#claim.claim(limit).catch(() => undefined);
    this.#losesAnswers = false;
  }

  /** Gives back what it is said to hold and does not know of. */
  releaseUnknown(): Promise<void> {
    return this.#claim.releaseUnknown(this.#completion.claims());
  }

  /** Gives back what it has claimed and not started. */
  async handBack(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    await this.#claim.release(held);
  }

  /** Starts the task; resolves when its code has begun. */
  async start(id: string): Promise<void> {
    const task = this.#held.find((held) => held.id === id);
    if (task === undefined) throw new Error(`instance ${this.epoch} does not hold task ${id}`);
    this.#held = this.#held.filter((held) => held !== task);
    const run = new EngineRun();
    this.#runs.set(id, run);
    await run.begin(
      runTask(this.#context, task).finally(() => {
        this.#claim.settled(task);
        this.#suspects.ended(task);
        this.#runs.delete(id);
      }),
    );
  }

  /** Lets the code of a task that runs take its next step; resolves when its consequences are written. */
  async take(id: string, step: RunStep): Promise<void> {
    await this.#runs.get(id)?.take(step);
    await this.#completion.drain();
  }

  /** The process dies: nothing more of it is written, its connections end. Its beats are silent from now on. */
  async crash(): Promise<void> {
    this.#lost = true;
    this.#completion.abandon();
    this.#held = [];
    this.#active.stopAll('instance-lost', 'its process is gone');
    this.#active.killAll();
    await Promise.all([...this.#runs.values()].map((run) => run.vanish()));
    await this.freeze();
  }

  /** The connections of its sessions end. */
  async sever(): Promise<void> {
    const { database, names } = this.#parts;
    const login = names.slot(0).slice(0, -1);
    await database.exclusively((client) => client.query(SEVER, [this.epoch, login]));
  }

  /** Its beats are silent; nothing else happens to it. */
  async freeze(): Promise<void> {
    await this.#setBeat('-infinity');
  }

  /** Its beats are heard again, if its epoch has not ended meanwhile. */
  async thaw(): Promise<void> {
    await this.#setBeat('infinity');
  }

  /** Ends what is left of it. */
  async close(): Promise<void> {
    this.#watching.abort();
    await this.crash();
    await this.#slots.close();
  }

  async #setBeat(at: string): Promise<void> {
    await this.#parts.database.exclusively((client) =>
      client.query('update nightshift.server_instance set beat_at = $2 where epoch = $1', [this.epoch, at]),
    );
  }

  #losing(database: Database): Database {
    return {
      ...database,
      run: async <Row>(target: Statement, values: readonly unknown[]) => {
        const rows = await database.run<Row>(target, values);
        if (this.#losesAnswers) throw Object.assign(new Error('the answer is lost'), { code: 'ECONNRESET' });
        return rows;
      },
    };
  }
}
