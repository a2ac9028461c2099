import { randomUuid } from '../foundation/index.ts';
import { ensureRoles, readDirectory } from '../permissions/index.ts';
import {
  createTask,
  type RetryPolicy,
  RunAhead,
  runShared,
  TaskCompletion,
  TaskUsers,
} from '../task-scheduler/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { type Behaviour, behaviours } from './behaviours.ts';
import { EFFECTS } from './effects.sql.ts';
import { FakeClock } from './fake-clock.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from './test-platform.ts';

type SharedRunContext = Parameters<typeof runShared>[0];
/** A task as its claim returned it. */
export type Claimed = Parameters<typeof runShared>[1][number];

/** What becomes of a task's row: it is gone, it waits, or it has failed; and how many effects it has left. */
export interface Fate {
  readonly effects: number;
  readonly state: 'gone' | 'waiting' | 'claimed' | 'failed';
  readonly attempt: number;
}

const NO_RETRIES: RetryPolicy = Object.freeze({ delaysMs: [30_000], maximumRetries: 1 });
const CLAIM = `update nightshift.scheduled_task set claim = $1, claimed_by = $2 where id = any($3::uuid[])`;
const READ = `select id, claim, -1 as ticket, lane as "companyNo", user_no as "userNo", codeunit,
    failure_codeunit as "failureCodeunit", failing, record, timeout_ms::float8 as "timeoutMs", attempt, losses, suspect,
    last_error as "lastError", correlation_id as "correlationId", language, time_zone as "timeZone",
    record_table as "recordTable", 0::float8 as "dueSeconds"
  from nightshift.scheduled_task where id = any($1::uuid[]) order by array_position($1::uuid[], id)`;
const FATES = `select w.id, (select count(*)::int from co_1.effect e where e.task = w.id::text) as effects,
    case when f.id is not null then 'failed' when t.id is null then 'gone' when t.claim is null then 'waiting'
      else 'claimed' end as state, coalesce(t.attempt, f.attempt, 0) as attempt
  from unnest($1::uuid[]) with ordinality as w(id, no)
  left join nightshift.scheduled_task t on t.id = w.id
  left join nightshift.failed_task f on f.id = w.id
  order by w.no`;

/**
 * A started platform without a dispatcher: the test claims tasks of a codeunit with `sharedTransaction`, and runs them
 * together itself.
 */
export class SharedKit {
  readonly clock: FakeClock;
  readonly kit: TestPlatform;
  /** Whether further tasks may begin. */
  mayStart = true;
  readonly #made: ReturnType<typeof behaviours>;
  readonly #context: SharedRunContext;
  readonly #epoch: string;
  readonly #runs = new Map<string, number>();
  #count: number | null = null;
  #grown = new RunAhead();
  readonly #ahead: SharedRunContext['ahead'] = {
    countOf: (task) => this.#count ?? this.#grown.countOf(task),
    told: (task, keptToOne, tookMs) => this.#grown.told(task, keptToOne, tookMs),
  };

  static async start(options: TestPlatformOptions = {}): Promise<SharedKit> {
    const clock = new FakeClock();
    const made = behaviours({ sharedTransaction: 50 });
    const kit = await startTestPlatform({
      codeunits: made.codeunits,
      migrations: [EFFECTS],
      clock,
      ...options,
      taskScheduler: { enableTaskScheduler: false },
    });
    const { database } = kit.platform;
    const directory = await readDirectory(database);
    const names = await ensureRoles(database, directory);
    return new SharedKit(kit, clock, made, { directory, names });
  }

  private constructor(
    kit: TestPlatform,
    clock: FakeClock,
    made: ReturnType<typeof behaviours>,
    more: Pick<SharedRunContext, 'directory' | 'names'>,
  ) {
    const { database, codeunits, instance } = kit.platform;
    const telemetry = new Telemetry([kit.telemetry.receive]);
    this.clock = clock;
    this.kit = kit;
    this.#made = made;
    this.#epoch = instance.epoch ?? '';
    this.#context = {
      ...more,
      database,
      clock,
      telemetry,
      codeunits,
      host: instance.host,
      epoch: this.#epoch,
      users: new TaskUsers({
        clock,
        directory: kit.platform.directory,
        enableUserConsistencyValidationOnTasks: true,
      }),
      completion: new TaskCompletion(database, clock),
      handlers: new Map(),
      retryPolicy: NO_RETRIES,
      retryExceptions: [],
      lost: () => false,
      onReleased: () => undefined,
      mayStart: () => this.mayStart,
      starts: () => true,
      ahead: this.#ahead,
    };
  }

  /** Creates a task for each behaviour, and claims them all at once, in this order. */
  async claimed(
    mains: readonly Behaviour[],
    more: { readonly timeout?: number; readonly onFailure?: Behaviour; readonly user?: string } = {},
  ): Promise<readonly Claimed[]> {
    const { onFailure, user, ...options } = more;
    const caller = user === undefined ? this.kit.admin : this.kit.platform.as({ user, company: 'CRONUS' });
    const ids: string[] = [];
    for (const onMain of mains) {
      const record = this.#made.choose((session) => {
        this.#runs.set(session.uniqueId, this.runsOf(session) + 1);
        return onMain(session);
      }, onFailure);
      const failureCodeunit = onFailure === undefined ? {} : { failureCodeunit: this.#made.failure };
      ids.push(await createTask(caller, this.#made.main, { record, ...failureCodeunit, ...options }));
    }
    return this.claim(ids);
  }

  /** The codeunit whose tasks share transactions. A record that nobody has chosen does nothing. */
  get codeunitOfTheTest() {
    return this.#made.main;
  }

  /** How often a task has been run so far, this time included. */
  runsOf({ uniqueId }: { readonly uniqueId: string }): number {
    return this.#runs.get(uniqueId) ?? 0;
  }

  /** How many tasks are begun one behind the other; null: as many as go well from now on, as elsewhere. */
  beginAtATime(count: number | null): void {
    this.#count = count;
    this.#grown = new RunAhead();
  }

  /** Claims tasks, in this order. */
  async claim(ids: readonly string[]): Promise<readonly Claimed[]> {
    const nonce = randomUuid();
    await this.kit.query(CLAIM, [nonce, this.#epoch, ids]);
    return this.kit.query<Claimed>(READ, [ids]);
  }

  /** Runs them together, and waits until every outcome is written. @param yieldPlace as for `runShared` */
  async run(tasks: readonly Claimed[], yieldPlace?: () => void): Promise<void> {
    await runShared(this.#context, tasks, yieldPlace);
    await this.#context.completion.drain();
  }

  /** As `run`; what was handed back without having begun is run again. */
  async runAll(tasks: readonly Claimed[]): Promise<void> {
    for (let left = tasks; left.length > 0; ) {
      await this.run(left);
      const back = left.filter(({ id }) => this.runsOf({ uniqueId: id }) === 0);
      left = back.length === 0 ? [] : await this.claim(back.map(({ id }) => id));
    }
  }

  /** What has become of tasks, in their order. */
  async fates(tasks: readonly Claimed[]): Promise<readonly Fate[]> {
    const rows = await this.kit.query<Fate & { id: string }>(FATES, [tasks.map(({ id }) => id)]);
    return rows.map(({ effects, state, attempt }) => ({ effects, state, attempt }));
  }
}
