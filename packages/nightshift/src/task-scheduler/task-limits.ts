import { type ClaimedTask, codeunitToRun } from './scheduled-task.ts';

/** Counts by key, without keys that have none. */
class Counts<Key> {
  readonly #counts = new Map<Key, number>();

  of(key: Key): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: Key, by: 1 | -1): void {
    const count = this.of(key) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  keys(): readonly Key[] {
    return [...this.#counts.keys()];
  }
}

/** How many tasks of one user, and of one codeunit, this instance may hold at a time; counts those it holds. */
export class TaskLimits {
  /** Of each user; 0: no limit. */
  readonly #perUser: number;
  readonly #perCodeunit: ReadonlyMap<string, number>;
  readonly #users = new Counts<number>();
  readonly #codeunits = new Counts<string>();

  constructor(perUser: number, perCodeunit: ReadonlyMap<string, number>) {
    this.#perUser = perUser;
    this.#perCodeunit = perCodeunit;
  }

  /** Whether there is any limit. */
  get any(): boolean {
    return this.#perUser > 0 || this.#perCodeunit.size > 0;
  }

  /** How many more tasks of this user may be held. */
  roomOfUser(userNo: number): number {
    return this.#perUser === 0 ? Number.POSITIVE_INFINITY : this.#perUser - this.#users.of(userNo);
  }

  /** How many more tasks of this codeunit may be held. */
  roomOfCodeunit(codeunit: string): number {
    const limit = this.#perCodeunit.get(codeunit);
    return limit === undefined ? Number.POSITIVE_INFINITY : limit - this.#codeunits.of(codeunit);
  }

  /** Users that have no room. */
  fullUsers(): readonly number[] {
    return this.#users.keys().filter((user) => this.roomOfUser(user) <= 0);
  }

  /** Codeunits that have no room. */
  fullCodeunits(): readonly string[] {
    return this.#codeunits.keys().filter((codeunit) => this.roomOfCodeunit(codeunit) <= 0);
  }

  /** Counts a task that is held from now on. Returns false, and does not count it, when there is no room for it. */
  admit(task: ClaimedTask): boolean {
    if (!this.any) return true;
    const codeunit = codeunitToRun(task);
    if (this.roomOfUser(task.userNo) <= 0 || this.roomOfCodeunit(codeunit) <= 0) return false;
    this.#users.add(task.userNo, 1);
    this.#codeunits.add(codeunit, 1);
    return true;
  }

  /** A task that was admitted is held no more. Returns whether somebody may have waited for its room. */
  leave(task: ClaimedTask): boolean {
    if (!this.any) return false;
    const codeunit = codeunitToRun(task);
    const wasFull = this.roomOfUser(task.userNo) <= 0 || this.roomOfCodeunit(codeunit) <= 0;
    this.#users.add(task.userNo, -1);
    this.#codeunits.add(codeunit, -1);
    return wasFull;
  }
}
