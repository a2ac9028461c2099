import { fileURLToPath } from 'node:url';
import type { Caller } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { until } from './condition.ts';
import { type EffectHistory, type ExpectedEnd, effectViolations } from './effects.ts';
import type { FaultPlan, faultCodeunits, KillPoint } from './fault-codeunits.ts';
import { type ForkedInstance, forkInstance } from './instance-fork.ts';

const FAULT_PROCESS = fileURLToPath(import.meta.resolve('./fault-process.ts'));

/** Of ten tasks: seven end well, two are retried, one fails for good and has a failure codeunit. */
const MIX: readonly FaultPlan['outcome'][] = [
  ...(['end', 'end', 'retry', 'end', 'end', 'fail', 'end', 'end', 'retry', 'end'] as const),
];

/** Retries are due now, so that nobody waits for half a minute; as the superuser would. */
const HURRY = `update nightshift.scheduled_task set due = clock_timestamp()
  where claim is null and attempt > 0 and due > clock_timestamp()`;
const LEFT = `select id, claim is not null as claimed from nightshift.scheduled_task`;
const EFFECTS = `select task, kind, attempt, instance from co_1.effect_of_attempt order by no`;
const FAILED = `select id from nightshift.failed_task`;

/** Where tasks are created, and where their effects are looked up. */
export interface FaultLoadParts {
  readonly caller: Caller;
  readonly codeunits: ReturnType<typeof faultCodeunits>;
  /** Asks the database as the superuser. */
  readonly query: <Row>(text: string) => Promise<Row[]>;
}

/** Starts an instance in a process of its own that runs the codeunits of the fault tests. */
export function forkMortal(url: string): Promise<ForkedInstance> {
  return forkInstance(url, FAULT_PROCESS);
}

/** Creates tasks and remembers which were accepted, and what must become of them. */
export class FaultLoad {
  readonly #parts: FaultLoadParts;
  readonly #accepted = new Map<string, ExpectedEnd>();
  #doubtful = false;

  constructor(parts: FaultLoadParts) {
    this.#parts = parts;
  }

  /** Tasks that were accepted. */
  get accepted(): ReadonlyMap<string, ExpectedEnd> {
    return this.#accepted;
  }

  /** A task that somebody else has created. */
  accept(task: string, end: ExpectedEnd): void {
    this.#accepted.set(task, end);
  }

  /** Creates so many at a time. Whose creation fails may be there or not; nobody relies on it. */
  async create(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, at) =>
        this.#create({ outcome: MIX[at % MIX.length] as FaultPlan['outcome'], kill: null }),
      ),
    );
  }

  /** Creates one of which a mortal instance dies. */
  async createDeadly(kill: KillPoint): Promise<void> {
    await this.#create({ outcome: kill === 'failure' ? 'fail' : kill === 'retry' ? 'retry' : 'end', kill });
  }

  async #create(plan: FaultPlan): Promise<void> {
    const { main, failure } = this.#parts.codeunits;
    try {
      const task = await createTask(this.#parts.caller, main, { record: plan, failureCodeunit: failure });
      this.#accepted.set(task, plan.outcome === 'fail' ? 'failure' : 'main');
    } catch {
      this.#doubtful = true;
    }
  }

  /** Retries need not wait. */
  async hurry(): Promise<void> {
    await this.#parts.query(HURRY);
  }

  /** Waits until no task is left; returns every violation of the promise. @throws Error after `maximumMs` */
  async settle(maximumMs: number): Promise<readonly string[]> {
    const { query } = this.#parts;
    await until(
      'no task is left',
      async () => {
        await this.hurry();
        return (await query(LEFT)).length === 0;
      },
      maximumMs,
    ).catch(() => undefined); // the violations say more
    return effectViolations({
      accepted: this.#accepted,
      doubtful: this.#doubtful,
      effects: await query<EffectHistory['effects'][number]>(EFFECTS),
      left: await query<EffectHistory['left'][number]>(LEFT),
      failed: (await query<{ id: string }>(FAILED)).map(({ id }) => id),
    });
  }
}
