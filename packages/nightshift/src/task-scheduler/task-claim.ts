import type { Database } from '../database/index.ts';
import { type Clock, randomUuid } from '../foundation/index.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import { type ClaimedTask, type ClaimedTaskRow, claimedTaskOf } from './scheduled-task.ts';
import { inLaneOrder, isBefore, LANE_START, type LanePosition, positionOf, TaskLane } from './task-lane.ts';
import type { TaskLimits } from './task-limits.ts';
import {
  claimDueTasks,
  claimDueTasksOf,
  lookAtLanes,
  releaseTasks,
  releaseUnknownClaims,
} from './task-scheduler.sql.ts';

/** Who claims, and what it can run. */
export interface ClaimContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly epoch: string;
  /** The companies whose tasks may be claimed now; another list when one has come or gone. */
  readonly lanes: () => readonly number[];
  readonly codeunits: readonly string[];
  readonly limits: TaskLimits;
  /** Where the watchdog finds what is claimed and not started. */
  readonly ledger: Pick<ClaimLedger, 'enter' | 'take'>;
}

/** Which tasks of a lane are asked for. */
interface Ask {
  readonly statement: typeof claimDueTasks;
  readonly limit: number;
  /** Of `claimDueTasks` those that are left out, of `claimDueTasksOf` the only ones. */
  readonly users: readonly number[];
  readonly codeunits: readonly string[];
}

/**
 * Claims due tasks in batches, one random nonce a batch. Lanes take turns, so that no company starves another; nor does a
 * user or a codeunit that is at its limit: its tasks are left out until it has room.
 */
export class TaskClaim {
  readonly #context: ClaimContext;
  /** What the lanes were made of. */
  #companies: readonly number[] = [];
  #present: readonly TaskLane[] = [];
  readonly #known = new Map<string, number>();
  #turn = 0;

  constructor(context: ClaimContext) {
    this.#context = context;
  }

  /** The lanes of the companies that there are now; those that were there before keep their floors. */
  get #lanes(): readonly TaskLane[] {
    const { lanes, clock } = this.#context;
    const companies = lanes();
    if (companies !== this.#companies) {
      const before = new Map(this.#present.map((lane) => [lane.no, lane]));
      this.#present = companies.map((no) => before.get(no) ?? new TaskLane(no, clock));
      this.#companies = companies;
    }
    return this.#present;
  }

  /** Whether tasks may be due. */
  get wanted(): boolean {
    return this.#lanes.some(({ wanted }) => wanted);
  }

  /** Tasks of a company may be due, or of all (null). `fromStart`: also such as had been due for a while. */
  want(lane: number | null, fromStart: boolean): void {
    for (const each of this.#lanes) if (lane === null || lane === each.no) each.want(fromStart);
  }

  /**
   * Claims at most `limit` due tasks of the lanes that are wanted, a fair share of each, oldest first within a lane.
   * @throws the database's error; rows that were claimed without our learning of it are released by `releaseUnknown`
   */
  async claim(limit: number): Promise<readonly ClaimedTask[]> {
    const start = this.#turn++;
    const all = this.#lanes;
    const lanes = all
      .map((_, at) => all[(start + at) % all.length] as TaskLane)
      .filter(({ wanted }) => wanted);
    const claimed: ClaimedTask[] = [];
    for (const [at, lane] of lanes.entries()) {
      const share = Math.ceil((limit - claimed.length) / (lanes.length - at));
      if (share === 0) break;
      try {
        claimed.push(...(await this.#claimLane(lane, share)));
      } catch (error) {
        lane.failed();
        // What is claimed already is ours, and is run; the fault comes again with the next claim.
        if (claimed.length === 0) throw error;
        break;
      }
    }
    return claimed;
  }

  /**
   * Looks into all lanes, and wants those that have due tasks. `fromStart`: also below their floors.
   * @returns milliseconds until the next task is due that is not yet; null when none waits
   */
  async look(fromStart: boolean): Promise<number | null> {
    const { database, clock, codeunits } = this.#context;
    const lanes = this.#lanes;
    const floors = lanes.map(({ floor }) => (fromStart ? LANE_START : floor).dueSeconds);
    const values = [lanes.map(({ no }) => no), clock.pinned(), codeunits, floors];
    const rows = await database.run<{ lane: number; due: boolean; next_ms: number | null }>(
      lookAtLanes,
      values,
    );
    let next: number | null = null;
    for (const { lane, due, next_ms: ms } of rows) {
      if (due) this.want(lane, fromStart);
      if (ms !== null) next = Math.min(next ?? ms, Math.max(0, ms));
    }
    return next;
  }

  /**
   * Hands tasks back that were not started; it costs them no attempt.
   * @throws the database's error; what was not handed back is no longer known, so `releaseUnknown` frees it
   */
  async release(tasks: readonly ClaimedTask[]): Promise<void> {
    const ours = tasks.filter(({ ticket }) => this.#context.ledger.take(ticket));
    try {
      await this.#handBack(ours);
    } finally {
      for (const task of tasks) this.settled(task);
      this.want(null, true);
    }
  }

  /**
   * Releases rows whose claim this instance does not know: the answer to the claim was lost. `more` are claims of tasks
   * that are done and wait for their removal.
   */
  async releaseUnknown(more: readonly string[]): Promise<void> {
    await this.#context.database.run(releaseUnknownClaims, [
      this.#context.epoch,
      [...this.#known.keys(), ...more],
    ]);
  }

  /** Releases all rows of this instance; it costs them no attempt. Whoever works on one still finds its claim lost. */
  async releaseAll(): Promise<void> {
    this.#known.clear();
    await this.releaseUnknown([]);
  }

  /** Says that a task needs its claim no more. Returns whether others may have waited for that. */
  settled(task: ClaimedTask): boolean {
    this.#forget(task);
    const hasRoom = this.#context.limits.leave(task);
    // In any lane: limits are for all companies together.
    if (hasRoom) this.want(null, false);
    return hasRoom;
  }

  /**
   * Notes a claim that is sent now. Returns what its answer is told to: how many rows it has, none after an error. False:
   * the main thread was blocked meanwhile, and the watchdog has handed the rows back.
   */
  sends(nonce: string): (rows: number) => boolean {
    const { ledger } = this.#context;
    const ticket = ledger.enter(null, nonce);
    this.remember(nonce, 1);
    return (rows) => {
      const isOurs = ledger.take(ticket);
      if (isOurs && rows > 0) this.remember(nonce, rows);
      else this.forget(nonce);
      if (!isOurs) this.want(null, true);
      return isOurs;
    };
  }

  /** Whether a task may be started; false: the watchdog has handed it back. */
  starts({ ticket }: ClaimedTask): boolean {
    return this.#context.ledger.take(ticket);
  }

  /** Hands tasks back that were claimed and not admitted. What fails is not known any more, and released as such. */
  async refuse(tasks: readonly ClaimedTask[]): Promise<void> {
    const ours = tasks.filter(({ ticket }) => this.#context.ledger.take(ticket));
    for (const task of tasks) this.#forget(task);
    await this.#handBack(ours).catch(() => undefined);
  }

  async #handBack(tasks: readonly ClaimedTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const values = [tasks.map(({ id }) => id), tasks.map(({ claim }) => claim)];
    await this.#context.database.run(releaseTasks, values);
  }

  /** Whether tasks of this codeunit may be claimed here without asking for anything else. */
  runs(codeunit: string): boolean {
    const { codeunits, limits } = this.#context;
    return !limits.any && codeunits.includes(codeunit);
  }

  /** Lists a claimed task as one that has not begun. Returns its ticket. */
  enter(id: string, claim: string): number {
    return this.#context.ledger.enter(id, claim);
  }

  /** From now on so many tasks are held under this nonce. */
  remember(nonce: string, tasks: number): void {
    this.#known.set(nonce, tasks);
  }

  /** Nothing is held under this nonce. */
  forget(nonce: string): void {
    this.#known.delete(nonce);
  }

  #forget({ claim }: ClaimedTask): void {
    const left = (this.#known.get(claim) ?? 1) - 1;
    if (left > 0) this.#known.set(claim, left);
    else this.#known.delete(claim);
  }

  async #claimLane(lane: TaskLane, limit: number): Promise<readonly ClaimedTask[]> {
    const { limits, codeunits } = this.#context;
    if (limits.any) lane.skip(limits.fullUsers(), limits.fullCodeunits());
    const claimed = limits.any ? await this.#claimSkipped(lane, limit) : [];
    const left = limit - claimed.length;
    if (left === 0) {
      lane.want(false);
      return claimed;
    }
    const begun = lane.begin();
    const tasks = await this.#run(lane, begun.from, {
      statement: claimDueTasks,
      limit: left,
      users: [...lane.skippedUsers],
      codeunits: codeunits.filter((codeunit) => !lane.skippedCodeunits.has(codeunit)),
    });
    lane.end({ ...begun, asked: left, got: tasks.length, last: lastOf(tasks) });
    return [...claimed, ...(await this.#admitted(lane, tasks))];
  }

  /** Claims tasks of users and codeunits that were left out, and have room again. */
  async #claimSkipped(lane: TaskLane, limit: number): Promise<ClaimedTask[]> {
    const { limits, codeunits } = this.#context;
    const open = codeunits.filter((codeunit) => limits.roomOfCodeunit(codeunit) > 0);
    const asks = [
      ...[...lane.skippedUsers].map((user) => ({
        users: [user],
        codeunits: open,
        room: limits.roomOfUser(user),
        done: () => lane.skippedUsers.delete(user),
      })),
      ...[...lane.skippedCodeunits].map((codeunit) => ({
        users: null,
        codeunits: [codeunit],
        room: limits.roomOfCodeunit(codeunit),
        done: () => lane.skippedCodeunits.delete(codeunit),
      })),
    ];
    const claimed: ClaimedTask[] = [];
    for (const { users, room, done, ...ask } of asks) {
      const wanted = Math.min(room, limit - claimed.length);
      if (wanted <= 0) continue;
      const tasks = await this.#run(lane, lane.skippedFrom ?? LANE_START, {
        statement: users === null ? claimDueTasks : claimDueTasksOf,
        limit: wanted,
        users: users ?? limits.fullUsers(),
        codeunits: ask.codeunits,
      });
      if (tasks.length < wanted && open.length === codeunits.length) done();
      claimed.push(...(await this.#admitted(lane, tasks)));
    }
    if (lane.skippedUsers.size === 0 && lane.skippedCodeunits.size === 0) lane.skippedFrom = null;
    return claimed;
  }

  /** Counts tasks that were claimed; those that are too many go back at once. */
  async #admitted(lane: TaskLane, tasks: readonly ClaimedTask[]): Promise<readonly ClaimedTask[]> {
    const { limits } = this.#context;
    if (!limits.any) return tasks;
    const admitted: ClaimedTask[] = [];
    const refused: ClaimedTask[] = [];
    for (const task of tasks) (limits.admit(task) ? admitted : refused).push(task);
    if (refused.length === 0) return admitted;
    const first = positionOf(refused[0] as ClaimedTask);
    if (lane.skippedFrom === null || isBefore(first, lane.skippedFrom)) lane.skippedFrom = first;
    lane.skip(limits.fullUsers(), limits.fullCodeunits());
    await this.refuse(refused);
    return admitted;
  }

  async #run(lane: TaskLane, from: LanePosition, ask: Ask): Promise<readonly ClaimedTask[]> {
    const { database, clock, epoch, ledger } = this.#context;
    // Made before sending: when the answer is lost, the nonce still tells our rows from everyone else's.
    const nonce = randomUuid();
    const { limit, users, codeunits } = ask;
    const values = [lane.no, clock.pinned(), codeunits, limit, nonce, epoch, from.dueSeconds, from.id, users];
    const answered = this.sends(nonce);
    const rows = await database.run<ClaimedTaskRow>(ask.statement, values).catch((error: unknown) => {
      answered(0);
      throw error;
    });
    if (!answered(rows.length)) return [];
    return rows.map((row) => claimedTaskOf(row, nonce, ledger.enter(row.id, nonce))).sort(inLaneOrder);
  }
}

function lastOf(tasks: readonly ClaimedTask[]): LanePosition | null {
  const last = tasks.at(-1);
  return last === undefined ? null : positionOf(last);
}
