import type { LiveList } from '../../contract/live.ts';
import type { Executor } from '../../database/index.ts';
import type { ListChange } from './list-look.ts';
import { LOOK_AT_ROWS, type SeenRow } from './live-changes.sql.ts';
import { type Listener, type LookRound, tellAll } from './live-listener.ts';

/** Single rows of a list of a company that somebody listens to. */
export class RowTopic {
  readonly list: LiveList;
  readonly companyNo: number;
  readonly #joining = new Set<Listener>();
  readonly #listeners = new Map<string, Set<Listener>>();
  /** What each row was like at the last look. */
  #last = new Map<string, string>();

  constructor(list: LiveList, companyNo: number) {
    this.list = list;
    this.companyNo = companyNo;
  }

  get isEmpty(): boolean {
    return this.#joining.size + this.#listeners.size === 0;
  }

  add(listener: Listener): void {
    this.#joining.add(listener);
  }

  remove(listener: Listener): void {
    this.#joining.delete(listener);
    const row = listener.row ?? '';
    const listeners = this.#listeners.get(row);
    if (listeners?.delete(listener) === true && listeners.size === 0) this.#listeners.delete(row);
  }

  /** Tells those who may not listen any more. */
  async checkRights(): Promise<void> {
    for (const listener of [...this.#listeners.values()].flatMap((listeners) => [...listeners])) {
      if ((await listener.reach()) !== null) continue;
      this.remove(listener);
      listener.end();
    }
  }

  async look(executor: Executor, { isQuiet }: LookRound): Promise<void> {
    if (isQuiet && this.#joining.size === 0) return;
    const joining = [...this.#joining];
    const ids = new Set([...this.#listeners.keys(), ...joining.map(({ row }) => row ?? '')]);
    const rows = await executor.run<SeenRow>(LOOK_AT_ROWS[this.list], [this.companyNo, [...ids]]);
    const seen = new Map(rows.map((row) => [row.id, row]));
    for (const [id, listeners] of [...this.#listeners]) {
      const row = seen.get(id);
      if (positionOf(row) === (this.#last.get(id) ?? positionOf(undefined))) continue;
      await tellAll(listeners, positionOf(row), changeOf(row));
      if (listeners.size === 0) this.#listeners.delete(id);
    }
    this.#last = new Map(rows.map((row) => [row.id, positionOf(row)]));
    for (const listener of joining) await this.#admit(listener, seen.get(listener.row ?? ''));
  }

  async #admit(listener: Listener, row: SeenRow | undefined): Promise<void> {
    if (!this.#joining.delete(listener)) return;
    const id = listener.row ?? '';
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    const position = positionOf(row);
    listener.begin(position, listener.since === null);
    if (listener.since === null || listener.since === position) return;
    const alone = new Set([listener]);
    await tellAll(alone, position, changeOf(row));
    if (alone.size === 0) this.remove(listener);
  }
}

/** A row is what the transaction made it that wrote it last. */
function positionOf(row: SeenRow | undefined): string {
  return row === undefined ? 'row.none' : `row.${row.at}`;
}

function changeOf(row: SeenRow | undefined): ListChange {
  if (row === undefined) return { rows: [], removed: true };
  const { id, version, status } = row;
  return { rows: [{ id, version, status }], removed: false };
}
